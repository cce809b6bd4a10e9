"""How far right answers stand above chance, and whether so many could be luck."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

LEVEL = 0.01
"""Of the one-sided test of a view against chance (method: 3)."""


def kappa(accuracy: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """(accuracy - chance) / (1 - chance), and 0 where chance is 1 and nothing can be told."""
    told = chance < 1
    return np.where(told, accuracy - chance, 0.0) / np.where(told, 1 - chance, 1.0)


def is_above_chance(accuracy: np.ndarray, chance: np.ndarray, size: int) -> np.ndarray:
    """Whether so many of `size` answers are right by chance in fewer than 1 % of cases."""
    hits = np.rint(accuracy * size)
    return np.asarray(binom.sf(hits - 1, size, np.clip(chance, 0, 1)) < LEVEL)


def is_at_chance(accuracy: float, chance: float, size: int) -> bool:
    """Whether so many of `size` answers are neither above nor below chance at the same level on each side."""
    above = is_above_chance(np.array([accuracy, 1 - accuracy]), np.array([chance, 1 - chance]), size)
    return not bool(above.any())
