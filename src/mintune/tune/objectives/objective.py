"""What an objective is: how much the gradient of each task of a batch counts in the step.

Some know that before the batch is read, so that one number descends and one backward pass gives the step. Others go by
what the batch shows, its losses or how the gradients of its tasks lie to one another, and these take the gradient of
each task (`gradients.py`). What an objective has learnt from step to step is its memory, numbers by task, which
checkpoints keep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Memory = Mapping[str, tuple[float, ...]]
"""What an objective remembers of each task."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a batch has shown of its `tasks`.

    `losses` (num_tasks,) and `products` (num_tasks, num_tasks), the inner products of the tasks' gradients scaled to a
    trace of one, are float64 on the CPU. `seed` is that of the step, for objectives that draw.
    """

    tasks: Sequence[str]
    losses: Tensor
    products: Tensor
    seed: int
    memory: Memory


def forget(_tasks: Sequence[str], _losses: Sequence[float], memory: Memory) -> Memory:
    """Learn nothing from a step."""
    return memory


@dataclass(frozen=True, slots=True)
class Known:
    """An objective whose weights (num_tasks,) are known beforehand, of the batch's tasks and what it remembers of them.

    `learn` gives what it remembers after a step, of the tasks and their losses.
    """

    weights: Callable[[Sequence[str], Memory], Tensor]
    learn: Callable[[Sequence[str], Sequence[float], Memory], Memory] = forget


@dataclass(frozen=True, slots=True)
class ByBatch:
    """An objective whose weights (num_tasks,) go by what the batch has shown. `needs` are the packages it takes."""

    weights: Callable[[Seen], Tensor]
    learn: Callable[[Sequence[str], Sequence[float], Memory], Memory] = forget
    needs: tuple[str, ...] = ()


Objective = Known | ByBatch
