"""LoRA adapters on a loaded base: attached, switched, saved and loaded, many over one set of weights.

Adapters sit on every linear layer of the language model and nowhere else: nothing of the vision tower, of the projector
between, of embeddings or of the output layer is touched, so picture features stay valid and any PEFT reader or server
can load what is saved. Their weights are float32 over a base of any precision. Knows weights; neither data nor losses.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import warnings
from typing import TYPE_CHECKING, Any

import peft
import safetensors.torch
import torch
from peft.tuners.lora import LoraLayer
from peft.tuners.tuners_utils import cast_adapter_dtype
from torch import nn

from mintune.errors import BackboneError
from mintune.models.lowrank import INPUTS, OUTPUTS
from mintune.run import write_bytes, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from torch import Tensor

    from mintune.models.backbone import Backbone

WEIGHTS_NAME = "adapter_model.safetensors"
CONFIG_NAME = "adapter_config.json"

# PEFT writes weights as seen from its own wrapper.
_PREFIX = "base_model.model."


def attach(backbone: Backbone, rank: int, seed: int, name: str) -> None:
    """Add a fresh adapter and make it the active one; it changes no output until it is trained (its B is zero).

    `rank` is LoRA's; scaling is alpha / rank = 2. `seed` decides the initial A and no other random state is touched.
    BackboneError where the name is taken.
    """
    _require_free(backbone, name)
    config = peft.LoraConfig(
        r=rank, lora_alpha=2 * rank, lora_dropout=0.0, bias="none", target_modules=_targets(backbone)
    )
    _inject(backbone, config, name, seed)


def activate(backbone: Backbone, name: str | None) -> None:
    """Let one adapter act and be trainable; none: the base alone. BackboneError where it is unknown."""
    if name is not None:
        _require(backbone, name)
    for layer in _layers(backbone):
        layer.enable_adapters(name is not None)
        if name is not None:
            layer.set_adapter(name)


def active(backbone: Backbone) -> str | None:
    """The adapter that acts now, or none."""
    for layer in _layers(backbone):
        return None if layer.disable_adapters else str(layer.active_adapters[0])
    return None


@contextlib.contextmanager
def activated(backbone: Backbone, name: str | None) -> Iterator[None]:
    """Within the block that adapter acts, afterwards the one that acted before."""
    before = active(backbone)
    activate(backbone, name)
    try:
        yield
    finally:
        activate(backbone, before)


def adapter_names(backbone: Backbone) -> tuple[str, ...]:
    """The attached adapters, oldest first."""
    return tuple(getattr(backbone.model, "peft_config", {}))


def drop_adapter(backbone: Backbone, name: str) -> None:
    """Remove an adapter; where it was the active one, the base alone acts. BackboneError where it is unknown."""
    _require(backbone, name)
    before = active(backbone)
    for layer in _layers(backbone):
        layer.delete_adapter(name)
    del backbone.model.peft_config[name]
    if adapter_names(backbone):
        activate(backbone, None if before == name else before)
    else:
        for layer in _layers(backbone):
            layer.enable_adapters(False)


def adapter_weights(backbone: Backbone, name: str) -> dict[str, Tensor]:
    """An adapter's weights by the keys PEFT saves them under; the tensors themselves, not copies."""
    return {key: layer.weight for key, layer in adapter_layers(backbone, name).items()}


def adapter_layers(backbone: Backbone, name: str) -> dict[str, nn.Linear]:
    """An adapter's linear layers, which have no bias, by the keys PEFT saves their weights under."""
    _require(backbone, name)
    layers = {}
    for path, module in backbone.model.named_modules():
        if isinstance(module, LoraLayer) and name in module.lora_A:
            layers[f"{_PREFIX}{path}{INPUTS}"] = module.lora_A[name]
            layers[f"{_PREFIX}{path}{OUTPUTS}"] = module.lora_B[name]
    return layers


def save_adapter(backbone: Backbone, name: str, folder: Path) -> str:
    """Save an adapter as a PEFT folder, the same bytes for the same weights; returns its fingerprint.

    RunError where the folder cannot be written.
    """
    weights = {key: weight.detach().cpu().contiguous() for key, weight in adapter_weights(backbone, name).items()}
    config = {
        **_plain(backbone.model.peft_config[name]),
        "base_model_name_or_path": backbone.name,
        "inference_mode": True,
    }
    write_bytes(folder / WEIGHTS_NAME, safetensors.torch.save(weights, metadata={"format": "pt"}))
    write_text(folder / CONFIG_NAME, json.dumps(config, indent=2, sort_keys=True) + "\n")
    return fingerprint_of_weights(weights)


def save_weights(backbone: Backbone, weights: Mapping[str, Tensor], folder: Path) -> str:
    """Save weights that are attached nowhere, all of one rank, as `save_adapter` does; returns their fingerprint.

    BackboneError where they do not fit the backbone.
    """
    with attached_weights(backbone, weights, "saved"):
        return save_adapter(backbone, "saved", folder)


