"""From predictions to numbers: what each view got right, what it would get right by chance, where views agree.

Everything an estimator needs is here as one array a quantity over a task's examples, in the order of their ids, so that
estimators are arithmetic on means and never see a string. An answer is right where it matches an accepted one (closed
answers) or shares half of its words with one (open answers, token F1 >= 0.5; all of them in tasks whose different gold
answers share half of their words anyway, see `answers.bar_of`).

Chance is measured, not assumed: the accepted answers of each example are compared with what the same view answered to
*other* examples. Where the choices differ from example to example, answers are compared by their place among the
choices, and chance is at least one over their number.

What a model says for reasons of its own it says under every view, and two views that are right together for that share
no knowledge; `none` shows what it is, unless its own answers have to do with the right ones. Where choices differ, an
answer is first of all that of `none` or another (then its place among the others): a model likes some choices for their
words. Elsewhere chance is measured among examples with the same answer under `none`: two halves of a task that were
answered by two adapters guess in two ways.

Where a view answers an example several times, each quantity is the mean over its answers, each compared with as many of
every other example; what `none` says is then what it says most often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import NamedTuple

import numpy as np

from mintune.answers import bar_of, is_right, normalise
from mintune.profile import draws
from mintune.profile.chance import is_at_chance
from mintune.profile.expected import Beliefs, Expected
from mintune.profile.similarity import SIMILARITIES, Accepts, Own, Similarity, accepts
from mintune.progress import number_of
from mintune.records import VIEWS, Prediction, Quarantined, Task, View
from mintune.tasks.clusters import clusters_of
from mintune.tasks.copies import glances, pictures_of
from mintune.tasks.outlines import outlines
from mintune.tasks.storage import Outline

PARTNERS = 100
LEAST_ALIKE = 25
"""Fewer examples with the same answer under `none` tell too little of how a view guesses among them."""

HELD_OUT = "is a test example, which profiles leave alone"
UNKNOWN = "is not in the data, or was set aside from it"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the predictions on one task say, example by example; arrays are (num_examples,).

    `right[view]` is 1 where the view's answer is accepted; `chance[view]` the share of other examples' answers under
    that view which this example would accept; `prior` the share of other examples' first targets which it would accept.
    `agreement["image"]` and `["text"]` are the similarity of that view's answer with the answer under `both`.
    `clusters` numbers the examples that share images, directly or by way of others. `right` and `chance` lack `none`
    where it was not asked. `expected` is the same by the scores of choices, `beliefs` what these
    say, where there are any.

    `num_answers[view]` counts the answers of each example, over which `right`, `chance` and `agreement` are means; it
    lacks the views that answered every example once.
    """

    task: str
    example_ids: tuple[str, ...]
    right: Mapping[View, np.ndarray]
    chance: Mapping[View, np.ndarray]
    prior: np.ndarray
    agreement: Mapping[View, np.ndarray]
    clusters: np.ndarray
    expected: Mapping[View, Expected] = field(default_factory=dict)
    beliefs: Beliefs | None = None
    num_answers: Mapping[View, np.ndarray] = field(default_factory=dict)

    @property
    def num_examples(self) -> int:
        """Number of examples answered under image, text and both."""
        return len(self.example_ids)

    @property
    def num_clusters(self) -> int:
        """Number of sets of examples that share no image with one another."""
        return int(np.unique(self.clusters).size)

    def where(self, kept: np.ndarray) -> Evidence:
        """The same for the examples marked in `kept` (num_examples,); chance stays as measured over all."""
        return Evidence(
            task=self.task,
            example_ids=tuple(compress(self.example_ids, kept)),
            right={view: values[kept] for view, values in self.right.items()},
            chance={view: values[kept] for view, values in self.chance.items()},
            prior=self.prior[kept],
            agreement={view: values[kept] for view, values in self.agreement.items()},
            clusters=np.unique(self.clusters[kept], return_inverse=True)[1],
            expected={view: (right[kept], chance[kept]) for view, (right, chance) in self.expected.items()},
            beliefs=None if self.beliefs is None else self.beliefs.where(kept),
            num_answers={view: counts[kept] for view, counts in self.num_answers.items()},
        )


