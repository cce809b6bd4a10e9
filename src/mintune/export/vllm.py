"""vLLM: `sh serve.sh` in the folder serves the base with every group's adapter, each under its group's name.

`routes.json` says which adapter answers which task; a request names it as its `model`. Adapters are named where they
lie, and not copied.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from mintune.errors import RunError
from mintune.export.parcel import Parcel
from mintune.run import write_text

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""Values that vLLM's `--max-lora-rank` takes."""


def write(parcel: Parcel, folder: Path) -> list[Path]:
    """`serve.sh` and `routes.json`. RunError where an adapter is not there, or its rank is above what vLLM serves."""
    places = {group.name: (parcel.adapters / group.name).resolve() for group in parcel.groups}
    for place in places.values():
        if not (place / "adapter_config.json").exists():
            raise RunError(f"{place}: holds no adapter; run `mintune tune` first, with the same -c and --run")
    rank = next((rank for rank in RANKS if rank >= parcel.rank), None)
    if rank is None:
        raise RunError(f"tune.rank: {parcel.rank} is above {RANKS[-1]}, the largest that vLLM serves")
    modules = " ".join(shlex.quote(f"{name}={place}") for name, place in places.items())
    command = (
        f"#!/bin/sh\nvllm serve {shlex.quote(parcel.base)} --generation-config vllm \\\n"
        f"  --enable-lora --max-loras {len(places)} --max-lora-rank {rank} \\\n  --lora-modules {modules}\n"
    )
    routes = {task: group.name for group in parcel.groups for task in group.tasks}
    write_text(folder / "serve.sh", command)
    write_text(folder / "routes.json", json.dumps(routes, indent=1, ensure_ascii=False) + "\n")
    return [folder / "serve.sh", folder / "routes.json"]
