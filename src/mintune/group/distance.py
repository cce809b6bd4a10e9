"""How far apart tasks are: the energy distance between the clouds of their shares.

A task is not a point but a cloud: bootstrap replicates of its shares, so that what is uncertain about a task is part
of how it compares. Between two tasks known exactly the distance is the Euclidean distance of their shares; where the
clouds overlap it shrinks towards 0, so an uncertain task is near many. Two pure tasks of different type are sqrt(2)
apart.

Shares are taken of what is known: what nobody could answer tells of the backbone, not of how image and text interact.
Replicates come from resampling examples; how the backbone was trained or prompted is not in the cloud.

Source: Székely and Rizzo (2013), Energy statistics, equation 1.2 (V-statistic, halved here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mintune.errors import EstimationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mintune.records import InteractionProfile

    Array = NDArray[np.float64]

NUM_POINTS = 32
"""Points of a cloud: more of the replicates change a distance by less than their own noise."""

PRIOR_SHARE = 0.05
"""Share of examples spread evenly over the types before shares are taken of what is known: a task of which almost
nothing is known lies near the middle instead of wherever its last replicate fell."""


def share_clouds(profiles: Sequence[InteractionProfile]) -> Array:
    """Clouds of shares of what is known, (num_tasks, NUM_POINTS, 4), each point summing to one.

    Replicates are taken at even steps through those of the profile. A profile without replicates (one estimated
    elsewhere) is taken at its word: all its points lie on its shares. EstimationError where shares are not numbers.
    """
    clouds = np.empty((len(profiles), NUM_POINTS, 4))
    for cloud, profile in zip(clouds, profiles, strict=True):
        points = np.asarray(profile.replicates or (profile.shares,), dtype=float)
        if not np.isfinite(points).all():
            raise EstimationError(
                f"profile of task {profile.task}: shares or replicates are not finite; profile it again"
            )
        chosen = np.linspace(0, len(points) - 1, NUM_POINTS).round().astype(int)
        cloud[:] = of_the_known(points[chosen])
    return clouds


def of_the_known(shares: Array) -> Array:
    """Shares (..., 4) of all examples as shares of those that somebody can answer (clipped at 0, see PRIOR_SHARE)."""
    clipped = np.clip(shares, 0.0, None)
    return np.asarray((clipped + PRIOR_SHARE / 4) / (clipped.sum(axis=-1, keepdims=True) + PRIOR_SHARE))


def energy_distances(first: Array, second: Array, second_spreads: Array | None = None) -> Array:
    """Energy distance between each of the first clouds and each of the second.

    Arguments: (num_first, num_points, dim) and (num_second, num_points, dim), and the spreads of the second where they
    are known already. Returns (num_first, num_second): E|X - Y| - (E|X - X'| + E|Y - Y'|) / 2, never negative, and 0
    exactly where two clouds are the same.
    """
    first_spreads = spreads(first)
    second_spreads = spreads(second) if second_spreads is None else second_spreads
    inside = (first_spreads[:, None] + second_spreads[None, :]) / 2
    return np.clip(_mean_distances(first, second) - inside, 0.0, None)


def spreads(clouds: Array) -> Array:
    """E|X - X'| of each cloud, (num_clouds,): how uncertain its task is, in units of shares, wherever it lies."""
    return np.asarray([_mean_distances(cloud[None], cloud[None])[0, 0] for cloud in clouds])


def _mean_distances(first: Array, second: Array) -> Array:
    """E|X - Y| for each pair of clouds, (num_first, num_second)."""
    from scipy.spatial.distance import cdist

    num_second, points, dim = second.shape
    stacked = second.reshape(-1, dim)
    return np.stack([cdist(cloud, stacked).mean(axis=0).reshape(num_second, points).mean(axis=1) for cloud in first])
