"""A task's question as one fold meets it: which answers are ranked, and what each learner believes of them.

Open answers are those that the training folds gave, the commonest first: no probe says what it was never shown, and an
answer that each example has to itself cannot be found. Where an answer's words stand in the text, that is known too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mintune.answers import normalise, tokens
from mintune.profile.probes.bilinear import MASKED, Sides, among_offers, kernel, log_softmax
from mintune.profile.probes.learners import LEARNERS, log_prior
from mintune.profile.probes.material import Material
from mintune.records import Prediction, View

Array = NDArray[np.float32]

Speaker = tuple[str, View]
"""A learner, and the view of which it makes its answer. Under `both` a learner may go by one side, so that a fused
answer need not be worse than that of a side for all that the other adds."""

PRIOR = "prior"
ALONE = "alone"
"""Goes by the choices' own words and places."""

MOST_ANSWERS = 256
"""Open answers that are ranked."""

UNKNOWN = -1
"""The label of an example whose gold answer is not among those ranked."""


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
        if view == "both":
            return Sides(image, text)
        shown = {"none": image[:, :0], "image": image, "text": text}[view]
        return Sides(shown, shown)

    def speakers(self, view: View) -> list[Speaker]:
        """Who may speak under this view, the prior first; what `both` shows may be used in part."""
        image, text = self.material.image.shape[1], self.material.text.shape[1]
        seen: dict[View, list[View]] = {
            "none": [],
            "image": ["image"],
            "text": ["text"],
            "both": ["both", "image", "text"],
        }
        shows: dict[View, int] = {"image": image, "text": text, "both": image * text}
        names = list(LEARNERS) if self.answers is not None else ["against", "products"]
        sighted: list[Speaker] = [(name, shown) for shown in seen[view] if shows[shown] for name in names]
        blind: list[Speaker] = [(PRIOR, "none")] if self.answers is not None else [(PRIOR, "none"), (ALONE, "none")]
        return [*blind, *sighted]

    def beliefs(self, speaker: Speaker, rows: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> Array:
        """Log chances (num_stages, num_asked, num_answers) by a learner for `rows` = (taught, asked)."""
        name, view = speaker
        taught, asked = rows
        labels, offers = self.labels[taught], self.material.offers
        seen, shown = self.sides(view, taught), self.sides(view, asked)
        if offers is not None:
            if name == PRIOR or not len(taught):
                plain = np.where(offers.missing[asked], MASKED, np.float32(0))
                return log_softmax(np.asarray(plain, np.float32))[None]
            products = name == "products"
            alike = kernel(seen, seen, products=products), kernel(shown, seen, products=products)
            return among_offers(None if name == ALONE else alike, offers.where(taught), labels, offers.where(asked))
        prior = log_prior(labels, self.spelled.shape[1])
        if name == PRIOR or not len(taught):
            return np.tile(prior, (1, len(asked), 1))
        return LEARNERS[name](seen, labels, prior, shown, rng)

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


def _spelled(said: frozenset[str], answer: str) -> float:
    """The share of an answer's words that stand in a text."""
    words = set(tokens(answer))
    return len(words & said) / len(words) if words else 0.0
