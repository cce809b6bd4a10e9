"""Learners for choices that differ from example to example: each choice is scored by its words against what is seen.

    score(example, choice) = c u + ((J A) D) c + (((L A') * (R B')) D') c

with c the features of the choice's words and its place, J everything seen, L and R the two sides. The first term is what
a choice's own words give away, and all that the view `none` has; the second a view against a choice; the third, learner
`products`, lets the sides work together. Learnt by the softmax over each example's choices, minibatches and Adam.

It sees a choice's words as a bag: a choice that says the same in words never met is scored by MiniLM alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mintune.profile.probes.descent import Adam, log_softmax, softmax
from mintune.profile.probes.learners import BATCH, BILINEAR_STAGES, DECAY, RANK, RATE, Sides

Array = NDArray[np.float32]

MASKED = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Offers:
    """Choices of examples: `features` (num_examples, most_choices, num_features), `missing` True where there is none."""

    features: Array
    missing: NDArray[np.bool_]

    def where(self, kept: np.ndarray) -> Offers:
        """The same for some examples, by mask or by index."""
        return Offers(self.features[kept], self.missing[kept])


PAIR_LEARNERS: Mapping[str, tuple[int, int]] = {"alone": (0, 0), "against": (RANK, 0), "products": (RANK, RANK)}
"""How many projections of everything seen, and how many products of the two sides, a choice is held against."""


def learn(
    ranks: tuple[int, int],
    taught: tuple[Sides, Offers],
    labels: np.ndarray,
    asked: tuple[Sides, Offers],
    rng: np.random.Generator,
) -> Array:
    """Log chances (num_stages, num_asked, most_choices) after each stage of learning.

    Args:
        ranks: one of PAIR_LEARNERS.
        taught: what is seen of the examples learnt from, and their choices.
        labels: (num_taught,) the place of each gold answer among its choices.
        asked: what is seen of the examples asked, and their choices.
        rng: draws first weights and batches.
    """
    (seen, offers), joined, size = taught, taught[0].joined, taught[1].features.shape[-1]
    weights = {
        "u": np.zeros(size, np.float32),
        "A": rng.standard_normal((joined.shape[1], ranks[0]), np.float32),
        "L": rng.standard_normal((seen.left.shape[1], ranks[1]), np.float32),
        "R": rng.standard_normal((seen.right.shape[1], ranks[1]), np.float32),
        "D": np.zeros((size, sum(ranks)), np.float32),
    }
    adam = Adam(weights, rate=RATE, decay=DECAY)
    found = []
    for number in range(1, BILINEAR_STAGES[-1] + 1):
        few = rng.integers(len(labels), size=min(BATCH, len(labels)))
        part, offered = seen.where(few), offers.where(few)
        slope = softmax(_scores(weights, part, joined[few], offered))
        slope[np.arange(len(few)), labels[few]] -= 1
        adam.step(_slopes(weights, part, joined[few], offered, slope / len(few)))
        if number in BILINEAR_STAGES:
            found.append(log_softmax(_scores(weights, asked[0], asked[0].joined, asked[1])))
    return np.stack(found)


def _scores(weights: Mapping[str, Array], seen: Sides, joined: Array, offers: Offers) -> Array:
    """Scores (num_examples, most_choices), MASKED where there is no choice."""
    hidden = _hidden(weights, seen, joined)
    scores = offers.features @ weights["u"] + np.einsum("nmr,nr->nm", offers.features @ weights["D"], hidden)
    return np.asarray(np.where(offers.missing, MASKED, scores), np.float32)


def _hidden(weights: Mapping[str, Array], seen: Sides, joined: Array) -> Array:
    return np.concatenate([joined @ weights["A"], (seen.left @ weights["L"]) * (seen.right @ weights["R"])], axis=1)


def _slopes(
    weights: Mapping[str, Array], seen: Sides, joined: Array, offers: Offers, slope: Array
) -> dict[str, Array]:
    """Slopes of the mean loss; `slope` (num_examples, most_choices) is that of the scores."""
    hidden = _hidden(weights, seen, joined)
    one, other = seen.left @ weights["L"], seen.right @ weights["R"]
    weighted = np.einsum("nm,nmf->nf", slope, offers.features)
    back = weighted @ weights["D"]
    plain = weights["A"].shape[1]
    return {
        "u": weighted.sum(axis=0),
        "A": joined.T @ back[:, :plain],
        "L": seen.left.T @ (back[:, plain:] * other),
        "R": seen.right.T @ (back[:, plain:] * one),
        "D": weighted.T @ hidden,
    }
