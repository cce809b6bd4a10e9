"""A linear layer and its adapter as one product while the adapter is trained.

PEFT computes W x + s B (A x): two thin products beside the wide one, and passes over all that leaves the layer to scale
and to add it. The same sums in another order are (W + s B A) x, whose matrix costs rank / tokens of the product.
Backwards the gradients of A and B go by thin products alone, and that of x through the same matrix (RunLoRA,
arXiv:2312.03415, has the orders there are; this is the one that keeps least and suits many tokens).

The numbers are the same up to rounding, in float32. In bfloat16 an adapter's small steps would vanish beside W's, so
there, and for adapters that are more than A and B, layers stay as PEFT has them. Knows layers; neither data nor losses.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from peft.tuners.lora import Linear as LoraLinear
from torch import nn
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from mintune.models.backbone import Backbone


@contextlib.contextmanager
def adapter_fused(backbone: Backbone) -> Iterator[None]:
    """Within the block each layer multiplies by W + s B A of the active adapter.

    The modules of A and B are not called, so hooks on them hear nothing.
    """
    layers = [module for module in backbone.model.modules() if isinstance(module, LoraLinear)]
    for layer in layers:
        layer.forward = partial(_forward, layer, layer.forward)
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


def _forward(layer: LoraLinear, plain: Any, entering: Tensor) -> Tensor:
    found: Tensor
    if not _can_be_fused(layer, entering):
        found = plain(entering)
        return found
    [name] = layer.active_adapters
    inner, outer, base = layer.lora_A[name], layer.lora_B[name], layer.base_layer
    multiply: Any = _FusedLinear.apply
    found = multiply(entering, base.weight, base.bias, inner.weight, outer.weight, layer.scaling[name])
    return found


def _can_be_fused(layer: LoraLinear, entering: Tensor) -> bool:
    """Whether the layer is W + s B A and nothing else, and all of it is multiplied in float32."""
    if layer.disable_adapters or layer.merged or len(layer.active_adapters) != 1:
        return False
    name, base = layer.active_adapters[0], layer.base_layer
    return (
        name in layer.lora_A
        and name not in layer.lora_variant
        and type(base) is nn.Linear
        and isinstance(layer.lora_dropout[name], nn.Identity)
        and layer.lora_B[name].bias is None
        and entering.dtype == base.weight.dtype == layer.lora_A[name].weight.dtype == torch.float32
        and not torch.is_autocast_enabled(entering.device.type)
    )


class _FusedLinear(torch.autograd.Function):
    """x (..., inputs) to (W + s B A) x + b (..., outputs), with gradients for x, A and B. W and b are frozen."""

    @staticmethod
    def forward(
        ctx: Any, entering: Tensor, weight: Tensor, bias: Tensor | None, inner: Tensor, outer: Tensor, scale: float
    ) -> Tensor:
        ctx.save_for_backward(entering, weight, inner, outer)
        ctx.scale = scale
        return nn.functional.linear(entering, torch.addmm(weight, outer, inner, alpha=scale), bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, leaving: Tensor) -> tuple[Tensor | None, None, None, Tensor, Tensor, None]:
        entering, weight, inner, outer = ctx.saved_tensors
        rows, slopes = entering.flatten(0, -2), leaving.flatten(0, -2)
        by_entering = None
        if ctx.needs_input_grad[0]:
            # Made again rather than kept: kept, it would be a second copy of the whole base.
            by_entering = leaving @ torch.addmm(weight, outer, inner, alpha=ctx.scale)
        by_inner = ((slopes @ outer).mT @ rows) * ctx.scale
        by_outer = ((rows @ inner.mT).mT @ slopes).mT * ctx.scale
        return by_entering, None, None, by_inner, by_outer.contiguous(), None
