"""What the scores of choices say: how much each view believes in each of them, and what such beliefs are worth.

A view that does not know the answer is right by luck in half of the examples where there are two choices; the
probability it gives to the right one is near a half in each. So the mean of this says what a view knows from fewer
examples. It is the accuracy of another predictor, though, one that is as unsure as its scores: shares are never taken
of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mintune.answers import normalise
from mintune.profile.similarity import probabilities
from mintune.records import VIEWS, Prediction, View
from mintune.tasks.storage import Outline

Expected = tuple[np.ndarray, np.ndarray]
"""Right and chance of each example in [0, 1]: the probability of its accepted choices, by its own scores and by the
mean of the others'."""


@dataclass(frozen=True, slots=True)
class Beliefs:
    """Probabilities of the same choices for every example, by view (num_examples, num_choices), and which are right.

    `accepted` (num_examples, num_choices) is 1 for each accepted choice; `first` (num_examples,) is the place of the
    first accepted one, -1 where it is no choice.
    """

    by_view: Mapping[View, np.ndarray]
    accepted: np.ndarray
    first: np.ndarray

    @classmethod
    def of(cls, examples: Sequence[Outline], answers: Mapping[View, Sequence[Sequence[Prediction]]]) -> Beliefs | None:
        """The beliefs of image, text and both; None where choices differ by example or a score is missing.

        `answers` are those to each example; of several the first one's scores speak.
        """
        named = [tuple(map(normalise, example.choices or ())) for example in examples]
        names = sorted(set(named[0])) if named else []
        said = {view: [given[0] for given in answers[view]] for view in VIEWS[1:]}
        if not names or any(sorted(set(own)) != names for own in named):
            return None
        scored = (zip(given, named, strict=True) for given in said.values())
        if any(len(one.scores or ()) != len(own) for pairs in scored for one, own in pairs):
            return None
        places = {name: place for place, name in enumerate(names)}
        targets = [[places.get(normalise(target), -1) for target in example.targets] for example in examples]
        accepted = np.zeros((len(examples), len(names)))
        for row, found in enumerate(targets):
            accepted[row, [place for place in found if place >= 0]] = 1.0
        order = [[places[name] for name in own] for own in named]
        believed = {view: _table(given, order, len(names)) for view, given in said.items()}
        return cls(believed, accepted, np.array([found[0] for found in targets]))

    def where(self, kept: np.ndarray) -> Beliefs:
        """Those of the examples marked in `kept` (num_examples,)."""
        by_view = {view: believed[kept] for view, believed in self.by_view.items()}
        return Beliefs(by_view, self.accepted[kept], self.first[kept])

    def expected(self) -> dict[View, Expected]:
        """What answers would be worth that are drawn from the beliefs, by view."""
        found: dict[View, Expected] = {}
        for view, believed in self.by_view.items():
            others = (believed.sum(axis=0) - believed) / max(len(believed) - 1, 1)
            found[view] = (believed * self.accepted).sum(axis=1), (others * self.accepted).sum(axis=1)
        return found


def _table(given: Sequence[Prediction], order: Sequence[Sequence[int]], num_choices: int) -> np.ndarray:
    believed = np.zeros((len(given), num_choices))
    for row, (prediction, places) in enumerate(zip(given, order, strict=True)):
        np.add.at(believed[row], places, probabilities(prediction.scores or ()))
    return believed
