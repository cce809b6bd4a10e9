"""A smooth surface of loss over mixtures, fitted to a few measured ones, which says what others would lose.

Each task's share counts by itself and by its square, and ridge regression keeps the many coefficients of few
measurements small. Interactions of two tasks' shares are left out: they are more than can be measured. Pure numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mintune.errors import TrainingError

Array = NDArray[np.float64]

RIDGES = tuple(10.0**exponent for exponent in range(-4, 5))
"""Penalties tried, in units of a standardised column; the one with the smallest left-out error is taken."""

FEWEST = 8
"""Measurements below which no surface is fitted."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A fitted surface. `left_out` (num_measured,) predicts each measured loss from the others alone."""

    centre: Array
    scale: Array
    slopes: Array
    mean: float
    ridge: float
    left_out: Array

    def predict(self, shares: Array) -> Array:
        """Loss (num_mixtures,) of mixtures (num_mixtures, num_tasks)."""
        standard = (_columns(shares) - self.centre) / self.scale
        return np.asarray(self.mean + standard @ self.slopes)


def fit_surface(shares: Array, losses: Array) -> Surface:
    """Fit losses (num_measured,) of mixtures (num_measured, num_tasks), rows summing to one.

    The ridge is chosen by leaving each measurement out, which has a closed form. TrainingError where fewer than FEWEST
    mixtures were measured, or a loss is no finite number.
    """
    if len(losses) < FEWEST or not np.isfinite(losses).all():
        raise TrainingError(
            f"a surface of loss over mixtures takes {FEWEST} measured ones or more, each a finite number; "
            f"got {int(np.isfinite(losses).sum())} of {len(losses)}"
        )
    columns = _columns(shares)
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    scale = np.where(spread > 1e-12, spread, 1.0)
    standard, mean = (columns - centre) / scale, float(losses.mean())
    u, values, vh = np.linalg.svd(standard, full_matrices=False)
    found = []
    for ridge in RIDGES:
        shrunk = values**2 / (values**2 + ridge)
        fitted = u @ (shrunk * (u.T @ (losses - mean)))
        leverage = 1 / len(losses) + (u**2) @ shrunk
        left_out = losses - (losses - mean - fitted) / (1 - leverage)
        slopes = vh.T @ (values / (values**2 + ridge) * (u.T @ (losses - mean)))
        found.append(Surface(centre, scale, slopes, mean, ridge, left_out))
    return min(found, key=lambda surface: float(np.square(surface.left_out - losses).sum()))


def draw_mixtures(shares: Array, floor: float, num: int, generator: np.random.Generator) -> Array:
    """Mixtures (num, num_tasks) around `shares` (num_tasks,), of which each task keeps at least the part `floor`.

    What is above the floors is drawn from a Dirichlet law with `shares` as its mean; for equal shares it is uniform.
    """
    drawn = generator.dirichlet(shares * len(shares), size=num)
    return np.asarray(floor * shares + (1 - floor) * drawn)


def _columns(shares: Array) -> Array:
    return np.concatenate([shares, shares**2], axis=1)
