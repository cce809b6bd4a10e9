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
from mintune.progress import number_of
from mintune.tasks.readers.files import KINDS, rows_of
from mintune.tasks.readers.formats import READERS, format_of
from mintune.tasks.readers.rows import RowError
from mintune.tasks.sources import NATIVE, data_files, find_sources

LOOKED_AT = 20
"""So many rows of a file are looked at for its format."""

PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}
NAMED = 5
"""So many files of no known kind are named."""


@dataclass(frozen=True)
class Found:
    """The `suite.tasks` of a mintune.yaml, each with its data and format, and what was passed over, with the reason."""

    tasks: dict[str, dict[str, str]]
    skipped: dict[str, str]


def describe_folder(folder: Path) -> Found:
    """The tasks in a folder of data, and what else lies there: files of no known kind together, pictures by number.

    Raises:
        DataError: there is no such folder, or no task in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: is not a folder; expected one whose sub-folders or files each hold a task")
    candidates = [folder] if _is_one_task(folder) else list(_candidates(folder))
    tasks: dict[str, dict[str, str]] = {}
    skipped: dict[str, str] = {} if candidates == [folder] else _other_files(folder)
    for path in candidates:
        try:
            name = _free_name(name_like(path.name if path.is_dir() else path.stem), tasks)
            tasks[name] = {"data": str(path.resolve()), "format": _format_in(path)}
        except DataError as error:
            has_data = path.is_file() or data_files(path) or data_files(path / "data")
            skipped[path.name] = str(error) if has_data else _without_data(path)
    if not tasks:
        reasons = "".join(f"\n  {name}: {reason}" for name, reason in skipped.items())
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
    yield from (path for path in _shown_in(folder) if path.is_dir())
    yield from data_files(folder)


def _other_files(folder: Path) -> dict[str, str]:
    """The files beside the tasks that can be none, by name, with the reason; pictures only by their number."""
    files = [path for path in _shown_in(folder) if path.is_file() and path.suffix.lower() not in KINDS]
    pictures = [path for path in files if path.suffix.lower() in PICTURES]
    others = [path.name for path in files if path.suffix.lower() not in PICTURES]
    found = {number_of(len(pictures), "picture"): "are no task without a data file"} if pictures else {}
    if others:
        names = ", ".join(others[:NAMED]) + (f" and {len(others) - NAMED:,} more" if len(others) > NAMED else "")
        found[names] = f"unknown kind of file; accepted: {', '.join(KINDS)}"
    return found


def _without_data(folder: Path) -> str:
    """What a folder without data files holds instead."""
    found = _shown_in(folder)
    if not found:
        return "is empty"
    pictures = sum(path.suffix.lower() in PICTURES for path in found)
    return f"holds {number_of(pictures, 'picture')} and no data file" if pictures else "holds no data file"


def _shown_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


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
