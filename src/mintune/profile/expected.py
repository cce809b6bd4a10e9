"""What answers would be worth if they were drawn from the scores of the choices, instead of being the best of them.

A view that does not know the answer is right by luck in half of the examples where there are two choices; the
probability it gives to the right one is near a half in each. So the mean of this says what a view knows from fewer
examples. It is the accuracy of another predictor, though, one that is as unsure as its scores: shares are never taken
of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mintune.answers import normalise
from mintune.profile.similarity import probabilities
from mintune.records import VIEWS, Prediction, View
from mintune.tasks.storage import Outline

Expected = tuple[np.ndarray, np.ndarray]
"""Right and chance of each example in [0, 1]: the probability of its accepted choices, by its own scores and by the
mean of the others'."""


def expectations(examples: Sequence[Outline], by_view: Mapping[View, Mapping[str, Prediction]]) -> dict[View, Expected]:
    """Right and chance by scores of every view; none at all where choices differ by example or a score is missing."""
    named = [tuple(map(normalise, example.choices or ())) for example in examples]
    names = sorted(set(named[0])) if named else []
    said = {view: [by_view[view][example.id] for example in examples] for view in VIEWS[1:]}
    if len(examples) < 2 or not names or any(sorted(set(own)) != names for own in named):
        return {}
    if any(len(one.scores or ()) != len(own) for given in said.values() for one, own in zip(given, named, strict=True)):
        return {}
    places = {name: place for place, name in enumerate(names)}
    accepted = np.zeros((len(examples), len(names)))
    for row, example in enumerate(examples):
        for target in example.targets:
            if normalise(target) in places:
                accepted[row, places[normalise(target)]] = 1.0
    found: dict[View, Expected] = {}
    for view, given in said.items():
        chances = np.zeros_like(accepted)
        for row, (prediction, own) in enumerate(zip(given, named, strict=True)):
            np.add.at(chances[row], [places[name] for name in own], probabilities(prediction.scores or ()))
        others = (chances.sum(axis=0) - chances) / (len(examples) - 1)
        found[view] = (chances * accepted).sum(axis=1), (others * accepted).sum(axis=1)
    return found
