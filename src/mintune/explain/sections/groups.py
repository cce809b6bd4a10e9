"""Section 3: who learns with whom, the reason for each placement, how firm it is, and what would change it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.advice import folder_of
from mintune.explain.evidence import Badge, badges, tasks_by_group
from mintune.explain.reasons import ReasonWriter
from mintune.explain.words import nats, percent, whole
from mintune.records import TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mintune.config import TuneSettings
    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import AdapterCard, Group, Grouping, InteractionType, ProfileTable


@dataclass(frozen=True)
class Member:
    """A task in its group."""

    task: str
    type: str
    type_name: str
    why: str
    change: str
    stability: str
    share: str
    split: list[str]


@dataclass(frozen=True)
class GroupCard:
    """A group with its tasks and what is known of its adapter."""

    badge: Badge
    title: str
    meaning: str
    size: str
    adapter: str
    members: list[Member]


@dataclass(frozen=True)
class OtherGrouping:
    """How another strategy would group the same tasks."""

    strategy: str
    size: str
    groups: list[tuple[str, str]]


@dataclass(frozen=True)
class GroupsSection:
    """All groups, and in brief those of the other strategies."""

    lead: str
    cards: list[GroupCard]
    has_stability: bool
    has_shares: bool
    others: list[OtherGrouping]


def groups_section(report: ReportData, words: Words) -> GroupsSection:
    """The groups of the strategy in use."""
    types = types_of(report.profiles)
    labels = group_labels(report.grouping, types, words)
    writer = ReasonWriter(words, labels, report.held)
    cards = {card.group: card for card in report.cards if card.strategy == report.main}
    return GroupsSection(
        lead=words(
            "groups.lead",
            strategy=words.strategy(report.main),
            tasks=words.count("task", len(report.grouping.membership)),
            groups=words.count("group", len(report.grouping.groups)),
        ),
        cards=[_card(report, group, tasks, cards.get(group.name), writer) for group, tasks in tasks_by_group(report)],
        has_stability=bool(report.grouping.stability),
        has_shares=bool(cards),
        others=[_other(grouping, types, words) for grouping in report.other_groupings],
    )


def types_of(profiles: ProfileTable) -> dict[str, InteractionType]:
    """The type of each task that was profiled."""
    return {profile.task: profile.type for profile in profiles.profiles}


def group_labels(grouping: Grouping, types: Mapping[str, InteractionType], words: Words) -> dict[str, str]:
    """What the page calls each group: its letter and, in words, its type or else the name the strategy gave it."""
    return {
        group.name: words("groups.label", letter=badges(grouping)[group.name].letter, title=_title(group, types, words))
        for group in grouping.groups
    }


def _title(group: Group, types: Mapping[str, InteractionType], words: Words) -> str:
    """The type in words, numbered as the group's name is ("synergy-2"); else the name itself.

    Strategies name a group after the type that most of its typed tasks have, which may be one of many tasks; where no
    more than half have it, the title says so.
    """
    if group.type and group.name.startswith(group.type):
        number = group.name.removeprefix(group.type).strip("-_ ")
        named = words.name("type", group.type)
        return f"{named if _is_of_its_type(group, types) else words('groups.in_part', type=named)} {number}".strip()
    return words.strategy(group.name)


def _is_of_its_type(group: Group, types: Mapping[str, InteractionType]) -> bool:
    """Whether more than half of the group's tasks are of the type that it is named after."""
    return 2 * sum(types.get(task) == group.type for task in group.tasks) > len(group.tasks)


def _size(group: Group, tasks: list[str], types: Mapping[str, InteractionType], words: Words) -> str:
    """How many tasks, and of which types where these are not all the group's own."""
    size = words.count("task", len(tasks))
    tally = Counter(types.get(task, "undetermined") for task in tasks)
    if group.type is None or set(tally) == {group.type}:
        return size
    kinds = [
        words("tasks.tally", type=words.name("type", kind), n=whole(tally[kind]))
        for kind in (*TYPES, "undetermined")
        if tally[kind]
    ]
    return words("groups.mixed", size=size, types=words("list.between").join(kinds))


def _card(
    report: ReportData, group: Group, tasks: list[str], card: AdapterCard | None, writer: ReasonWriter
) -> GroupCard:
    words, types = writer.words, types_of(report.profiles)
    return GroupCard(
        badge=badges(report.grouping)[group.name],
        title=_title(group, types, words),
        meaning=words(f"meaning.{group.type}") if group.type and _is_of_its_type(group, types) else "",
        size=_size(group, tasks, types, words),
        adapter=_adapter(card, f"{folder_of(report.main)}{group.name}/", report.config.tune, words) if card else "",
        members=[_member(report, task, card, writer) for task in tasks],
    )


def _adapter(card: AdapterCard, folder: str, settings: TuneSettings, words: Words) -> str:
    """What was trained and how, where that is not what is usual or was not known beforehand."""
    size, weights = whole(card.rank), whole(card.trainable_parameters)
    said = [
        words("groups.adapter", rank=size, parameters=weights, folder=folder),
        words("groups.mixture", mixture=words.name("mixture", card.mixture.decided_by)),
    ]
    if settings.objective != "mean":
        said.append(words("groups.objective", objective=settings.objective))
    if settings.interaction:
        said.append(words("groups.interaction", share=percent(settings.interaction)))
    if card.bounded:
        said.append(words("groups.bounded", tasks=words.listing(card.bounded)))
    if card.search is not None:
        key, gain = "groups.searched" if card.search.is_taken else "groups.unchanged", card.search.gain
        said.append(words(key, gain=nats(gain.value), low=nats(gain.low), high=nats(gain.high)))
    if card.trials and card.learning_rate is not None:
        said.append(words("groups.rate", rate=f"{card.learning_rate:g}", n=whole(len(card.trials))))
    if card.started_from is not None:
        said.append(words("groups.started"))
    looked = card.validation
    if looked is not None and looked.kept != "last":
        said.append(words("groups.kept", step=whole(looked.step), planned=whole(looked.planned_steps)))
    if looked is not None and looked.trained_steps < looked.planned_steps:
        said.append(words("groups.stopped", step=whole(looked.trained_steps), planned=whole(looked.planned_steps)))
    return words("list.dot").join(said)


def _member(report: ReportData, task: str, card: AdapterCard | None, writer: ReasonWriter) -> Member:
    words, grouping = writer.words, report.grouping
    profile = next((profile for profile in report.profiles.profiles if profile.task == task), None)
    kind = profile.type if profile else "undetermined"
    home = grouping.group_of(task).name
    return Member(
        task=task,
        type=kind,
        type_name=words.name("type", kind),
        why=writer.why(grouping.reasons.get(task)),
        change=writer.what_would_change(task, grouping, profile),
        stability=percent(grouping.stability[task]) if task in grouping.stability else "",
        share=percent(card.mixture.shares[task]) if card and task in card.mixture.shares else "",
        split=[
            words("groups.split", group=writer.labels[name], weight=percent(weight))
            for name, weight in grouping.membership[task].items()
            if name != home and weight > 0
        ],
    )


def _other(grouping: Grouping, types: Mapping[str, InteractionType], words: Words) -> OtherGrouping:
    return OtherGrouping(
        strategy=words.strategy(grouping.strategy),
        size=words.count("group", len(grouping.groups)),
        groups=[(_title(group, types, words), words.listing(list(group.tasks))) for group in grouping.groups],
    )