def gather(
    task: Task, predictions: Iterable[Prediction], *, similarity: Similarity | None = None
) -> tuple[Evidence, list[Quarantined]]:
    """Join a task's predictions on example ids and measure rightness, chance and agreement.

    Examples that lack a view, or that are not among the task's training and validation examples, are set aside with
    the reason. `similarity` compares views with each other: by default `exact` for closed answers, else `token_f1`; one
    of the user's own also says which answers are right.
    """
    by_view = draws.by_view(predictions)
    answered = set().union(*by_view.values())
    splits = (task.train, task.validation)
    known = {outline.id: outline for split in splits for outline in outlines(split) if outline.id in answered}
    tested = {outline.id for outline in outlines(task.test)} if answered - known.keys() else set()
    views: list[View] = [view for view in VIEWS if view != "none" or by_view["none"]]
    kept: list[Outline] = []
    aside: list[Quarantined] = []
    for example_id in sorted(answered):
        missing = [view for view in views if example_id not in by_view[view]]
        if example_id not in known:
            reason = f"example {example_id}: {HELD_OUT if example_id in tested else UNKNOWN}"
            aside.append(Quarantined(task=task.name, file="predictions", line=None, reason=reason))
        elif missing:
            reason = f"example {example_id}: has no prediction under view {', '.join(missing)}"
            aside.append(Quarantined(task=task.name, file="predictions", line=None, reason=reason))
        elif wrong := _wrong_scores(known[example_id], [one for view in views for one in by_view[view][example_id]]):
            reason = f"example {example_id}: {wrong}"
            aside.append(Quarantined(task=task.name, file="predictions", line=None, reason=reason))
        else:
            kept.append(known[example_id])
    shows = {glance.id: pictures_of(glance) for split in splits for glance in glances(split) if glance.id in answered}
    clusters = clusters_of([shows[example.id] for example in kept])
    bar = bar_of(outline.targets for outline in outlines(task.train))
    scorers = Scorers.of(kept, bar, similarity, {name: draws.commonest(said) for name, said in by_view["none"].items()})
    return _measure(task.name, scorers, {view: by_view[view] for view in views}, clusters, similarity), aside


def _wrong_scores(example: Outline, predictions: Iterable[Prediction]) -> str:
    """What is wrong with the number of scores; empty where there is one a choice, or there are none."""
    for one in predictions:
        if one.scores is not None and example.choices is not None and len(one.scores) != len(example.choices):
            found = number_of(len(one.scores), "score")
            return f"has {found} under view {one.view}; expected {len(example.choices)}, one a choice"
    return ""


class Scorers(NamedTuple):
    """How the answers of `none` are compared, and how those of the views judged against it, among which examples."""

    none: _Scorer
    judged: _Scorer
    alike: Sequence[np.ndarray]

    @classmethod
    def of(
        cls, kept: Sequence[Outline], bar: float, similarity: Similarity | None, guesses: Mapping[str, str]
    ) -> Scorers:
        """Scorers of the examples `kept`, given what `none` answered to each, if it was asked."""
        plain, everyone = _scorer(kept, bar, similarity), [np.arange(len(kept))]
        if not guesses or not kept:
            return cls(plain, plain, everyone)
        answers = [guesses[example.id] for example in kept]
        if not is_at_chance(float(plain.right(answers).mean()), float(plain.chance(answers).mean()), len(kept)):
            return cls(plain, plain, everyone)
        said = [normalise(answer) for answer in answers]
        return cls(plain, _beside(kept, said), everyone) if plain.key is _place else cls(plain, plain, _alike(said))


def _alike(said: Sequence[str]) -> list[np.ndarray]:
    """Indices of the examples with equal answers; those with fewer than LEAST_ALIKE join the largest."""
    groups = np.unique(np.array(said), return_inverse=True)[1]
    sizes = np.bincount(groups, minlength=1)
    groups = np.where(sizes[groups] < LEAST_ALIKE, sizes.argmax(), groups)
    return [np.flatnonzero(groups == group) for group in np.unique(groups)]


def _measure(
    task: str,
    scorers: Scorers,
    by_view: Mapping[View, Mapping[str, Sequence[Prediction]]],
    clusters: Sequence[int],
    similarity: Similarity | None,
) -> Evidence:
    examples, judged = scorers.judged.examples, scorers.judged
    compare = similarity or SIMILARITIES["exact" if all(example.choices for example in examples) else "token_f1"]
    answers: dict[View, draws.Answers] = {view: [by_view[view][example.id] for example in examples] for view in by_view}
    single: tuple[View, ...] = ("image", "text")
    beliefs = None if isinstance(similarity, Own) else Beliefs.of(examples, answers)
    return Evidence(
        task=task,
        example_ids=tuple(example.id for example in examples),
        right={view: draws.mean_right(given, judged.right) for view, given in answers.items()},
        chance={
            view: draws.mean_chance(
                given, scorers.none.chance if view == "none" else lambda texts: judged.chance(texts, scorers.alike)
            )
            for view, given in answers.items()
        },
        prior=judged.chance([example.targets[0] for example in examples], scorers.alike),
        agreement={view: draws.mean_agreement(answers[view], answers["both"], compare) for view in single},
        clusters=np.array(clusters, dtype=int),
        expected={} if beliefs is None else beliefs.expected(),
        beliefs=beliefs,
        num_answers=draws.several(answers),
    )


