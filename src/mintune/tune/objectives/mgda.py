"""MGDA: the shortest convex combination of the tasks' gradients, along which every task descends if any way is.

Désidéri 2012; Sener and Koltun 2018, Multi-Task Learning as Multi-Objective Optimization, algorithm 2 (arXiv
1810.04650). Tasks with small gradients get large weights, so solved tasks hold the others back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import ByBatch, Seen

if TYPE_CHECKING:
    from torch import Tensor


def weights(seen: Seen) -> Tensor:
    """Weights of the tasks (num_tasks,), summing to one, from their gradients' inner products."""
    from torchjd.aggregation import MGDAWeighting

    found: Tensor = MGDAWeighting()(seen.products)
    return found


MGDA = ByBatch(weights, needs=("torchjd",))
