"""Answers of one task by probes, each example's from learners that have seen no example of its fold.

Which learner speaks, after which stage of learning, and how much it counts that an answer's words stand in the text, is
judged for every fold and view by log loss on parts held out of the training folds; then it learns from all of them.
`none` says the prior of the training folds, or, where choices differ, what their own words and places give away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mintune.answers import normalise
from mintune.profile.probes.bilinear import log_softmax
from mintune.profile.probes.folds import deal
from mintune.profile.probes.material import Material
from mintune.profile.probes.question import UNKNOWN, Question, Speaker
from mintune.profile.resampling import generator
from mintune.records import VIEWS, Prediction, View

Array = NDArray[np.float32]

FOLDS = 5
PARTS = 3
ENOUGH = 150
"""Learners are judged on one held-out part after another until so many examples were."""

SPELLED = (0.0, 2.0, 4.0, 8.0)
"""What it may count, in nats, that all words of an answer stand in the text."""


def answer(material: Material) -> list[Prediction]:
    """Predictions of every asked example under the four views, in the order of the examples, then of the views.

    None where no example can be held out, since all share a picture or, without pictures, their words.
    """
    if len(set(material.clusters)) < 2:
        return []
    labels = [normalise(target) for target in material.targets]
    rng = generator(material.seed, "probes", material.task, "folds")
    folds = deal(material.clusters, labels, min(FOLDS, len(set(material.clusters))), rng)
    found: dict[tuple[int, View], Prediction] = {}
    for fold in np.unique(folds[material.asked]).tolist():
        taught, asked = np.flatnonzero(folds != fold), np.flatnonzero((folds == fold) & material.asked)
        question = Question.of(material, taught)
        for view in VIEWS:
            chances = _believe(question, view, taught, asked, fold)
            for index, row in zip(asked.tolist(), chances, strict=True):
                found[index, view] = question.prediction(index, view, row)
    return [found[index, view] for index in np.flatnonzero(material.asked).tolist() for view in VIEWS]


def _believe(question: Question, view: View, taught: np.ndarray, asked: np.ndarray, fold: int) -> Array:
    """Log chances (num_asked, num_answers) under a view, by what is judged best within `taught`."""
    names = (question.material.task, view, str(fold))
    taught = taught[question.labels[taught] != UNKNOWN]
    speaker, stage, weight = _judge(question, view, taught, names)
    rng = generator(question.material.seed, "probes", *names, *speaker)
    beliefs = question.beliefs(speaker, (taught, asked), rng)
    return log_softmax(beliefs[min(stage, len(beliefs) - 1)] + weight * question.spelled[asked])


def _judge(question: Question, view: View, taught: np.ndarray, names: Sequence[str]) -> tuple[Speaker, int, float]:
    """Speaker, stage and weight of spelled answers with the least log loss on held-out parts of `taught`."""
    material = question.material
    speakers = question.speakers(view)
    weights = SPELLED if view in ("text", "both") and question.spelled[taught].any() else SPELLED[:1]
    clusters = [material.clusters[index] for index in taught.tolist()]
    if (len(speakers) == 1 and len(weights) == 1) or len(set(clusters)) < PARTS:
        return speakers[0], 0, 0.0
    rng = generator(material.seed, "probes", *names, "parts")
    parts = deal(clusters, [str(label) for label in question.labels[taught]], PARTS, rng)
    losses: dict[tuple[Speaker, int, float], float] = {}
    judged = 0
    for part in range(PARTS):
        inner, held = taught[parts != part], taught[parts == part]
        for speaker in speakers:
            rng = generator(material.seed, "probes", *names, *speaker, str(part))
            for stage, beliefs in enumerate(question.beliefs(speaker, (inner, held), rng)):
                for weight in weights:
                    chances = log_softmax(beliefs + weight * question.spelled[held])
                    loss = -float(chances[np.arange(len(held)), question.labels[held]].sum())
                    key = speaker, stage, weight
                    losses[key] = losses.get(key, 0.0) + loss
        judged += len(held)
        if judged >= ENOUGH:
            break
    return min(losses, key=lambda key: losses[key])
