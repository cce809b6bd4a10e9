"""PCGrad: each task's gradient without what points against another's, then their mean.

Yu et al. 2020, Gradient Surgery for Multi-Task Learning, algorithm 1 (arXiv 2001.06782). The others are gone through in
an order drawn for each task. The mean takes the place of the paper's sum, so that without conflict this is `mean`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tune.objectives.objective import ByGradients

if TYPE_CHECKING:
    from torch import Tensor


def weights(gram: Tensor, seed: int) -> Tensor:
    """Weights of the tasks (num_tasks,) from their gradients' inner products (num_tasks, num_tasks)."""
    import torch
    from torchjd.aggregation import PCGradWeighting

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return PCGradWeighting()(gram) / len(gram)


PCGRAD = ByGradients(weights)
