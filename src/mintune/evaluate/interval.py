"""Intervals by bootstrap: of a mean over examples that share images, and of a mean over tasks.

Percentile intervals. Examples that show a common image are drawn together, since they are right and wrong together.
Where all examples score the same, resampling sees no spread; the interval then comes from how many clusters could have
scored otherwise unseen (Clopper and Pearson 1934, at 0 or n successes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NUM_RESAMPLES = 2000


def mean_interval(
    values: Sequence[float], clusters: Sequence[int], *, confidence: float, generator: np.random.Generator
) -> tuple[float, float]:
    """Interval (low, high) of the mean of values in [0, 1]; values of one cluster are drawn together."""
    sums = np.bincount(clusters, weights=values)
    counts = np.bincount(clusters)
    if min(values) == max(values):
        unseen = ((1 - confidence) / 2) ** (1 / len(counts))
        return values[0] * unseen, 1 - (1 - values[0]) * unseen
    drawn = generator.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=NUM_RESAMPLES)
    return percentiles((drawn @ sums) / (drawn @ counts), confidence)


def percentiles(draws: Array, confidence: float) -> tuple[float, float]:
    """The middle part of draws that holds `confidence` of them."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return float(low), float(high)
