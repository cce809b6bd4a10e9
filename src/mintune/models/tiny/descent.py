"""Going down the slope: the learning rate's course, one step of AdamW, and gradients shared between processes.

Knows nothing of the model or of what is learnt.
"""

from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

WEIGHT_DECAY = 0.02
RISE_STEPS = 300
LOWEST = 0.02


def pace_at(share: float, step: int, decay_share: float) -> float:
    """The learning rate after `share` of the budget, as a share of the highest.

    A short rise, constant, then over the last `decay_share` of the budget a straight fall to nearly zero.
    """
    rise = min(1.0, (step + 1) / RISE_STEPS)
    fall = min(1.0, max(LOWEST, (1 - share) / decay_share))
    return rise * fall


def optimizer_of(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """AdamW; each step is told its own rate."""
    return torch.optim.AdamW(parameters, lr=0.0, weight_decay=WEIGHT_DECAY, betas=(0.9, 0.98), fused=True)


def descend(loss: Tensor, optimizer: torch.optim.Optimizer, rate: float) -> None:
    """One step, with gradients averaged over the processes where there are several, and clipped to length 1."""
    parameters = [weight for group in optimizer.param_groups for weight in group["params"]]
    optimizer.zero_grad()
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss.backward()
    if dist.is_initialized():
        _average_gradients(parameters)
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()


def agreed(elapsed: float, is_due: bool) -> tuple[float, bool]:
    """The clock of the first process and whether it wants a checkpoint, known to all."""
    if not dist.is_initialized():
        return elapsed, is_due
    told = torch.tensor([elapsed, float(is_due)])
    dist.broadcast(told, src=0)
    return float(told[0]), bool(told[1])


def _average_gradients(parameters: list[nn.Parameter]) -> None:
    for parameter in parameters:
        # A batch without pictures leaves the vision tower without gradients, while the other process may have some.
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))
