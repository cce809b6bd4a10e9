"""ms-swift: `sh <group>.sh` in the folder, one script a group.

Options are those of its command line parameters, versions 3 and 4; LoRA is its default, whose option was renamed
between them. `channel` names each row's task, so that losses are told by task (`--enable_channel_loss true`).
"""

from __future__ import annotations

import shlex
from pathlib import Path

from mintune.export.parcel import DATA, Parcel, accumulated, length, probabilities, write_chats
from mintune.run import write_text


def write(parcel: Parcel, folder: Path) -> list[Path]:
    """`data/`, `images/`, and `<group>.sh`."""
    write_chats(parcel, folder, channel=True)
    written = []
    for group in parcel.groups:
        options: dict[str, object] = {
            "model": parcel.base,
            "dataset": [f"{DATA}/{task}.jsonl" for task in group.tasks],
            "split_dataset_ratio": 0,
            "target_modules": "all-linear",
            "lora_rank": parcel.rank,
            "lora_alpha": 2 * parcel.rank,
            "freeze_vit": "true",
            "freeze_aligner": "true",
            **length(parcel, group),
            "learning_rate": parcel.learning_rate,
            "warmup_ratio": 0.05,
            **accumulated(parcel),
            "enable_channel_loss": "true",
            "seed": parcel.seed,
            "output_dir": f"adapters/{group.name}",
        }
        if not parcel.is_proportional:
            options["interleave_prob"] = list(probabilities(parcel, group))
        path = folder / f"{group.name}.sh"
        write_text(path, f"#!/bin/sh\nswift sft \\\n{_as_options(options)}\n")
        written.append(path)
    return written


def _as_options(options: dict[str, object]) -> str:
    lines = []
    for name, value in options.items():
        values = value if isinstance(value, list) else [value]
        lines.append(f"  --{name} {' '.join(shlex.quote(str(one)) for one in values)}")
    return " \\\n".join(lines)
