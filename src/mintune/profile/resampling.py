"""Bootstrap over examples, vectorised: whatever is a function of means over examples gets its draws from one product.

Examples that share an image are drawn together (cluster bootstrap), since their answers rise and fall together.
"""

from __future__ import annotations

import hashlib

import numpy as np

from mintune.records import Estimate

DRAWS = 1000
CHUNK = 50


def generator(seed: int, *names: str) -> np.random.Generator:
    """A generator that depends on the run's seed and on what it is for, and on nothing drawn before."""
    name = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(name[:8], "big")])


def bootstrap_means(
    values: np.ndarray, clusters: np.ndarray, rng: np.random.Generator, *, draws: int = DRAWS
) -> np.ndarray:
    """Means of `values` (num_examples, num_columns) over resampled clusters: (draws, num_columns).

    `clusters` (num_examples,) numbers the cluster of each example from 0. Memory stays at CHUNK x num_examples.
    """
    num_clusters = int(clusters.max()) + 1
    chunks = []
    for start in range(0, draws, CHUNK):
        size = min(CHUNK, draws - start)
        drawn = rng.integers(num_clusters, size=(size, num_clusters))
        offset = np.arange(size)[:, None] * num_clusters
        counts = np.bincount((drawn + offset).ravel(), minlength=size * num_clusters).reshape(size, num_clusters)
        weights = counts.astype(float) if num_clusters == len(clusters) else counts[:, clusters].astype(float)
        chunks.append(weights @ values / weights.sum(axis=1, keepdims=True))
    return np.concatenate(chunks)


def estimate(value: float, draws: np.ndarray, confidence: float, *, raw: float | None = None) -> Estimate:
    """Estimate with the percentile interval of its bootstrap draws at `confidence`, widened to hold the value."""
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value), raw=raw)


def estimate_share(
    value: float, draws: np.ndarray, confidence: float, *, size: int, raw: float | None = None
) -> Estimate:
    """`estimate` of a share among `size` independent examples.

    Where it is less than half an example from 0 or 1 nearly all resamples say the same, and the interval reaches at
    least as far as Clopper and Pearson's (1934) for none, or all, of so many: to 1 - ((1 - confidence) / 2)^(1 / size),
    or from one less that.
    """
    found = estimate(value, draws, confidence, raw=raw)
    unseen = 1 - ((1 - confidence) / 2) ** (1 / max(size, 1))
    low = min(found.low, 1 - unseen) if (1 - value) * size < 0.5 else found.low
    high = max(found.high, unseen) if value * size < 0.5 else found.high
    return found.model_copy(update={"low": low, "high": high})


def effective_size(
    residuals: np.ndarray, clusters: np.ndarray, *, spread: float | None = None, most: float = 1.0
) -> int:
    """How many independent answers `residuals` (num_examples,) are worth, at most `most` for each example.

    The number of examples over the design effect: variance of the mean with clusters over variance without. `spread` is
    the variance of a single answer's residual, where `residuals` are means over several of them; off: theirs.
    """
    spread = (float(residuals.var()) if spread is None else spread) * residuals.size
    sums = np.bincount(clusters, weights=residuals - residuals.mean())
    effect = float(sums @ sums) / spread if spread > 0 else 1.0
    return int(residuals.size / max(effect, 1 / most))
