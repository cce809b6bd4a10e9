"""How the losses of a batch's tasks become the one scalar of a step: one objective a file, and their table.

An objective maps losses (num_tasks,) to a scalar. Each task's loss is the mean over its examples in the batch, each
example's the mean over its own answer tokens.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mintune.tune.objectives.mean import mean

if TYPE_CHECKING:
    from torch import Tensor

OBJECTIVES: dict[str, Callable[[Tensor], Tensor]] = {"mean": mean}
