"""Answers of one task by probes, each example's from learners that have seen no example of its fold.

Which learner speaks, after which stage of learning, and how much it counts that an answer's words stand in the text, is
judged for every fold and view by log loss on parts held out of the training folds; then it learns from all of them.
`none` says the prior of the training folds, or, where choices differ, what their own words and places give away.

Open answers are those that the training folds gave, the commonest first: no probe says what it was never shown, and an
answer that each example has to itself cannot be found, but for this text that spells it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mintune.answers import normalise, tokens
from mintune.profile.probes.bilinear import MASKED, Sides, among_offers, kernel, log_softmax
from mintune.profile.probes.folds import deal
from mintune.profile.probes.learners import LEARNERS, log_prior
from mintune.profile.probes.material import Material
from mintune.profile.resampling import generator
from mintune.records import VIEWS, Prediction, View

Array = NDArray[np.float32]

FOLDS = 5
PARTS = 3
ENOUGH = 150
"""Learners are judged on one held-out part after another until so many examples were."""

MOST_ANSWERS = 256
"""Open answers that are ranked."""

SPELLED = (0.0, 2.0, 4.0, 8.0)
"""What it may count, in nats, that all words of an answer stand in the text."""

UNKNOWN = -1
"""The label of an example whose gold answer is not among those ranked."""


def answer(material: Material) -> list[Prediction]:
    """Predictions of every asked example under the four views, in the order of the examples, then of the views.

    None where no example can be held out, since all share a picture or, without pictures, their words.
    """
    if len(set(material.clusters)) < 2 or not material.asked.any():
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


@dataclass(frozen=True)
class Question:
    """A task as one fold meets it: the answers that are ranked and each example's gold among them.

    `answers` are normalised, None where choices differ: an answer is then a place among the example's choices.
    `names` are the answers as they were first written. `labels` is (num_examples,), UNKNOWN where the gold answer is
    not ranked. `spelled` (num_examples, num_answers) is the share of each answer's words that the example's text has.
    """

    material: Material
    answers: tuple[str, ...] | None
    names: Mapping[str, str]
    labels: np.ndarray
    spelled: Array

    @classmethod
    def of(cls, material: Material, taught: np.ndarray) -> Question:
        """The question of a fold whose training examples are `taught`."""
        gold = [normalise(target) for target in material.targets]
        if material.offers is not None:
            offered = [list(map(normalise, choices or ())) for choices in material.choices]
            most = material.offers.missing.shape[1]
            labels = [o.index(g) if g in o else UNKNOWN for o, g in zip(offered, gold, strict=True)]
            rows = [
                [_spelled(said, choice) for choice in row] for said, row in zip(material.said, offered, strict=True)
            ]
            spelled = [row + [0.0] * (most - len(row)) for row in rows]
            return cls(material, None, {}, np.array(labels), np.array(spelled, np.float32))
        counts = Counter(gold[index] for index in taught.tolist())
        commonest = sorted(counts, key=lambda name: (-counts[name], name))[:MOST_ANSWERS]
        answers = material.constant or tuple(commonest)
        places = {name: place for place, name in enumerate(answers)}
        names = {gold[index]: material.targets[index] for index in reversed(taught.tolist())}
        spelled = [[_spelled(said, name) for name in answers] for said in material.said]
        labels = [places.get(name, UNKNOWN) for name in gold]
        return cls(material, answers, names, np.array(labels), np.array(spelled, np.float32).reshape(len(gold), -1))

    def sides(self, view: View, rows: np.ndarray) -> Sides:
        """What the view shows of these examples."""
        image, text = self.material.image[rows], self.material.text[rows]
        if view == "both" and image.shape[1] and text.shape[1]:
            return Sides(image, text)
        shown = {"none": image[:, :0], "image": image, "text": text, "both": image if image.shape[1] else text}[view]
        return Sides(shown, shown)

    def learners(self, view: View) -> list[str]:
        """Who may speak under this view; the prior always may."""
        if self.answers is None:
            sighted = ["against", "products"] if not self.sides(view, np.arange(1)).is_empty else []
            return ["prior", "alone", *sighted]
        return ["prior"] if self.sides(view, np.arange(1)).is_empty else ["prior", *LEARNERS]

    def beliefs(self, learner: str, view: View, rows: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> Array:
        """Log chances (num_stages, num_asked, num_answers) of a learner for `rows` = (taught, asked)."""
        taught, asked = rows
        labels, offers = self.labels[taught], self.material.offers
        if offers is not None:
            if learner == "prior" or not len(taught):
                plain = np.where(offers.missing[asked], MASKED, np.float32(0))
                return log_softmax(np.asarray(plain, np.float32))[None]
            alike = None
            if learner != "alone":
                seen, shown = self.sides(view, taught), self.sides(view, asked)
                together = learner == "products"
                alike = kernel(seen, seen, products=together), kernel(shown, seen, products=together)
            return among_offers(alike, offers.where(taught), labels, offers.where(asked))
        prior = log_prior(labels, self.spelled.shape[1])
        if learner == "prior" or not len(taught):
            return np.tile(prior, (1, len(asked), 1))
        return LEARNERS[learner](self.sides(view, taught), labels, prior, self.sides(view, asked), rng)

    def prediction(self, index: int, view: View, chances: Array) -> Prediction:
        """What is answered to an example, given log chances (num_answers,): the first of the best."""
        choices = self.material.choices[index]
        if choices is None:
            assert self.answers is not None
            said = self.names[self.answers[int(chances.argmax())]]
            return Prediction(self.material.task, self.material.ids[index], view, said)
        if self.answers is None:
            scores = chances[: len(choices)].tolist()
        else:
            known = dict(zip(self.answers, chances.tolist(), strict=True))
            scores = [known.get(normalise(choice), float(chances.min())) for choice in choices]
        said = choices[scores.index(max(scores))]
        return Prediction(self.material.task, self.material.ids[index], view, said, tuple(scores))


def _believe(question: Question, view: View, taught: np.ndarray, asked: np.ndarray, fold: int) -> Array:
    """Log chances (num_asked, num_answers) under a view, by what is judged best within `taught`."""
    names = (question.material.task, view, str(fold))
    taught = taught[question.labels[taught] != UNKNOWN]
    learner, stage, weight = _judge(question, view, taught, names)
    rng = generator(question.material.seed, "probes", *names, learner)
    beliefs = question.beliefs(learner, view, (taught, asked), rng)
    return log_softmax(beliefs[min(stage, len(beliefs) - 1)] + weight * question.spelled[asked])


def _judge(question: Question, view: View, taught: np.ndarray, names: Sequence[str]) -> tuple[str, int, float]:
    """Learner, stage and weight of spelled answers with the least log loss on held-out parts of `taught`."""
    material = question.material
    learners = question.learners(view)
    weights = SPELLED if view in ("text", "both") and question.spelled[taught].any() else SPELLED[:1]
    clusters = [material.clusters[index] for index in taught.tolist()]
    if (len(learners) == 1 and len(weights) == 1) or len(set(clusters)) < PARTS:
        return learners[0], 0, 0.0
    rng = generator(material.seed, "probes", *names, "parts")
    parts = deal(clusters, [str(label) for label in question.labels[taught]], PARTS, rng)
    losses: dict[tuple[str, int, float], float] = {}
    judged = 0
    for part in range(PARTS):
        inner, held = taught[parts != part], taught[parts == part]
        for learner in learners:
            rng = generator(material.seed, "probes", *names, learner, str(part))
            for stage, beliefs in enumerate(question.beliefs(learner, view, (inner, held), rng)):
                for weight in weights:
                    chances = log_softmax(beliefs + weight * question.spelled[held])
                    loss = -float(chances[np.arange(len(held)), question.labels[held]].sum())
                    key = learner, stage, weight
                    losses[key] = losses.get(key, 0.0) + loss
        judged += len(held)
        if judged >= ENOUGH:
            break
    return min(losses, key=lambda key: losses[key])


def _spelled(said: frozenset[str], answer: str) -> float:
    """The share of an answer's words that stand in a text."""
    words = set(tokens(answer))
    return len(words & said) / len(words) if words else 0.0
