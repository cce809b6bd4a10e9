"""The weights of a saved LoRA adapter, brought to the rank and scale of another.

What an adapter adds to a layer is scale · B A, with A (rank, inputs) and B (outputs, rank). A larger rank holds the
same exactly: B gets columns of zeros, so that the rows that A gets beside change nothing until they are trained. A
smaller one holds the nearest matrix of its rank (Eckart and Young 1936), from the singular values of B A, which is not
the same: what is left out is counted. Knows weights; neither data nor losses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import peft
import torch

from mintune.errors import BackboneError
from mintune.models.adapters import fingerprint_of_weights, read_weights
from mintune.models.lowrank import INPUTS, OUTPUTS, halves, singular
from mintune.run import digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

NOT_PLAIN = ("use_dora", "rank_pattern", "alpha_pattern", "modules_to_save", "layer_replication")
"""Keys of a PEFT configuration that, where they are set, make more of an adapter than one scale · B A a layer."""

SCALE = 2.0
"""What our own adapters multiply B A with: alpha / rank (`adapters.attach`)."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A plain LoRA adapter as it lies in a folder; `base` is the model that it names, or empty."""

    weights: dict[str, Tensor] = field(repr=False)
    rank: int
    scale: float
    base: str
    fingerprint: str


def read_lora(folder: Path) -> Saved:
    """Read a PEFT folder. BackboneError where it holds no plain LoRA adapter that can be read."""
    try:
        config: Any = peft.PeftConfig.from_pretrained(str(folder))
    except (OSError, ValueError, TypeError) as error:
        raise BackboneError(
            f"{folder}: holds no LoRA adapter that can be read ({error}); mintune's own lie in "
            "tune/<strategy>/<group>/ of a run folder"
        ) from error
    if not isinstance(config, peft.LoraConfig):
        raise BackboneError(f"{folder}: expected a LoRA adapter; found one of type {config.peft_type}")
    if more := [key for key in NOT_PLAIN if getattr(config, key, None)] or (["bias"] if config.bias != "none" else []):
        raise BackboneError(f"{folder}: expected a plain LoRA adapter; found one with {', '.join(more)}")
    weights = read_weights(folder)
    scale = config.lora_alpha / (math.sqrt(config.r) if config.use_rslora else config.r)
    name = digest(fingerprint_of_weights(weights), scale)
    return Saved(weights, config.r, scale, config.base_model_name_or_path or "", name)


def refit(saved: Saved, fresh: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The saved adapter with the shapes of `fresh`, a fresh adapter's weights, by the same keys; float32.

    BackboneError where the two are not of the same layers, or these of other sizes.
    """
    if wrong := sorted(saved.weights.keys() ^ fresh.keys()):
        missing = [key for key in wrong if key in fresh]
        found = f"without {missing[0]}" if missing else f"with {wrong[0]}"
        raise BackboneError(
            f"expected weights of the {len(fresh) // 2} linear layers of the language model; found those of "
            f"{len(saved.weights) // 2}, {found}"
        )
    result = {}
    for key in fresh:
        if key.endswith(INPUTS):
            other = key.removesuffix(INPUTS) + OUTPUTS
            first, second = saved.weights[key].float(), saved.weights[other].float() * (saved.scale / SCALE)
            sizes, expected = (first.shape[1], second.shape[0]), (fresh[key].shape[1], fresh[other].shape[0])
            if sizes != expected:
                raise BackboneError(
                    f"{key.removesuffix(INPUTS)}: expected {expected[0]} inputs and {expected[1]} outputs; "
                    f"found {sizes[0]} and {sizes[1]}"
                )
            result[key], result[other] = _at_rank(first, second, fresh[key].detach().cpu().float())
    return result


def kept(saved: Saved, rank: int) -> float:
    """The share in [0, 1] of the squared length of all layers' B A that a rank holds; 1 where it is not smaller."""
    squares = [
        singular(saved.weights[key], saved.weights[key.removesuffix(INPUTS) + OUTPUTS])[1] ** 2
        for key in saved.weights
        if key.endswith(INPUTS)
    ]
    total = float(sum(values.sum() for values in squares))
    return 1.0 if total == 0 or rank >= saved.rank else float(sum(values[:rank].sum() for values in squares)) / total


def _at_rank(first: Tensor, second: Tensor, fresh: Tensor) -> tuple[Tensor, Tensor]:
    """A (rank, inputs) and B (outputs, rank) with the rank of the fresh A."""
    more = len(fresh) - len(first)
    if more == 0:
        return first.clone(), second.clone()
    if more > 0:
        nothing = torch.zeros(len(second), more)
        return torch.cat([first, fresh[len(first) :]]), torch.cat([second, nothing], dim=1)
    return halves(*singular(first, second), len(fresh))
