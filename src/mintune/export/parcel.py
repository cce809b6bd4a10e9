"""What every target is given, and the parts of it that several write: pictures once each, and examples as chats.

A chat says what mintune itself shows under the view `both`: pictures, then instruction, text and choices. Only training
examples leave; validation and test stay with whoever evaluates.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mintune.models.showing import show
from mintune.records import Example, Group, Picture, Suite, Task
from mintune.run import write_bytes, write_text

MARK = "<image>"
"""Stands for a picture in the words of a chat, as LLaMA-Factory and ms-swift have it."""

PICTURES = "images"
DATA = "data"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Groups ready to be handed to another tool.

    `shares` is each group's mixture; `is_proportional` says that it is that of the data, so that plain concatenation
    does. `base` is the name or path of the backbone, `adapters` the folder in which each group's adapter lies if it was
    tuned. `epochs`, `learning_rate`, `batch_size` (examples an optimiser step), `rank` and `seed` are those of the run,
    `steps` each group's part of its optimiser steps where the mixture is not that of the data.
    """

    suite: Suite
    groups: tuple[Group, ...]
    shares: Mapping[str, Mapping[str, float]]
    is_proportional: bool
    base: str
    rank: int
    epochs: float
    steps: Mapping[str, int]
    learning_rate: float
    batch_size: int
    seed: int
    adapters: Path

    @property
    def tasks(self) -> list[Task]:
        """The tasks of all groups, in the order of the suite."""
        grouped = {task for group in self.groups for task in group.tasks}
        return [task for task in self.suite.tasks if task.name in grouped]


def write_chats(parcel: Parcel, folder: Path, *, channel: bool) -> list[Path]:
    """`data/<task>.jsonl` of chats with `<image>` marks, and the pictures they name under `images/`.

    Paths of pictures are relative to `folder`. With `channel` each row names its task.
    """
    pictures = Pictures(folder)
    written = []
    for task in parcel.tasks:
        rows = (
            {
                "messages": [
                    {"role": "user", "content": MARK * len(example.images) + words_of(task, example)},
                    {"role": "assistant", "content": example.targets[0]},
                ],
                "images": [pictures.place(picture) for picture in example.images],
                **({"channel": task.name} if channel else {}),
            }
            for example in task.train
        )
        path = folder / DATA / f"{task.name}.jsonl"
        write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        written.append(path)
    return written


def words_of(task: Task, example: Example) -> str:
    """What the example says to a model, without anything that would count as the mark of a picture."""
    return show(task, example, "both").words.replace(MARK, "image")


class Pictures:
    """Writes each picture once, under its digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[str, str] = {}

    def place(self, picture: Picture) -> str:
        """Where the picture lies, relative to the folder; written if it was not yet."""
        if picture.sha256 not in self._places:
            name = f"{PICTURES}/{picture.sha256[:32]}.{format_of(picture)}"
            write_bytes(self._folder / name, picture.data)
            self._places[picture.sha256] = name
        return self._places[picture.sha256]


def format_of(picture: Picture) -> str:
    """The picture's file format in lower case, such as `png`."""
    from PIL import Image

    with Image.open(io.BytesIO(picture.data)) as opened:
        return str(opened.format).lower()


def probabilities(parcel: Parcel, group: Group) -> Iterator[float]:
    """The share of each of the group's tasks, in their order."""
    return (round(parcel.shares[group.name][task], 6) for task in group.tasks)


def length(parcel: Parcel, group: Group) -> dict[str, float | int]:
    """How long a group is trained, under the names that all trainers share: passes over its data as it is, else steps.

    How many rows an epoch has where a tool draws by shares is that tool's affair, so there it is told in steps.
    """
    return {"num_train_epochs": parcel.epochs} if parcel.is_proportional else {"max_steps": parcel.steps[group.name]}


def accumulated(parcel: Parcel) -> dict[str, Any]:
    """The batch of an optimiser step where one example fits at once, under the names that all trainers share."""
    return {"per_device_train_batch_size": 1, "gradient_accumulation_steps": parcel.batch_size}
