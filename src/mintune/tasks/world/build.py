"""Make the world's tasks: draw their examples, keep them as Arrow, open them.

Each example comes from its own generator, seeded with (seed, task, split, index), so that any one can be made without
the others. What an example says (description of its picture, and its text) decides by its hash which split it may
belong to, so that train, validation and test never say the same thing. What was made is kept under `cache` and opened
again while neither the settings nor the code that makes it change.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.metadata
import io
import zlib
from functools import cache as remember
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mintune.errors import ConfigError, DataError
from mintune.records import SPLITS, Split, Task
from mintune.run import digest
from mintune.tasks.images import print_of
from mintune.tasks.storage import (
    ImageFile,
    StoredRow,
    new_folder,
    open_splits,
    read_description,
    write_description,
    write_split,
)
from mintune.tasks.world.catalogue import WORLD_TASKS
from mintune.tasks.world.primitives.sample import Hand

if TYPE_CHECKING:
    from mintune.config import WorldSettings
    from mintune.tasks.world.spec import Drawn, WorldTask

LICENSE = "Apache-2.0"
"""Of what this code draws, as of the code."""

VALIDATION_SHARE = 0.15
SMALL = 120
"""Training and validation examples together of a task that is small."""

# What an example says falls into one of four buckets by its hash; these are the buckets of each split.
BUCKETS: dict[Split, frozenset[int]] = {
    "train": frozenset({0, 1}),
    "validation": frozenset({2}),
    "test": frozenset({3}),
}


def build_world(settings: WorldSettings, *, seed: int, cache: Path) -> tuple[Task, ...]:
    """Make, or open again, the tasks of the built-in world.

    Args:
        settings: how many examples a task has, and which tasks are taken.
        seed: of everything that is drawn.
        cache: the folder under which tasks are stored.

    Raises:
        ConfigError: `settings.tasks` names a task that there is not.
        RunError: `cache` cannot be written.
    """
    return tuple(_build_task(task, settings, seed, cache) for task in _chosen(settings))


def draw_example(task: WorldTask, split: Split, index: int, seed: int) -> tuple[Drawn, np.random.Generator]:
    """What example `index` of a split says, and the generator that its picture is drawn with."""
    rng = np.random.default_rng((seed, zlib.crc32(task.name.encode()), SPLITS.index(split), index))
    hand = Hand(rng, held_out=True)
    sample = task.part_of(index).sample
    while True:
        drawn = sample(hand)
        if _bucket(drawn) in BUCKETS[split]:
            return drawn, rng


def split_sizes(task: WorldTask, settings: WorldSettings) -> dict[Split, int]:
    """How many examples each split of a task has."""
    examples = min(settings.examples, SMALL) if task.is_small else settings.examples
    validation = round(VALIDATION_SHARE * examples)
    return {"train": examples - validation, "validation": validation, "test": settings.test_examples}


def _chosen(settings: WorldSettings) -> tuple[WorldTask, ...]:
    if settings.tasks is None:
        return WORLD_TASKS
    by_name = {task.name: task for task in WORLD_TASKS}
    for name in settings.tasks:
        if name not in by_name:
            near = difflib.get_close_matches(name, by_name, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(by_name)}"
            raise ConfigError(f"suite.world.tasks: the world has no task {name!r}; {hint}")
    return tuple(task for task in WORLD_TASKS if task.name in settings.tasks)


def _build_task(task: WorldTask, settings: WorldSettings, seed: int, cache: Path) -> Task:
    sizes = split_sizes(task, settings)
    folder = cache / digest("world", task.name, sizes, seed, _recipe())
    if read_description(folder) is None:
        _store(folder, task, sizes, seed)
    found = read_description(folder)
    if found is None:
        raise DataError(f"{folder} is damaged; delete it to have the task {task.name} made again")
    return Task(
        name=task.name,
        instruction=task.instruction,
        metric="exact_match",
        domain=task.family,
        splits=open_splits(folder),
        fingerprint=found["fingerprint"],
        built_shares=task.shares,
        license=LICENSE,
    )


def _store(folder: Path, task: WorldTask, sizes: dict[Split, int], seed: int) -> None:
    """Write a task into its folder, or leave nothing behind."""
    with new_folder(folder) as partial:
        images = ImageFile(partial)
        said: list[object] = []
        for split, size in sizes.items():
            rows = [_row(task, split, index, seed, images) for index in range(size)]
            write_split(partial, split, rows)
            said += [(split, row.text, row.targets, row.choices, images.sha256[row.images[0]]) for row in rows]
        images.close()
        write_description(partial, {"task": task.name, "fingerprint": digest(task.instruction, said)})


def _row(task: WorldTask, split: Split, index: int, seed: int, images: ImageFile) -> StoredRow:
    drawn, rng = draw_example(task, split, index, seed)
    picture = drawn.picture.paint(rng)
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=1)
    data = encoded.getvalue()
    return StoredRow(
        id=f"{split}-{index}",
        images=(images.add(data, print_of(hashlib.sha256(data).hexdigest(), picture)),),
        text=drawn.text,
        targets=(drawn.answer,),
        choices=task.answers,
        built_as=task.part_of(index).built_as,
    )


def _bucket(drawn: Drawn) -> int:
    return hashlib.sha256(repr((drawn.picture, drawn.text)).encode()).digest()[0] % 4


@remember
def _recipe() -> str:
    """Digest of what decides, beside settings and seed, how an example comes out: this code, and what it draws with."""
    here = Path(__file__).parent
    files = [*sorted(here.glob("*.py")), here / "primitives" / "sample.py"]
    code = [path.read_text(encoding="utf-8") for path in files]
    return digest(code, [importlib.metadata.version(name) for name in ("numpy", "pillow", "scikit-learn")])
