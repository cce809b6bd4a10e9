"""PCGrad: each task's gradient without what points against another's, then their mean.

Yu et al. 2020, Gradient Surgery for Multi-Task Learning, algorithm 1 (arXiv 2001.06782). The others are gone through in
an order drawn for each task. The mean takes the place of the paper's sum, so that without conflict this is `mean`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import ByBatch, Seen

if TYPE_CHECKING:
    from torch import Tensor


def weights(seen: Seen) -> Tensor:
    """Weights of the tasks (num_tasks,) from their gradients' inner products."""
    import torch
    from torchjd.aggregation import PCGradWeighting

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seen.seed)
        return PCGradWeighting()(seen.products) / len(seen.tasks)


PCGRAD = ByBatch(weights, needs=("torchjd",))