class _Scorer:
    """Compares answers with accepted ones, in the key under which both are the same thing."""

    def __init__(self, examples: Sequence[Outline], key: Callable[[Outline, str], str], *, floor: np.ndarray) -> None:
        self.examples = examples
        self.key = key
        self.floor = floor
        self.accepted = [{key(example, target) for target in example.targets} for example in examples]

    def right(self, answers: Sequence[str]) -> np.ndarray:
        """1 where the answer (num_examples,) is accepted by its own example."""
        pairs = zip(answers, self.examples, strict=True)
        return np.array([is_right(answer, example.targets, example.choices) for answer, example in pairs], float)

    def chance(self, answers: Sequence[str], groups: Sequence[np.ndarray] = ()) -> np.ndarray:
        """Share of the other examples' answers which each example would accept, at least the floor.

        `groups` are the indices of examples that are compared with one another, by default all.
        """
        keys, found = self._keys(answers), np.zeros(len(answers))
        for members in groups or [np.arange(len(answers))]:
            if len(members) > 1:
                found[members] = self.accepted_of_others(keys, members.tolist())
        return np.asarray(np.maximum(found, self.floor))

    def accepted_of_others(self, keys: Sequence[str], members: Sequence[int]) -> list[float]:
        """Share of the other members' keys that each member accepts, by counting equal keys."""
        counts = Counter(keys[member] for member in members)
        return [
            (sum(counts[target] for target in self.accepted[member]) - (keys[member] in self.accepted[member]))
            / (len(members) - 1)
            for member in members
        ]

    def _keys(self, answers: Sequence[str]) -> list[str]:
        return [self.key(example, answer) for example, answer in zip(self.examples, answers, strict=True)]


class _OpenScorer(_Scorer):
    """Open answers: right where enough words are shared; chance from at most PARTNERS others, evenly spaced."""

    def __init__(self, examples: Sequence[Outline], accepts: Accepts) -> None:
        # Under a notion of the user's own, "A" and "a" may differ.
        super().__init__(examples, lambda _, answer: answer, floor=np.zeros(len(examples)))
        self.accepts = accepts

    def right(self, answers: Sequence[str]) -> np.ndarray:
        pairs = zip(answers, self.examples, strict=True)
        return np.array([self.accepts(example, answer) for answer, example in pairs], float)

    def accepted_of_others(self, keys: Sequence[str], members: Sequence[int]) -> list[float]:
        size = len(members)
        offsets = np.unique(np.linspace(1, size - 1, min(PARTNERS, size - 1)).astype(int)).tolist()
        others = [[members[(place + offset) % size] for offset in offsets] for place in range(size)]
        return [
            float(np.mean([self.accepts(self.examples[member], keys[other]) for other in partners]))
            for member, partners in zip(members, others, strict=True)
        ]


def _scorer(examples: Sequence[Outline], bar: float, similarity: Similarity | None) -> _Scorer:
    choices = [example.choices for example in examples]
    if isinstance(similarity, Own) or any(offered is None for offered in choices):
        return _OpenScorer(examples, accepts(similarity, bar))
    if len({frozenset(offered or ()) for offered in choices}) == 1:
        return _Scorer(examples, lambda _, answer: normalise(answer), floor=np.zeros(len(examples)))
    return _Scorer(examples, _place, floor=np.array([1 / len(offered or ("",)) for offered in choices]))


def _beside(examples: Sequence[Outline], said_by_none: Sequence[str]) -> _Scorer:
    """For choices that differ by example: whether an answer is that of `none`, else its place beside it."""
    said = {example.id: answer for example, answer in zip(examples, said_by_none, strict=True)}
    return _Scorer(
        examples,
        lambda example, answer: _place(example, answer, beside=said[example.id]),
        floor=np.zeros(len(examples)),
    )


def _place(example: Outline, answer: str, *, beside: str | None = None) -> str:
    """The answer's place among the example's choices, or the answer itself where it is none of them.

    With `beside`, an answer of `none`: whether it is the same, else its place among the other choices.
    """
    said = normalise(answer)
    if said == beside:
        return "as none"
    others = [choice for choice in map(normalise, example.choices or ()) if choice != beside]
    return str(others.index(said)) if said in others else said
