"""CAGrad: of all steps near the mean gradient the one along which the worst-off task descends most.

Liu et al. 2021, Conflict-Averse Gradient Descent, algorithm 1 (arXiv 2110.14048). Near means within RADIUS times the
mean gradient's length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import ByBatch, Seen

if TYPE_CHECKING:
    from torch import Tensor

RADIUS = 0.4
"""The paper's choice for its multi-task benchmarks."""


def weights(seen: Seen) -> Tensor:
    """Weights of the tasks (num_tasks,) from their gradients' inner products."""
    from torchjd.aggregation import CAGradWeighting

    found: Tensor = CAGradWeighting(RADIUS)(seen.products)
    return found


CAGRAD = ByBatch(weights, needs=("torchjd", "cvxpy", "clarabel"))
