"""Hand groups to another tool: the table of targets, and what is checked before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mintune.errors import ConfigError
from mintune.export import llama_factory, ms_swift, trl, vllm
from mintune.export.parcel import Parcel

TARGETS: dict[str, Callable[[Parcel, Path], list[Path]]] = {
    "llama-factory": llama_factory.write,
    "ms-swift": ms_swift.write,
    "trl": trl.write,
    "vllm": vllm.write,
}


def export_groups(parcel: Parcel, target: str, folder: Path) -> list[Path]:
    """Write what the target needs into the folder; the files that one starts with.

    ConfigError where the target is unknown, the folder holds something already, or the target cannot do what the run is
    set to; RunError where the folder cannot be written.
    """
    if target not in TARGETS:
        raise ConfigError(f"--to: unknown tool {target!r}; accepted: {', '.join(TARGETS)}")
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder}: holds files already; name another folder with --out")
    return TARGETS[target](parcel, folder)
