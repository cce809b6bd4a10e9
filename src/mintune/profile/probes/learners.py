"""Learners that tell an answer among those that are the same for every example: three kinds, from dull to quick.

    linear      multinomial logistic regression by accelerated gradient descent
    bilinear    the same with products of projections of the two sides, a small network
    boosting    gradient boosting of small trees over everything that is seen

Each starts from the prior and gives what it believes after several stages of learning; which stage of which learner is
used is judged on examples outside (`crossfit.py`), so that a side that says nothing keeps the prior. All views have the
same learners: a view of one side stands on both sides of the products.

Sources: Nesterov 1983 (acceleration); Kingma and Ba, Adam, 2015; Friedman, Greedy function approximation, 2001;
Iosipoi and Vakhrushev, SketchBoost, NeurIPS 2022 (trees grown on random projections of the residuals, which makes their
cost that of eight answers however many there are; scikit-learn's histogram boosting grows a tree an answer).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mintune.profile.probes.descent import Adam, log_softmax, softmax

Array = NDArray[np.float32]

LINEAR_STAGES = (2, 4, 8, 16, 32, 64, 128)
BILINEAR_STAGES = (10, 20, 40, 80, 160, 320)
BOOSTING_STAGES = (5, 10, 20, 40, 80)
"""After how many steps a learner's belief is taken down."""

RANK = 16
BATCH = 128
RATE = 0.02
DECAY = 0.01
SHRINKAGE = 0.2
LEAVES = 8
SKETCH = 8
TRIED = 0.1
"""Share of the features that a split tries, at least TRIED_LEAST."""
TRIED_LEAST = 8


@dataclass(frozen=True, slots=True)
class Sides:
    """What is seen of examples: two matrices (num_examples, num_features), the same one twice under a single view."""

    left: Array
    right: Array

    @property
    def joined(self) -> Array:
        """Everything that is seen, once."""
        return self.left if self.left is self.right else np.concatenate([self.left, self.right], axis=1)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is seen at all."""
        return not self.left.shape[1] and not self.right.shape[1]

    def where(self, kept: np.ndarray) -> Sides:
        """The same for some examples, by mask or by index."""
        left = self.left[kept]
        return Sides(left, left if self.left is self.right else self.right[kept])


Learner = Callable[[Sides, np.ndarray, Array, Sides, np.random.Generator], Array]
"""(seen, labels, log prior, asked, rng) -> log chances (num_stages, num_asked, num_answers)."""


def log_prior(labels: np.ndarray, num_answers: int) -> Array:
    """How often each answer is given, one more example counted over all of them: (num_answers,) logs."""
    counts = np.bincount(labels, minlength=num_answers) + 1 / num_answers
    return np.asarray(np.log(counts / counts.sum()), np.float32)


def linear(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:  # noqa: ARG001 - learners are called alike
    """Logistic regression; stopping early is its only penalty."""
    features, outside = seen.joined, asked.joined
    gold = np.eye(len(prior), dtype=np.float32)[labels]
    # Half of the largest eigenvalue bounds the curvature of a softmax (Boehning 1992); the bias adds one.
    step = 2 / (np.linalg.norm(features, 2) ** 2 / len(labels) + 1)
    weights = ahead = np.zeros((features.shape[1], len(prior)), np.float32)
    bias = bias_ahead = prior
    found = []
    for number in range(1, LINEAR_STAGES[-1] + 1):
        slope = (softmax(features @ ahead + bias_ahead) - gold) / len(labels)
        stepped, bias_stepped = ahead - step * (features.T @ slope), bias_ahead - step * slope.sum(axis=0)
        momentum = (number - 1) / (number + 2)
        ahead = stepped + momentum * (stepped - weights)
        bias_ahead = bias_stepped + momentum * (bias_stepped - bias)
        weights, bias = stepped, bias_stepped
        if number in LINEAR_STAGES:
            found.append(log_softmax(outside @ weights + bias))
    return np.stack(found)


def bilinear(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:
    """logits = b + J W + ((L A) * (R B)) C, J everything seen, L and R the sides; minibatches, Adam, decay."""
    joined, outside, (wide, broad) = seen.joined, asked.joined, (seen.left.shape[1], seen.right.shape[1])
    gold = np.eye(len(prior), dtype=np.float32)[labels]
    weights = {
        "b": prior.copy(),
        "W": np.zeros((joined.shape[1], len(prior)), np.float32),
        "A": rng.standard_normal((wide, RANK), np.float32),
        "B": rng.standard_normal((broad, RANK), np.float32),
        "C": np.zeros((RANK, len(prior)), np.float32),
    }
    adam = Adam(weights, rate=RATE, decay=DECAY)
    found = []
    for number in range(1, BILINEAR_STAGES[-1] + 1):
        few = rng.integers(len(labels), size=min(BATCH, len(labels)))
        left, right, whole = seen.left[few], seen.right[few], joined[few]
        one, other = left @ weights["A"], right @ weights["B"]
        slope = softmax(weights["b"] + whole @ weights["W"] + (one * other) @ weights["C"]) - gold[few]
        slope /= len(few)
        back = slope @ weights["C"].T
        adam.step(
            {
                "b": slope.sum(axis=0),
                "W": whole.T @ slope,
                "A": left.T @ (back * other),
                "B": right.T @ (back * one),
                "C": (one * other).T @ slope,
            }
        )
        if number in BILINEAR_STAGES:
            products = (asked.left @ weights["A"]) * (asked.right @ weights["B"])
            found.append(log_softmax(weights["b"] + outside @ weights["W"] + products @ weights["C"]))
    return np.stack(found)


def boosting(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:
    """Trees of LEAVES leaves with random cuts, grown on sketches of the residuals; a leaf takes one Newton step."""
    from sklearn.tree import DecisionTreeRegressor

    features, outside = seen.joined, asked.joined
    tried = min(features.shape[1], max(TRIED_LEAST, round(TRIED * features.shape[1])))
    gold = np.eye(len(prior), dtype=np.float32)[labels]
    logits, answers = np.tile(prior, (len(labels), 1)), np.tile(prior, (len(outside), 1))
    found = []
    for number in range(1, BOOSTING_STAGES[-1] + 1):
        chances = softmax(logits)
        residuals = gold - chances
        sketch = residuals
        if len(prior) > SKETCH:
            sketch = residuals @ rng.standard_normal((len(prior), SKETCH), np.float32)
        tree = DecisionTreeRegressor(
            splitter="random", max_leaf_nodes=LEAVES, max_features=tried, random_state=int(rng.integers(1 << 31))
        )
        leaves = tree.fit(features, sketch.astype(np.float64), check_input=False).apply(features, check_input=False)
        held = np.zeros((tree.tree_.node_count, len(labels)), np.float32)
        held[leaves, np.arange(len(labels))] = 1
        values = SHRINKAGE * (held @ residuals) / (held @ (chances * (1 - chances)) + 1)
        logits += values[leaves]
        answers += values[tree.apply(outside, check_input=False)]
        if number in BOOSTING_STAGES:
            found.append(log_softmax(answers))
    return np.stack(found)


LEARNERS: Mapping[str, Learner] = {"linear": linear, "bilinear": bilinear, "boosting": boosting}

