"""A task's features as learners take them: blocks reduced by PCA, scaled alike, and side by side.

The reduction sees the examples of all folds and the answers of none. Each block is scaled as a whole to rows of mean
square length one and each side again, so that no block wins by its units; within a block what varies most counts most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

MOST_COMPONENTS = 64
"""Numbers kept of one block."""

NEGLIGIBLE = 1e-6
"""Components with less of the first one's variance are rounding."""


def side(blocks: Sequence[Array], num_examples: int) -> Array:
    """Blocks (num_examples, any) as one matrix (num_examples, num_features); no columns where nothing varies."""
    kept = [found for found in map(reduced, blocks) if found.shape[1]]
    whole = np.concatenate([np.zeros((num_examples, 0), np.float32), *kept], axis=1)
    return np.asarray(whole / np.float32(max(1, len(kept)) ** 0.5), np.float32)


def reduced(block: Array, most: int = MOST_COMPONENTS) -> Array:
    """The block's first principal components, with rows of mean square length one; none where nothing varies."""
    whole = block.astype(np.float64)
    centred = whole - whole.mean(axis=0)
    rows, columns = centred.shape
    if not np.ptp(whole, axis=0).any():
        return np.zeros((rows, 0), np.float32)
    if columns <= rows:
        variances, axes = np.linalg.eigh(centred.T @ centred / rows)
        scores = centred @ axes
    else:
        variances, left = np.linalg.eigh(centred @ centred.T / rows)
        scores = left * np.sqrt(np.maximum(variances, 0) * rows)
    order = np.argsort(-variances)[:most]
    order = order[variances[order] > NEGLIGIBLE * variances.max()]
    found = scores[:, order]
    # An eigenvector's sign is arbitrary and may differ between machines.
    found = found * np.where(found[np.abs(found).argmax(axis=0), np.arange(len(order))] < 0, -1, 1)
    return np.asarray(found / np.sqrt((found**2).sum(axis=1).mean()), np.float32)
