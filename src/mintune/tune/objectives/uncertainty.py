"""Uncertainty weighting: a task counts the less the larger its loss has been, by a log-variance learnt for each.

Kendall et al. 2018, Multi-Task Learning Using Uncertainty to Weigh Losses (arXiv 1705.07115): the log-variance s of a
task makes exp(-s) loss + s small, of which the weight is exp(-s). It is learnt by plain descent at RATE, so that what a
task needs of it does not hang on the adapter's rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import Known, Memory

if TYPE_CHECKING:
    from torch import Tensor

RATE = 0.05


def weights(tasks: Sequence[str], memory: Memory) -> Tensor:
    """exp(-s) over the number of tasks (num_tasks,): the mean until something is learnt."""
    import torch

    return torch.tensor([math.exp(-_log_variance(task, memory)) / len(tasks) for task in tasks])


def learn(tasks: Sequence[str], losses: Sequence[float], memory: Memory) -> Memory:
    """A step of descent of each s along 1 - exp(-s) loss."""
    moved = {}
    for task, loss in zip(tasks, losses, strict=True):
        before = _log_variance(task, memory)
        moved[task] = (before - RATE * (1 - math.exp(-before) * loss),)
    return {**memory, **moved}


def _log_variance(task: str, memory: Memory) -> float:
    return memory.get(task, (0.0,))[0]


UNCERTAINTY = Known(weights, learn)
