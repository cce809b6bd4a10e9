"""Several answers to one example under one view: sorted by draw, dealt into turns, and brought together again.

A turn holds one answer to every example, so that whatever compares answers with those to other examples does so turn by
turn. Where an example has fewer answers than another, its own come again in the later turns, and count once in the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from mintune.answers import normalise
from mintune.records import VIEWS, Prediction, View

Answers = Sequence[Sequence[Prediction]]
"""The answers to each example under one view, in the order of their draws."""


def by_view(predictions: Iterable[Prediction]) -> dict[View, dict[str, list[Prediction]]]:
    """Predictions by view and example id, in the order of their draws; of two of the same draw the last."""
    found: dict[View, dict[str, dict[int, Prediction]]] = {view: {} for view in VIEWS}
    for prediction in predictions:
        found[prediction.view].setdefault(prediction.example_id, {})[prediction.draw] = prediction
    return {
        view: {name: [draws[number] for number in sorted(draws)] for name, draws in examples.items()}
        for view, examples in found.items()
    }


def commonest(said: Sequence[Prediction]) -> str:
    """The answer that was given most often, the first of several."""
    counts = Counter(normalise(one.answer) for one in said)
    return max(said, key=lambda one: counts[normalise(one.answer)]).answer


def numbers_of(answers: Answers) -> np.ndarray:
    """How many answers each example has (num_examples,)."""
    return np.array([len(said) for said in answers], dtype=int)


def turns(answers: Answers) -> list[list[str]]:
    """As many turns as the example with most answers has, at least one; each holds a text for every example."""
    most = max(map(len, answers), default=1)
    return [[said[turn % len(said)].answer for said in answers] for turn in range(most)]


def mean_right(answers: Answers, right: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    """The mean over each example's answers (num_examples,) of `right`, which judges one turn."""
    numbers = numbers_of(answers)
    found = np.array([right(texts) for texts in turns(answers)])
    own = np.arange(len(found))[:, None] < numbers
    return np.asarray(np.where(own, found, 0.0).sum(axis=0) / numbers)


def mean_chance(answers: Answers, chance: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
    """The mean over turns (num_examples,) of `chance`, which compares one turn's answers with one another."""
    return np.asarray(np.mean([chance(texts) for texts in turns(answers)], axis=0))


def mean_agreement(
    answers: Answers, fused: Answers, similarity: Callable[[Prediction, Prediction], float]
) -> np.ndarray:
    """The mean similarity of each example's answers with those under `both` (num_examples,), turn by turn."""
    return np.array([_alike(said, both, similarity) for said, both in zip(answers, fused, strict=True)], dtype=float)


def _alike(
    said: Sequence[Prediction], both: Sequence[Prediction], similarity: Callable[[Prediction, Prediction], float]
) -> float:
    most = max(len(said), len(both))
    return sum(similarity(said[turn % len(said)], both[turn % len(both)]) for turn in range(most)) / most


def several(answers: Mapping[View, Answers]) -> dict[View, np.ndarray]:
    """`numbers_of` the views that answered any example more than once."""
    return {view: numbers for view, one in answers.items() if (numbers := numbers_of(one)).max(initial=1) > 1}
