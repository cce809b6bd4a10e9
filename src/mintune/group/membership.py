"""Weights over groups for a task that spans types.

The weights are the mixture of the groups' middles that comes nearest to the task's own shares, averaged over the task's
replicates: half redundant and half synergistic is half in each, and what is uncertain is spread. Weights under
NEGLIGIBLE_WEIGHT are dropped, so that most tasks are members of one group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mintune.group.clustering import Labels
    from mintune.group.distance import Array

NEGLIGIBLE_WEIGHT = 0.2


def weights_over_groups(clouds: Array, labels: Labels) -> Array:
    """Weights (num_tasks, num_groups), rows summing to one.

    The group in which a task was placed has no less weight than any other: where the mixture says otherwise
    (constraints, or a task at the border) it is raised to the largest.
    """
    middles = np.stack([clouds[labels == group].mean(axis=(0, 1)) for group in range(labels.max() + 1)])
    weights = np.stack([np.mean([mixture(point, middles) for point in cloud], axis=0) for cloud in clouds])
    tasks = np.arange(len(labels))
    weights[tasks, labels] = weights.max(axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    weights[weights < NEGLIGIBLE_WEIGHT] = 0.0
    weights[tasks, labels] = weights.max(axis=1)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def mixture(point: Array, middles: Array) -> Array:
    """Weights (num_groups,), not negative and summing to one, whose mixture of the middles is nearest to the point.

    Non-negative least squares with the sum as one more, heavy equation (Lawson and Hanson 1974, ch. 23).
    """
    from scipy.optimize import nnls

    heavy = 1e3
    weights, _ = nnls(np.vstack([middles.T, np.full(len(middles), heavy)]), np.append(point, heavy))
    return np.asarray(weights / weights.sum())
