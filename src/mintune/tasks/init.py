"""Find the tasks in a folder of data, for `mintune init`: each sub-folder, or file, of a known format is one.

Only the first rows of each are looked at. A folder that itself holds a task (examples.jsonl, or files named by split)
is that one task.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mintune.errors import DataError
from mintune.names import name_like
from mintune.tasks.readers.files import KINDS, rows_of
from mintune.tasks.readers.formats import READERS, format_of
from mintune.tasks.readers.rows import RowError
from mintune.tasks.sources import NATIVE, data_files, find_sources

LOOKED_AT = 20
"""So many rows of a file are looked at for its format."""


@dataclass(frozen=True)
class Found:
    """The `suite.tasks` of a mintune.yaml, each with its data and format, and what was passed over, with the reason."""

    tasks: dict[str, dict[str, str]]
    skipped: dict[str, str]


def describe_folder(folder: Path) -> Found:
    """The tasks in a folder of data. What holds no data files at all, such as a folder of images, is not mentioned.

    Raises:
        DataError: there is no such folder, or no task in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; expected one whose sub-folders or files each hold a task")
    candidates = [folder] if _is_one_task(folder) else _candidates(folder)
    tasks: dict[str, dict[str, str]] = {}
    skipped: dict[str, str] = {}
    for path in candidates:
        try:
            tasks[_free_name(name_like(path.name if path.is_dir() else path.stem), tasks)] = {
                "data": str(path.resolve()),
                "format": _format_in(path),
            }
        except DataError as error:
            if path.is_file() or data_files(path) or data_files(path / "data"):
                skipped[path.name] = str(error)
    if not tasks:
        reasons = "".join(f"\n  {reason}" for reason in skipped.values())
        raise DataError(
            f"{folder}: no task found; expected sub-folders with examples.jsonl, or files ({', '.join(KINDS)}) "
            f"with rows in one of the formats {', '.join(READERS)} (docs/tasks.md){reasons}"
        )
    return Found(tasks, skipped)


def _is_one_task(folder: Path) -> bool:
    """Whether the files of a folder belong together by their names."""
    try:
        sources = find_sources(folder)
    except DataError:
        return False
    return sources[0].split is not None or sources[0].path.stem == NATIVE


def _candidates(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    yield from data_files(folder)


def _format_in(path: Path) -> str:
    """The format of a task's first readable row. DataError where there is none."""
    file = find_sources(path)[0].path
    fault = "no row"
    for line, fields in itertools.islice(rows_of(file), LOOKED_AT):
        if isinstance(fields, RowError):
            fault = f"line {line}: {fields}"
        elif name := format_of(fields):
            return name
        else:
            fault = f"line {line}: has the keys {', '.join(map(str, fields)) or 'none'}"
    raise DataError(f"{file}: none of the formats {', '.join(READERS)} in its first {LOOKED_AT} rows ({fault})")


def _free_name(name: str, taken: dict[str, dict[str, str]]) -> str:
    return name if name not in taken else next(f"{name}_{n}" for n in itertools.count(2) if f"{name}_{n}" not in taken)
