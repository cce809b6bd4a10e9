"""The few lines of optimisation that probes share, in numpy: a softmax, and Adam with decoupled decay.

Source: Kingma and Ba, Adam, 2015; Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

FIRST, SECOND, TINY = 0.9, 0.99, 1e-8


def softmax(logits: Array) -> Array:
    """Chances over the last axis; logits of minus infinity have none."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def log_softmax(logits: Array) -> Array:
    """Logs of the chances over the last axis."""
    lower = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(lower - np.log(np.exp(lower).sum(axis=-1, keepdims=True)), np.float32)


class Adam:
    """Changes the arrays of `weights` in place, a step at a time."""

    def __init__(self, weights: Mapping[str, Array], *, rate: float, decay: float) -> None:
        self._weights = weights
        self._rate, self._decay = rate, decay
        self._means = {name: np.zeros_like(array) for name, array in weights.items()}
        self._squares = {name: np.zeros_like(array) for name, array in weights.items()}
        self._steps = 0

    def step(self, slopes: Mapping[str, Array]) -> None:
        """Go one step against the slopes."""
        self._steps += 1
        rate = self._rate * (1 - SECOND**self._steps) ** 0.5 / (1 - FIRST**self._steps)
        for name, slope in slopes.items():
            array, mean, square = self._weights[name], self._means[name], self._squares[name]
            mean += (1 - FIRST) * (slope - mean)
            square += (1 - SECOND) * (slope * slope - square)
            array *= 1 - self._rate * self._decay
            array -= rate * mean / (np.sqrt(square) + TINY)
