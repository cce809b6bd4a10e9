"""In which precision a backbone is tuned on this machine.

Adapters keep float32 weights and moments throughout. On a processor that multiplies bfloat16 matrices, their products
and the base's are taken in it, which costs half the time; elsewhere a CPU tunes in float32. What a launcher of several
processes or a GPU prescribes (`accelerate launch --mixed_precision`) is left as it is. Answers are always computed in
the base's own precision, so none of this touches a profile's asking or a score's.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal

import torch
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from mintune.models.fused import adapter_fused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from mintune.models.backbone import Backbone

# As `torch.cpu.get_capabilities` names them on x86 and (`bf16`) on Arm.
_NATIVE = ("avx512_bf16", "amx_bf16", "bf16")


def training_precision(backbone: Backbone) -> Literal["bf16"] | None:
    """What to tell Accelerate: `bf16` on a CPU with instructions for it, None (whatever was launched) otherwise."""
    capabilities = torch.cpu.get_capabilities()
    return "bf16" if backbone.device == "cpu" and any(capabilities.get(name) for name in _NATIVE) else None


@contextlib.contextmanager
def attention_in_float32() -> Iterator[None]:
    """Within the block attention is computed in float32 under a CPU's autocast.

    torch's bfloat16 backward pass of attention on a CPU takes longer than everything else together.
    """
    before = ALL_ATTENTION_FUNCTIONS["sdpa"]
    ALL_ATTENTION_FUNCTIONS["sdpa"] = _attend_in_float32
    try:
        yield
    finally:
        ALL_ATTENTION_FUNCTIONS["sdpa"] = before


@contextlib.contextmanager
def as_in_training(backbone: Backbone) -> Iterator[None]:
    """Within the block losses are computed as the training loop computes them here, for whoever wants to time them.

    As for the objective `mean`; those that look at the gradients of each task take a little longer.
    """
    is_mixed = training_precision(backbone) is not None
    with attention_in_float32(), adapter_fused(backbone), torch.autocast("cpu", torch.bfloat16, enabled=is_mixed):
        yield


def _attend_in_float32(
    module: torch.nn.Module, query: Tensor, key: Tensor, value: Tensor, *parts: Any, **named: Any
) -> tuple[Tensor, None]:
    if query.device.type == "cpu":
        query, key, value = query.float(), key.float(), value.float()
    with torch.autocast("cpu", enabled=False):
        mixed: Tensor = sdpa_attention_forward(module, query, key, value, *parts, **named)[0]
    return mixed, None
