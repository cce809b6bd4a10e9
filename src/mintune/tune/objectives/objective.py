"""What an objective is: how much the gradient of each task of a batch counts in the step.

Some know that beforehand, so that one number descends and one backward pass gives the step. Others look at how the
gradients of the tasks lie to one another, which takes the gradient of each (`gradients.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Known:
    """An objective whose weights are known beforehand: (num_tasks,) of the number of tasks in the batch."""

    weights: Callable[[int], Tensor]


@dataclass(frozen=True, slots=True)
class ByGradients:
    """An objective that goes by the gradients of the tasks.

    `weights` maps their inner products (num_tasks, num_tasks), float64 on the CPU and scaled to a trace of one, and the
    seed of the step, for those that draw, to weights (num_tasks,). `needs` are the packages that it takes.
    """

    weights: Callable[[Tensor, int], Tensor]
    needs: tuple[str, ...] = ("torchjd",)


Objective = Known | ByGradients
