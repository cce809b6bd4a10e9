"""TRL: `trl sft --config <group>.yaml` in the folder, one file and one Parquet file a group.

Rows are conversational prompts and completions with a column of images (TRL's dataset formats), so that loss is on
answers alone. TRL draws no mixture: a group's rows are its tasks' rows one after another, and are shuffled in training.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from mintune.errors import ConfigError
from mintune.export.parcel import DATA, Parcel, accumulated, length, words_of
from mintune.records import Group
from mintune.run import write_text

TARGETS = r"^(?!.*(visual|vision|merger|projector)).*(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)$"
"""The linear layers of the language model alone, as a pattern that PEFT matches whole names with."""


def write(parcel: Parcel, folder: Path) -> list[Path]:
    """`data/<group>/train.parquet` and `<group>.yaml`. ConfigError where the mixture is not that of the data."""
    if not parcel.is_proportional:
        raise ConfigError(
            "tune.mixture: TRL draws no mixture; export with `proportional`, or to llama-factory or ms-swift"
        )
    written = []
    for group in parcel.groups:
        _write_rows(parcel, group, folder / DATA / group.name / "train.parquet")
        settings = {
            "model_name_or_path": parcel.base,
            "dataset_name": f"{DATA}/{group.name}",
            "use_peft": True,
            "lora_r": parcel.rank,
            "lora_alpha": 2 * parcel.rank,
            "lora_dropout": 0.0,
            "lora_target_modules": [TARGETS],
            **length(parcel, group),
            "learning_rate": parcel.learning_rate,
            "lr_scheduler_type": "cosine",
            "warmup_steps": 0.05,  # below one it is a share of all steps, from transformers 5 on
            **accumulated(parcel),
            "max_length": None,
            "seed": parcel.seed,
            "output_dir": f"adapters/{group.name}",
        }
        path = folder / f"{group.name}.yaml"
        write_text(path, yaml.safe_dump(settings, sort_keys=False))
        written.append(path)
    return written


def _write_rows(parcel: Parcel, group: Group, path: Path) -> None:
    import datasets
    from datasets import Dataset, Features, Image, List, Value

    turn = List({"role": Value("string"), "content": Value("string")})
    features = Features({"prompt": turn, "completion": turn, "images": List(Image())})
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = Dataset.from_list(list(_rows(parcel, group)), features=features)
    was_quiet = datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()  # a bar a group would be all that is seen of an export
    try:
        rows.to_parquet(str(path))
    finally:
        if not was_quiet:
            datasets.enable_progress_bars()


def _rows(parcel: Parcel, group: Group) -> Iterator[dict[str, Any]]:
    for task in (parcel.suite[name] for name in group.tasks):
        for example in task.train:
            yield {
                "prompt": [{"role": "user", "content": words_of(task, example)}],
                "completion": [{"role": "assistant", "content": example.targets[0]}],
                "images": [{"bytes": picture.data, "path": None} for picture in example.images],
            }
