"""The learner in which the two sides work together: every product of a number of one with a number of the other.

    f(example) = sum over taught examples of k(example, taught) weights(taught)
    k = k_left k_right + (k_left + k_right) / 2

with k of a side the inner product of its features. f holds one number an answer; where choices differ from example to
example, one number a feature of a choice, and a choice's score is their inner product with its features. Logistic loss
by accelerated descent of the function, from the prior; stopping early is its only penalty. It is convex and draws
nothing.

A small network with products of learnt projections is the same kind of function; it finds less in few examples, and
takes longer (`benchmarks/probes/network.py`). What varies most in a side counts most: features are not whitened for it.

Source: Nesterov 1983 (acceleration); the products of kernels as in Ben-Hur and Noble, Kernel methods for predicting
protein-protein interactions, 2005.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

STAGES = (2, 4, 8, 16, 32, 64, 128)
"""After how many steps of descent what is believed is taken down."""

MASKED = np.float32(-1e9)


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


@dataclass(frozen=True, slots=True)
class Offers:
    """Choices of examples: `features` (num_examples, most_choices, num_features); `missing` is True where none is."""

    features: Array
    missing: NDArray[np.bool_]

    def where(self, kept: np.ndarray) -> Offers:
        """The same for some examples, by mask or by index."""
        return Offers(self.features[kept], self.missing[kept])


def kernel(some: Sides, others: Sides, *, products: bool = True) -> Array:
    """How alike examples are (num_some, num_others); without `products` the sides do not work together."""
    left, right = some.left @ others.left.T, some.right @ others.right.T
    apart = (left + right) / np.float32(2)
    return np.asarray(left * right + apart if products else apart, np.float32)


def bilinear(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides) -> Array:
    """Log chances (num_stages, num_asked, num_answers) where the answers are the same for every example."""
    gold = np.eye(len(prior), dtype=np.float32)[labels]
    alike, outside = kernel(seen, seen), kernel(asked, seen)
    step = 2 / (largest_eigenvalue(alike) / len(labels) + 1)
    weights = ahead = np.zeros((len(labels), len(prior)), np.float32)
    bias = bias_ahead = prior
    found = []
    for number in range(1, STAGES[-1] + 1):
        slope = (softmax(alike @ ahead + bias_ahead) - gold) / len(labels)
        momentum = np.float32((number - 1) / (number + 2))
        weights, ahead = onward(weights, ahead - step * slope, momentum)
        bias, bias_ahead = onward(bias, bias_ahead - step * slope.sum(axis=0), momentum)
        if number in STAGES:
            found.append(log_softmax(outside @ weights + bias))
    return np.stack(found)


def among_offers(alike: tuple[Array, Array] | None, offers: Offers, labels: np.ndarray, asked: Offers) -> Array:
    """Log chances (num_stages, num_asked, most_choices) where each example has choices of its own.

    Args:
        alike: kernels (num_taught, num_taught) and (num_asked, num_taught); None where choices are judged by their own
            words and places alone.
        offers: the choices of the examples learnt from.
        labels: (num_taught,) the place of each gold answer.
        asked: the choices of the examples asked.
    """
    size = len(labels)
    within, outside = alike or (np.zeros((size, size), np.float32), np.zeros((len(asked.missing), size), np.float32))
    longest = float((offers.features**2).sum(axis=-1).max())
    step = np.float32(2 / (longest * (largest_eigenvalue(within) / size + 1)))
    weights = ahead = np.zeros((size, offers.features.shape[-1]), np.float32)
    common = common_ahead = np.zeros(offers.features.shape[-1], np.float32)
    found = []
    for number in range(1, STAGES[-1] + 1):
        slope = softmax(_scores(within @ ahead + common_ahead, offers))
        slope[np.arange(size), labels] -= 1
        back = np.einsum("nm,nmf->nf", slope / np.float32(size), offers.features)
        momentum = np.float32((number - 1) / (number + 2))
        weights, ahead = onward(weights, ahead - step * back, momentum)
        common, common_ahead = onward(common, common_ahead - step * back.sum(axis=0), momentum)
        if number in STAGES:
            found.append(log_softmax(_scores(outside @ weights + common, asked)))
    return np.stack(found)


def onward(before: Array, stepped: Array, momentum: np.float32) -> tuple[Array, Array]:
    """Where a step has led, and where the next one starts from."""
    return stepped, np.asarray(stepped + momentum * (stepped - before), np.float32)


def _scores(wanted: Array, offers: Offers) -> Array:
    """Scores (num_examples, most_choices) of choices by what is wanted of them, MASKED where there is none."""
    scores = np.einsum("nmf,nf->nm", offers.features, wanted)
    return np.asarray(np.where(offers.missing, MASKED, scores), np.float32)


def largest_eigenvalue(matrix: Array, steps: int = 30) -> np.float32:
    """About the largest eigenvalue of a symmetric matrix without negative ones: power iteration, and a tenth more.

    Where the largest ones lie close together it may be a little too small; the descent is stable up to 4/3 of its step.
    """
    # Features are centred, so that a vector of ones would be lost on them.
    vector, length = np.asarray(np.sin(np.arange(1, len(matrix) + 1)), np.float32), np.float32(0)
    for _ in range(steps):
        vector = matrix @ vector
        length = np.float32(np.linalg.norm(vector))
        if not length:
            break
        vector = vector / length
    return np.float32(1.1) * length


def softmax(logits: Array) -> Array:
    """Chances over the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def log_softmax(logits: Array) -> Array:
    """Logs of the chances over the last axis."""
    lower = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(lower - np.log(np.exp(lower).sum(axis=-1, keepdims=True)), np.float32)
