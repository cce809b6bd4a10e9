"""Group DRO: tasks count by weights that rise exponentially with their losses, so the worst-off task leads.

Sagawa et al. 2020, Distributionally Robust Neural Networks, algorithm 1 (arXiv 1911.08731): the weights q over groups,
here tasks, are multiplied by exp(RATE loss) and scaled to sum to one; the step descends sum q loss. Two things differ.
The paper draws one group a step and raises its weight before the step; here all tasks of a batch have theirs raised
after it, so that they are known beforehand. And the weights of a batch's tasks are scaled to sum to one, so that one of
few tasks is no smaller a step. Which examples are drawn stays as it is: losses are weighted anew, online.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import Known, Memory

if TYPE_CHECKING:
    from torch import Tensor

RATE = 0.01
"""Step size of the weights: the paper's."""


def weights(tasks: Sequence[str], memory: Memory) -> Tensor:
    """The weights of the batch's tasks, scaled to sum to one (num_tasks,): the mean until something is learnt."""
    import torch

    known = _with_new(tasks, memory)
    return torch.tensor([known[task] for task in tasks]).softmax(dim=0)


def learn(tasks: Sequence[str], losses: Sequence[float], memory: Memory) -> Memory:
    """The logarithm of every known task's weight after the step; weights sum to one over all tasks known so far."""
    raised = _with_new(tasks, memory)
    for task, loss in zip(tasks, losses, strict=True):
        raised[task] += RATE * loss
    whole = _log_sum(raised.values())
    return {task: (logit - whole,) for task, logit in raised.items()}


def _with_new(tasks: Sequence[str], memory: Memory) -> dict[str, float]:
    """Logarithms of weights, up to a constant; a task that comes in later has the mean weight of those known."""
    known = {task: numbers[0] for task, numbers in memory.items()}
    mean = _log_sum(known.values()) - math.log(len(known)) if known else 0.0
    return known | {task: mean for task in tasks if task not in known}


def _log_sum(logits: Iterable[float]) -> float:
    """Log sum exp, without overflow."""
    logits = list(logits)
    largest = max(logits)
    return largest + math.log(sum(math.exp(logit - largest) for logit in logits))


GROUP_DRO = Known(weights, learn)
