"""FAMO: all losses fall at the same pace, by weights that rise for tasks whose loss fell least.

Liu et al. 2023, FAMO: Fast Adaptive Multitask Optimization, algorithm 1 (arXiv 2306.03792). The step descends
sum z log(loss) with z the softmax of a logit for each task, scaled so that weights sum to one. Logits are learnt from
how far log losses fell: the paper reads the same batch again after the step; here a task's loss in the next batch that
holds it takes the place of that, which costs nothing and is the same where the batch is all data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import ByBatch, Memory, Seen

if TYPE_CHECKING:
    from torch import Tensor

RATE = 0.025
DECAY = 1e-3
"""Rate and regularisation of the logits: the paper's."""

SMALLEST = 1e-8
"""A loss below this counts as this."""


def weights(seen: Seen) -> Tensor:
    """Z / loss, scaled to sum to one (num_tasks,)."""
    import torch

    logits = torch.tensor([_logit(task, seen.memory) for task in seen.tasks], dtype=seen.losses.dtype)
    found = logits.softmax(dim=0) / seen.losses.clamp(min=SMALLEST)
    return found / found.sum()


def learn(tasks: Sequence[str], losses: Sequence[float], memory: Memory) -> Memory:
    """Logits after the fall of log losses since each task was seen last, and the losses to compare with next.

    The fall of those that have been seen before is brought through the softmax's derivative, as in the paper.
    """
    logs = {task: math.log(max(loss, SMALLEST)) for task, loss in zip(tasks, losses, strict=True)}
    logits = {task: _logit(task, memory) for task in tasks}
    falls = {task: memory[task][1] - logs[task] for task in tasks if task in memory}
    total = sum(math.exp(logits[task]) for task in falls)
    shares = {task: math.exp(logits[task]) / total for task in falls}
    mean = sum(shares[task] * falls[task] for task in falls)
    for task, fall in falls.items():
        logits[task] -= RATE * (shares[task] * (fall - mean) + DECAY * logits[task])
    return {**memory, **{task: (logits[task], logs[task]) for task in tasks}}


def _logit(task: str, memory: Memory) -> float:
    return memory[task][0] if task in memory else 0.0


FAMO = ByBatch(weights, learn)
