"""How far a placement holds when the examples are drawn anew.

A resample stands for a profile made from other examples: each task's cloud is moved so that its middle lies on one of
its own bootstrap replicates, independently of other tasks. Resampling has its own fixed generator: the same profiles
give the same groups whatever the seed of the run, because groups that changed with a seed would be noise posing as a
decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mintune.group.clustering import Labels
    from mintune.group.distance import Array

NUM_RESAMPLES = 100


def resampled_clouds(clouds: Array, num_resamples: int = NUM_RESAMPLES) -> Iterator[Array]:
    """Clouds as other examples would have given them: (num_tasks, num_points, dim) each time."""
    generator = np.random.default_rng(0)
    around_middle = clouds - clouds.mean(axis=1, keepdims=True)
    tasks = np.arange(len(clouds))
    for _ in range(num_resamples):
        drawn = clouds[tasks, generator.integers(clouds.shape[1], size=len(clouds))]
        yield around_middle + drawn[:, None, :]


def share_kept(labels: Labels, resampled: Sequence[Labels]) -> Array:
    """For each task, the share of resamples in which it keeps its companions, (num_tasks,).

    It keeps them where its group and the group it falls in agree in more than half of the tasks in either. A task that
    is alone keeps that where it stays alone.
    """
    together = labels[:, None] == labels[None, :]
    kept = np.zeros(len(labels))
    for other in resampled:
        now = other[:, None] == other[None, :]
        kept += 2 * (together & now).sum(axis=1) > (together | now).sum(axis=1)
    return kept / len(resampled)
