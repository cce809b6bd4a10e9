"""Read the tasks of a suite: find files, read rows, split prompts, hold out, store as Arrow, and open what was stored.

A row that cannot be used is set aside with file, line and reason, and the rest goes on; a task that cannot be used is
an error. What was read is kept under `cache/<fingerprint>` and opened again without reading while neither the files (by
place, size and time) nor the settings change. Rows are streamed: words are held in memory, images never.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mintune.config import SuiteSettings, TaskSettings
from mintune.errors import ConfigError, DataError
from mintune.records import Quarantined, Suite, Task
from mintune.run import digest
from mintune.tasks.license import stated_license
from mintune.tasks.reading import Reading, read_task
from mintune.tasks.sources import Source, find_sources
from mintune.tasks.storage import new_folder, open_splits, read_description

LAYOUT = 5
"""Raised whenever what is stored, or how it is made from the data, changes."""

STAMPS = "images.jsonl"


def load_suite(settings: SuiteSettings, *, seed: int, cache: Path) -> Suite:
    """Read, or open again, all tasks of a suite, the built-in world's included.

    Args:
        settings: the tasks; paths in it are absolute, or relative to the working folder.
        seed: of what is held out for validation, and of the world.
        cache: the folder under which tasks are stored.

    Raises:
        ConfigError: a task of yours has the name of one of the world's.
        DataError: a task has no file, no usable row or no training example.
        RunError: `cache` cannot be written.
    """
    loaded = [_load_task(name, task, settings, seed=seed, cache=cache) for name, task in settings.tasks.items()]
    tasks = [task for task, _ in loaded]
    if settings.world is not None:
        from mintune.tasks.world import build_world

        world = build_world(settings.world, seed=seed, cache=cache)
        both = sorted({task.name for task in world} & set(settings.tasks))
        if both:
            raise ConfigError(f"suite.tasks.{both[0]}: the built-in world has a task of this name; choose another")
        tasks += world
    return Suite(tuple(tasks), tuple(row for _, rows in loaded for row in rows))


def _load_task(
    name: str, task: TaskSettings, settings: SuiteSettings, *, seed: int, cache: Path
) -> tuple[Task, tuple[Quarantined, ...]]:
    try:
        sources = find_sources(task.data)
    except DataError as error:
        raise DataError(f"suite.tasks.{name}.data: {error}") from error
    try:
        reading = Reading(
            format=task.format,
            instruction=task.instruction,
            choices=task.choices,
            validation=settings.validation,
            max_pixels=settings.max_pixels,
            seed=seed,
        )
        folder = cache / digest(LAYOUT, reading.as_dict(), [_stamp(source.path) for source in sources])
        if not _is_current(folder):
            _store(folder, sources, reading)
    except DataError as error:
        raise type(error)(f"task {name}: {error}") from error
    return _open(name, task, folder)


def _store(folder: Path, sources: Sequence[Source], reading: Reading) -> None:
    """Read a task into its folder, or leave nothing behind."""
    with new_folder(folder) as partial:
        images = read_task(sources, reading, partial)
        stamps = "".join(json.dumps(_stamp(path)) + "\n" for path in images)
        (partial / STAMPS).write_text(stamps, encoding="utf-8")


def _open(name: str, settings: TaskSettings, folder: Path) -> tuple[Task, tuple[Quarantined, ...]]:
    found = read_description(folder)
    if found is None:
        raise DataError(f"task {name}: {folder} is damaged; delete it to have the data read again")
    task = Task(
        name=name,
        instruction=found["instruction"],
        metric=settings.metric or ("exact_match" if found["closed"] else "token_f1"),
        domain=settings.domain or name,
        splits=open_splits(folder),
        fingerprint=found["fingerprint"],
        notes=tuple(found["notes"]),
        license=settings.license or stated_license(settings.data),
    )
    return task, tuple(Quarantined(task=name, **row) for row in found["quarantined"])


def _is_current(folder: Path) -> bool:
    """Whether a task was stored here and none of its image files changed since."""
    if read_description(folder) is None:
        return False
    with (folder / STAMPS).open(encoding="utf-8") as stamps:
        return all(_stamp(Path(stamp[-1])) == stamp for stamp in map(json.loads, stamps))


def _stamp(path: Path) -> list[int | str]:
    """Size, time and place of a file, which stand for what it holds; of one that is not there its place."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return [str(path.absolute())]
    return [found.st_size, found.st_mtime_ns, str(path.absolute())]
