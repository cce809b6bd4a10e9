"""LLaMA-Factory: `llamafactory-cli train <group>.yaml` in the folder, one file a group.

Keys are those of its `examples/train_lora/qwen2_5vl_lora_sft.yaml` and `data/README.md`. The vision tower and the
projector stay frozen, as here.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from mintune.errors import ConfigError
from mintune.export.parcel import DATA, Parcel, accumulated, length, probabilities, write_chats
from mintune.run import write_text

TEMPLATES = {"qwen2-vl": "qwen2_vl", "qwen2.5-vl": "qwen2_vl", "qwen3-vl": "qwen3_vl", "mintune": "qwen2_vl"}
"""LLaMA-Factory's chat template by what the backbone's name holds."""

COLUMNS = {"messages": "messages", "images": "images"}
TAGS = {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"}


def write(parcel: Parcel, folder: Path) -> list[Path]:
    """`dataset_info.json`, `data/`, `images/`, and `<group>.yaml`. ConfigError where the template is not known."""
    template = template_of(parcel.base)
    write_chats(parcel, folder, channel=False)
    layout = {"formatting": "sharegpt", "columns": COLUMNS, "tags": TAGS}
    described = {task.name: {"file_name": f"{DATA}/{task.name}.jsonl", **layout} for task in parcel.tasks}
    write_text(folder / "dataset_info.json", json.dumps(described, indent=1) + "\n")
    written = []
    for group in parcel.groups:
        settings = {
            "model_name_or_path": parcel.base,
            "template": template,
            "stage": "sft",
            "do_train": True,
            "finetuning_type": "lora",
            "lora_rank": parcel.rank,
            "lora_alpha": 2 * parcel.rank,
            "lora_target": "all",
            "freeze_vision_tower": True,
            "freeze_multi_modal_projector": True,
            "dataset_dir": ".",
            "media_dir": ".",
            "dataset": ",".join(group.tasks),
            **length(parcel, group),
            "learning_rate": parcel.learning_rate,
            "lr_scheduler_type": "cosine",
            "warmup_ratio": 0.05,
            **accumulated(parcel),
            "seed": parcel.seed,
            "output_dir": f"adapters/{group.name}",
        }
        if not parcel.is_proportional:
            shares = ",".join(f"{share:g}" for share in probabilities(parcel, group))
            settings |= {"mix_strategy": "interleave_under", "interleave_probs": shares}
        path = folder / f"{group.name}.yaml"
        write_text(path, yaml.safe_dump(settings, sort_keys=False))
        written.append(path)
    return written


def template_of(base: str) -> str:
    """The chat template of a backbone of this name. ConfigError where none is known."""
    for part, template in TEMPLATES.items():
        if part in base.lower():
            return template
    raise ConfigError(
        f"backbone: {base}: its chat template in LLaMA-Factory is not known here; known are names with "
        f"{', '.join(TEMPLATES)}; export to ms-swift, which finds it by itself"
    )
