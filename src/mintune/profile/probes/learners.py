"""Learners that tell an answer among those that are the same for every example: three kinds, from dull to quick.

    linear      multinomial logistic regression by accelerated gradient descent, features half whitened
    bilinear    products of the two sides, see `bilinear.py`
    boosting    gradient boosting of small trees over everything that is seen

Each starts from the prior and gives what it believes after several stages of learning; which stage of which learner is
used is judged on examples outside (`crossfit.py`), so that a side that says nothing keeps the prior. All views have the
same learners: a view of one side stands on both sides of the products.

Sources: Nesterov 1983 (acceleration); Boehning 1992 (curvature of the softmax); Friedman, Greedy function
approximation, 2001; Iosipoi and Vakhrushev, SketchBoost, NeurIPS 2022 (trees grown on random projections of the
residuals: their cost is that of eight answers however many there are. scikit-learn's histogram boosting grows a tree an
answer: fifty rounds over ten answers and 140 examples took 2.1 s here, one fit of the hundreds that a task needs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from mintune.profile.probes.bilinear import STAGES, Sides, bilinear, largest_eigenvalue, log_softmax, onward, softmax

Array = NDArray[np.float32]

BOOSTING_STAGES = (5, 10, 20, 40)
"""After how many trees what is believed is taken down."""

SHRINKAGE = 0.3
LEAVES = 8
SKETCH = 8
TRIED = 0.1
"""Share of the features that a split tries, at least TRIED_LEAST."""
TRIED_LEAST = 8

Learner = Callable[[Sides, np.ndarray, Array, Sides, np.random.Generator], Array]
"""(seen, labels, log prior, asked, rng) -> log chances (num_stages, num_asked, num_answers)."""


def log_prior(labels: np.ndarray, num_answers: int) -> Array:
    """How often each answer is given, one more example counted over all of them: (num_answers,) logs."""
    counts = np.bincount(labels, minlength=num_answers) + 1 / num_answers
    return np.asarray(np.log(counts / counts.sum()), np.float32)


def linear(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:  # noqa: ARG001 - learners are called alike
    """Logistic regression; stopping early is its only penalty."""
    joined = seen.joined
    scale = 1 / np.sqrt(joined.std(axis=0) + np.float32(1e-6))
    features, outside = joined * scale, asked.joined * scale
    gold = np.eye(len(prior), dtype=np.float32)[labels]
    step = 2 / (largest_eigenvalue(features.T @ features) / len(labels) + 1)
    weights = ahead = np.zeros((features.shape[1], len(prior)), np.float32)
    bias = bias_ahead = prior
    found = []
    for number in range(1, STAGES[-1] + 1):
        slope = (softmax(features @ ahead + bias_ahead) - gold) / len(labels)
        momentum = np.float32((number - 1) / (number + 2))
        weights, ahead = onward(weights, ahead - step * (features.T @ slope), momentum)
        bias, bias_ahead = onward(bias, bias_ahead - step * slope.sum(axis=0), momentum)
        if number in STAGES:
            found.append(log_softmax(outside @ weights + bias))
    return np.stack(found)


def products(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:  # noqa: ARG001 - learners are called alike
    """As `bilinear`, which draws nothing."""
    return bilinear(seen, labels, prior, asked)


def boosting(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:
    """Trees of LEAVES leaves with random cuts, grown on sketches of the residuals; a leaf takes one Newton step."""
    from sklearn.tree import DecisionTreeRegressor

    features, outside = seen.joined, asked.joined
    tried = min(features.shape[1], max(TRIED_LEAST, round(TRIED * features.shape[1])))
    gold = np.eye(len(prior), dtype=np.float32)[labels]
    logits, answers = np.tile(prior, (len(labels), 1)), np.tile(prior, (len(outside), 1))
    draw = np.random.RandomState(int(rng.integers(1 << 31)))  # the kind that scikit-learn draws from
    found = []
    for number in range(1, BOOSTING_STAGES[-1] + 1):
        chances = softmax(logits)
        residuals = gold - chances
        sketch = residuals
        if len(prior) > SKETCH:
            sketch = residuals @ rng.standard_normal((len(prior), SKETCH), np.float32)
        tree = DecisionTreeRegressor(splitter="random", max_leaf_nodes=LEAVES, max_features=tried, random_state=draw)
        leaves = tree.fit(features, sketch.astype(np.float64), check_input=False).apply(features, check_input=False)
        held = np.zeros((tree.tree_.node_count, len(labels)), np.float32)
        held[leaves, np.arange(len(labels))] = 1
        values = SHRINKAGE * (held @ residuals) / (held @ (chances * (1 - chances)) + 1)
        logits += values[leaves]
        answers += values[tree.apply(outside, check_input=False)]
        if number in BOOSTING_STAGES:
            found.append(log_softmax(answers))
    return np.stack(found)


LEARNERS: Mapping[str, Learner] = {"linear": linear, "bilinear": products, "boosting": boosting}
