"""Which files hold a task's rows, and what their names say of the split. Reads names only, never what is in a file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mintune.errors import DataError
from mintune.records import Split
from mintune.tasks.readers.files import KINDS
from mintune.tasks.readers.rows import SPLIT_NAMES

NATIVE = "examples"
"""A file of this name in a folder holds all its rows."""


@dataclass(frozen=True, slots=True)
class Source:
    """A data file, and the split its name says it holds (None: the rows say it, or nobody does)."""

    path: Path
    split: Split | None


def find_sources(data: Path) -> tuple[Source, ...]:
    """The data files of a task: the file itself, or those of a folder.

    In a folder, `examples.*` holds everything; else the files named by split (train, validation, test) in it or in its
    sub-folder `data`; else its only data file. DataError where there is none, or several that no name tells apart.
    """
    if data.is_file():
        if data.suffix.lower() not in KINDS:
            raise DataError(f"{data}: unknown kind of file; accepted: {', '.join(KINDS)}, or a folder of these")
        return (Source(data, None),)
    if not data.is_dir():
        raise DataError(
            f"{data}: does not exist; expected a folder with examples.jsonl, or a JSON, JSONL or Parquet file"
        )
    files = data_files(data) or data_files(data / "data")
    whole = [path for path in files if path.stem == NATIVE]
    if whole:
        return (Source(whole[0], None),)
    named = [Source(path, split) for path in files if (split := split_in(path.stem))]
    if named:
        return tuple(
            sorted(named, key=lambda source: (source.split != "train", source.split != "validation", source.path))
        )
    if len(files) != 1:
        found = f"{len(files)} files ({_list(files)})" if files else "no data file"
        raise DataError(
            f"{data}: {found}; expected examples.jsonl, or one of {', '.join(KINDS)}, "
            "or files named train, validation and test"
        )
    return (Source(files[0], None),)


def data_files(folder: Path) -> list[Path]:
    """The data files that lie directly in a folder, by name. LLaMA-Factory's index of data sets is none."""
    if not folder.is_dir():
        return []
    return sorted(
        path for path in folder.iterdir() if path.suffix.lower() in KINDS and path.name != "dataset_info.json"
    )


def split_in(stem: str) -> Split | None:
    """The split a file's name speaks of (`train-00000-of-00002`, `nlvr_test`); None where of none or of two."""
    splits = {SPLIT_NAMES[word] for word in re.findall("[a-z]+", stem.lower()) if word in SPLIT_NAMES}
    return splits.pop() if len(splits) == 1 else None


def _list(files: Sequence[Path]) -> str:
    names = [path.name for path in files]
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
