"""UPGrad: each task's gradient moved as little as makes it hurt no task, then their mean.

Quinton and Rey 2024, Jacobian Descent for Multi-Objective Optimization (arXiv 2406.16232): the projection onto the dual
cone of all gradients, a small quadratic program a task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import ByBatch, Seen

if TYPE_CHECKING:
    from torch import Tensor

RIDGE = 1e-6
"""Added to the diagonal of the inner products, relative to them, so that the program has one answer."""


def weights(seen: Seen) -> Tensor:
    """Weights of the tasks (num_tasks,) from their gradients' inner products."""
    from torchjd.aggregation import UPGradWeighting
    from torchjd.linalg import QuadprogProjector

    found: Tensor = UPGradWeighting(projector=QuadprogProjector(reg_eps=RIDGE))(seen.products)
    return found


UPGRAD = ByBatch(weights, needs=("torchjd", "qpsolvers", "quadprog"))
