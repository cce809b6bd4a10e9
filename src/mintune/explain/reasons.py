"""Words for why a task is where it is, and what would move it, from the facts that `group` recorded.

The codes are those of `mintune.group`; a code this file does not know (a grouping made by hand or by another tool) is
said as it stands with its facts, so that nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from mintune.explain.words import ABSENT, decimal, percent, whole
from mintune.profile.undetermined import has_shares, held_at_most, obstacle

if TYPE_CHECKING:
    from mintune.explain.words import Words
    from mintune.records import Grouping, InteractionProfile, Reason

Facts = Mapping[str, float | str | list[str]]

UNSTABLE_BELOW = 0.8
"""A placement that holds in fewer redraws than this is said to be unstable."""

NOTHING_KNOWN: Mapping[str, int] = MappingProxyType({})


class ReasonWriter:
    """Says reasons in one language; `labels` names groups as the page does.

    `held` says how many examples each task has to profile with, so that none is asked for more.
    """

    def __init__(self, words: Words, labels: Mapping[str, str], held: Mapping[str, int] = NOTHING_KNOWN) -> None:
        self.words = words
        self.labels = labels
        self.held = held
        self._say: dict[str, Callable[[Facts], list[str]]] = {
            "shares": self._shares,
            "undetermined": self._undetermined,
            "one_group": self._one_group,
            "delta": self._delta,
            "domain": lambda facts: [words("reason.domain", domain=_text(facts, "domain"))],
            "random": lambda facts: [words("reason.random", seed=whole(_number(facts, "seed")))],
            "all": lambda _: [words("reason.all")],
            "single": lambda _: [words("reason.single")],
            "merged": lambda _: [words("reason.merged")],
        }

    def why(self, reason: Reason | None) -> str:
        """Why a task is in its group, in one to three sentences."""
        if reason is None:
            return self.words("reason.none")
        say = self._say.get(reason.code)
        try:
            sentences = say(reason.facts) if say else [self._as_it_stands(reason)]
        except KeyError:
            sentences = [self._as_it_stands(reason)]
        return self._join([*sentences, *self._constraints(reason.facts)])

    def what_would_change(self, task: str, grouping: Grouping, profile: InteractionProfile | None) -> str:
        """The likeliest ways in which the task would come to lie elsewhere; at most two are said.

        Where more examples like these tell nothing of the task, that alone is said: its shares are noise, and where
        they would move it means nothing.
        """
        reason = grouping.reasons.get(task)
        facts = reason.facts if reason else {}
        undecided = self._undecided(profile)
        if profile is not None and not (has_shares(profile) and _can_be_told(profile)):
            return self._join(undecided)
        found = [*undecided, *self._near_others(task, grouping, facts)]
        stability = grouping.stability.get(task)
        if stability is None:
            return self._join(found[:2]) or self.words("change.by_hand")
        alone = "_alone" if len(grouping.group_of(task).tasks) == 1 else ""
        if stability < UNSTABLE_BELOW:
            found.append(self.words(f"change.unstable{alone}", stability=percent(stability)))
        return self._join(found[:2]) or self.words(f"change.stable{alone}", stability=percent(stability))

    def _undecided(self, profile: InteractionProfile | None) -> list[str]:
        if profile is None:
            return []
        if profile.type == "undetermined":
            held = held_at_most(profile, self.held)
            key = f"change.{obstacle(profile)}" if held is None else "change.few_examples_held"
            return [self.words(key, n=whole(profile.examples_needed or 0), held=whole(held or 0))]
        shares = {kind: getattr(profile, kind) for kind in ("redundancy", "unique_image", "unique_text", "synergy")}
        leader = shares.pop(profile.type)
        rival = max(shares, key=lambda kind: float(shares[kind].value))
        if shares[rival].high < leader.low:
            return []
        # A type goes by who can answer at all; of a mixture another share can be larger.
        key = "change.overlap" if leader.value >= shares[rival].value else "change.mixed"
        names = (self.words.name("type", profile.type), self.words.name("type", rival))
        return [self.words(key, first=names[0], second=names[1])]

    def _near_others(self, task: str, grouping: Grouping, facts: Facts) -> list[str]:
        found = []
        if "would_move_to" in facts:
            found.append(self._move(facts))
        home = grouping.group_of(task).name
        others = {group: weight for group, weight in grouping.membership[task].items() if group != home and weight > 0}
        if others and not found:
            nearest = max(others, key=lambda group: others[group])
            weight = percent(others[nearest])
            found.append(self.words("change.second_group", group=self._group(nearest), weight=weight))
        return found

    def _move(self, facts: Facts) -> str:
        """The rise of one share that would move the task; says so where that leads past the group nearest now."""
        places = {
            "type": self.words.name("type", _text(facts, "if_type")),
            "rise": percent(_number(facts, "rose_by")),
            "group": self._group(_text(facts, "would_move_to")),
        }
        nearest = facts.get("nearest_group", facts["would_move_to"])
        if nearest == facts["would_move_to"]:
            return self.words("change.share", **places)
        return self.words("change.share_farther", **places, nearest=self._group(str(nearest)))

    def _shares(self, facts: Facts) -> list[str]:
        first = self.words(
            "reason.shares",
            type=self.words.name("type", _text(facts, "type")),
            share=percent(_number(facts, "share")),
            confidence=percent(_number(facts, "confidence")),
            examples=self.words.count("example", round(_number(facts, "num_examples"))),
        )
        return [first, *self._nearest(facts)]

    def _undetermined(self, facts: Facts) -> list[str]:
        return [self.words("reason.undetermined"), *self._nearest(facts)]

    def _nearest(self, facts: Facts) -> list[str]:
        if "nearest_group" not in facts:
            return []
        group, margin = self._group(_text(facts, "nearest_group")), _number(facts, "margin")
        if facts.get("companions") == []:
            return [self.words("reason.alone", group=group, margin=decimal(margin))]
        if margin < 0:
            return [self.words("reason.border", group=group, margin=decimal(-margin))]
        distance = decimal(_number(facts, "distance"))
        return [self.words("reason.nearest", group=group, margin=decimal(margin), distance=distance)]

    def _one_group(self, facts: Facts) -> list[str]:
        return [self.words(f"reason.one_group.{_text(facts, 'because')}")]

    def _delta(self, facts: Facts) -> list[str]:
        keys = ("delta", "delta_low", "delta_high", "group_delta")
        delta, low, high, mean = (decimal(_number(facts, key)) for key in keys)
        said = [self.words("reason.delta", delta=delta, low=low, high=high, group_delta=mean)]
        if "nearest_group" in facts:
            group, margin = self._group(_text(facts, "nearest_group")), decimal(_number(facts, "margin"))
            said.append(self.words("reason.delta_next", group=group, margin=margin))
        return said

    def _constraints(self, facts: Facts) -> list[str]:
        keys = {"linked_with": "reason.linked", "kept_from": "reason.kept"}
        return [
            self.words(key, tasks=self.words.listing([str(task) for task in tasks]))
            for fact, key in keys.items()
            if isinstance(tasks := facts.get(fact), list)
        ]

    def _as_it_stands(self, reason: Reason) -> str:
        if not reason.facts:
            return self.words("reason.unknown", code=reason.code)
        facts = "; ".join(f"{key}: {self._plain(value)}" for key, value in reason.facts.items())
        return self.words("reason.unknown_facts", code=reason.code, facts=facts)

    def _plain(self, value: float | str | list[str]) -> str:
        if isinstance(value, list):
            return self.words.listing([str(item) for item in value])
        return f"{value:g}" if isinstance(value, float) else str(value)

    def _group(self, name: str) -> str:
        return self.labels.get(name, name)

    def _join(self, sentences: list[str]) -> str:
        return self.words("list.sentences").join(sentences)


def _can_be_told(profile: InteractionProfile) -> bool:
    """Whether the task has a type, or more examples like these would give it one."""
    return profile.type != "undetermined" or obstacle(profile) in ("few_examples", "unsettled")


def _number(facts: Facts, key: str) -> float:
    """A fact that is a number; KeyError where it is missing or something else."""
    value = facts[key]
    if not isinstance(value, int | float):
        raise KeyError(key)
    return float(value)


def _text(facts: Facts, key: str) -> str:
    """A fact that is text; KeyError where it is missing or something else."""
    value = facts[key]
    if not isinstance(value, str):
        raise KeyError(key)
    return value or ABSENT
