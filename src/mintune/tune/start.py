"""An adapter that training begins with: one that was tuned before, here or elsewhere, on the same backbone.

Its rank need not be that of the run, as strategies have ranks of their own: a larger one holds it exactly, a smaller
one its nearest (`models/refitting.py`). Moments and schedule begin anew; what its own training cost is not counted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mintune.errors import BackboneError, ConfigError
from mintune.tune.card import CARD

if TYPE_CHECKING:
    from torch import Tensor

    from mintune.models.backbone import Backbone
    from mintune.models.refitting import Saved
    from mintune.tune.checkpoint import State

PROBE = "start"
"""Name of the adapter that stands on the base while it is seen whether another fits."""


def fingerprint_of_start(folder: Path) -> str:
    """The digest of the adapter's weights and scale, wherever it lies. ConfigError, BackboneError as `check_start`."""
    return _read(folder).fingerprint


def check_start(backbone: Backbone, folder: Path) -> None:
    """ConfigError where there is no such folder, BackboneError where it holds no adapter of this backbone."""
    from mintune.models.adapters import adapter_weights, attach, drop_adapter

    saved = _read(folder)
    _check_base(backbone, folder, saved.base)
    attach(backbone, 1, 0, PROBE)
    try:
        _refit(folder, saved, adapter_weights(backbone, PROBE))
    finally:
        drop_adapter(backbone, PROBE)


def started(backbone: Backbone, fresh: State, folder: Path) -> State:
    """The fresh state of training with the weights of the adapter in `folder`, at its own rank.

    ConfigError and BackboneError as `check_start`.
    """
    saved = _read(folder)
    _check_base(backbone, folder, saved.base)
    return replace(fresh, weights=_refit(folder, saved, fresh.weights))


def sentence_of_cut(folder: Path, rank: int) -> str | None:
    """What a rank below the adapter's own leaves out of it, in words; None where it holds all."""
    from mintune.models.refitting import kept

    saved = _read(folder)
    if rank >= saved.rank:
        return None
    return f"tune.start: rank {rank} holds {kept(saved, rank):.1%} of an adapter of rank {saved.rank}"


def _read(folder: Path) -> Saved:
    from mintune.models.refitting import read_lora

    if not folder.is_dir():
        found = "is a file" if folder.exists() else "no such folder"
        raise ConfigError(f"tune.start: {folder}: {found}; expected a folder with a PEFT LoRA adapter")
    try:
        return read_lora(folder)
    except BackboneError as error:
        raise BackboneError(f"tune.start: {error}") from error


def _refit(folder: Path, saved: Saved, fresh: dict[str, Tensor]) -> dict[str, Tensor]:
    from mintune.models.refitting import refit

    try:
        return refit(saved, fresh)
    except BackboneError as error:
        raise BackboneError(f"tune.start: {folder}: {error}") from error


def _check_base(backbone: Backbone, folder: Path, base: str) -> None:
    """By the fingerprint on a card of ours, else by the last part of the name: models lie in folders of many names."""
    made_on = _fingerprint_on_card(folder)
    if made_on is not None and made_on != backbone.fingerprint:
        raise BackboneError(
            f"tune.start: {folder}: expected an adapter of {backbone.name} with fingerprint {backbone.fingerprint}; "
            f"its card says {base} with fingerprint {made_on}"
        )
    if made_on is None and base and Path(base).name != Path(backbone.name).name:
        raise BackboneError(
            f"tune.start: {folder}: expected an adapter of {backbone.name}; its adapter_config.json says {base} "
            "(if that is the same model under another name, write this one's name there)"
        )


def _fingerprint_on_card(folder: Path) -> str | None:
    """The backbone's fingerprint as a card of ours has it; None where there is none, as with other tools' adapters."""
    try:
        return str(json.loads((folder / CARD).read_text(encoding="utf-8"))["provenance"]["backbone"]).rpartition(" ")[2]
    except (OSError, ValueError, KeyError, TypeError):
        return None
