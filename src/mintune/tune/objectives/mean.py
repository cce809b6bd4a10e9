"""The mean over tasks, so that a task with more examples in the batch does not count for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def mean(task_losses: Tensor) -> Tensor:
    """The scalar to descend, from the loss of each task in the batch (num_tasks,), in nats an answer token."""
    return task_losses.mean()