@contextlib.contextmanager
def attached_weights(backbone: Backbone, weights: Mapping[str, Tensor], name: str) -> Iterator[None]:
    """Within the block an adapter of these weights, all of one rank, acts; then it is dropped.

    BackboneError where they do not fit the backbone, or the name is taken.
    """
    rank = next(weight.shape[0] for key, weight in weights.items() if key.endswith(INPUTS))
    attach(backbone, rank, 0, name)
    try:
        _fill(backbone, name, weights)
        yield
    finally:
        drop_adapter(backbone, name)


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The weights of a PEFT folder. BackboneError where they cannot be read."""
    try:
        return safetensors.torch.load_file(folder / WEIGHTS_NAME)
    except (OSError, safetensors.SafetensorError) as error:
        raise BackboneError(f"{folder}: holds no adapter that can be read ({error})") from error


def load_adapter(backbone: Backbone, folder: Path, name: str) -> None:
    """Attach the adapter of a PEFT folder and make it the active one.

    BackboneError where the folder holds no LoRA adapter or one of another backbone, or the name is taken.
    """
    _require_free(backbone, name)
    try:
        config = peft.LoraConfig.from_pretrained(str(folder))
        weights = safetensors.torch.load_file(folder / WEIGHTS_NAME)
        _inject(backbone, config, name, seed=0)
    except (OSError, ValueError, TypeError, safetensors.SafetensorError) as error:
        raise BackboneError(f"{folder}: holds no LoRA adapter that can be read ({error})") from error
    try:
        _fill(backbone, name, weights)
    except BackboneError as error:
        drop_adapter(backbone, name)
        raise BackboneError(f"{folder}: does not fit backbone {backbone.name}: {error}") from error


@contextlib.contextmanager
def loaded(backbone: Backbone, folder: Path, name: str) -> Iterator[None]:
    """Answer with the adapter of a PEFT folder inside the block, then drop it. BackboneError as `load_adapter`.

    Whatever ends the block: an adapter left behind would stand in the way of the next.
    """
    load_adapter(backbone, folder, name)
    try:
        yield
    finally:
        drop_adapter(backbone, name)


def adapter_fingerprint(folder: Path) -> str:
    """Hex digest of a saved adapter's weights. BackboneError where they cannot be read."""
    return fingerprint_of_weights(read_weights(folder))


def fingerprint_of_weights(weights: Mapping[str, Tensor]) -> str:
    """Hex digest of an adapter's weights in memory; the same as that of the folder they are saved to."""
    whole = hashlib.sha256()
    for key in sorted(weights):
        values = weights[key].detach().cpu().contiguous()
        whole.update(f"{key} {tuple(values.shape)} {values.dtype}".encode())
        whole.update(values.view(torch.uint8).numpy().tobytes())
    return whole.hexdigest()[:32]


def trainable_parameters(backbone: Backbone, rank: int) -> int:
    """How many numbers an adapter of that rank trains: rank x (inputs + outputs) over all its layers."""
    pattern = re.compile(_targets(backbone))
    return sum(
        rank * (module.in_features + module.out_features)
        for path, module in backbone.model.named_modules()
        if isinstance(module, (nn.Linear, LoraLayer)) and pattern.fullmatch(path)
    )


def _targets(backbone: Backbone) -> str:
    """A pattern that matches the path of each linear layer of the language model, and of nothing else."""
    root = backbone.language_path
    inside = f"{root}."
    names = {
        path.rsplit(".", 1)[-1]
        for path, module in backbone.model.named_modules()
        if path.startswith(inside) and isinstance(module, (nn.Linear, LoraLayer)) and "lora_" not in path
        if ".base_layer" not in path and path.rsplit(".", 1)[-1] != "lm_head"
    }
    if not names:
        raise BackboneError(f"backbone: {backbone.name}: found no linear layer in its language model ({root})")
    return f"{re.escape(root)}\\..*\\.({'|'.join(sorted(names))})"


def _inject(backbone: Backbone, config: peft.LoraConfig, name: str, seed: int) -> None:
    devices = [backbone.device] if backbone.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already found a `peft_config`")  # several adapters are meant here
        torch.manual_seed(seed)
        backbone.model.add_adapter(config, name)
        # Steps of training are smaller than what a short float can tell apart at the size of a weight.
        cast_adapter_dtype(backbone.model, name)
    activate(backbone, name)


def _fill(backbone: Backbone, name: str, weights: Mapping[str, Tensor]) -> None:
    """Write weights into an attached adapter; BackboneError where keys or shapes differ."""
    own = adapter_weights(backbone, name)
    wrong = sorted(own.keys() ^ weights.keys()) or [key for key in own if own[key].shape != weights[key].shape]
    if wrong:
        raise BackboneError(f"adapter {name}: {len(wrong)} weights differ in name or shape, such as {wrong[0]}")
    with torch.no_grad():
        for key, weight in own.items():
            weight.copy_(weights[key])


def _plain(config: peft.LoraConfig) -> dict[str, Any]:
    """A LoRA configuration as plain values in a fixed order."""
    return {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}


def _layers(backbone: Backbone) -> Iterator[LoraLayer]:
    return (module for module in backbone.model.modules() if isinstance(module, LoraLayer))


def _require(backbone: Backbone, name: str) -> None:
    if name not in adapter_names(backbone):
        raise BackboneError(
            f"adapter {name!r} is not attached; attached: {', '.join(adapter_names(backbone)) or 'none'}"
        )


def _require_free(backbone: Backbone, name: str) -> None:
    if name in adapter_names(backbone):
        raise BackboneError(f"adapter {name!r} is already attached; drop it first or choose another name")
