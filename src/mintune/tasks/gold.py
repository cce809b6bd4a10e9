"""Tasks of which nothing is at hand but the gold answers: those of predictions whose data lies elsewhere.

Their examples have no pictures and no text, so they can be profiled, grouped and explained, but neither asked nor
tuned. All of them are training examples, as nothing says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mintune.records import Task
from mintune.run import digest
from mintune.tasks.closed import closed_set
from mintune.tasks.storage import (
    ImageFile,
    StoredRow,
    new_folder,
    open_splits,
    read_description,
    write_description,
    write_split,
)

Gold = Mapping[str, tuple[str, ...]]
"""Accepted answers by example id."""

VERSION = 1
"""Raised when the same gold answers would be stored otherwise."""

NOTE = (
    "known by its gold answers alone: pictures and texts lie elsewhere, so that examples which share a picture count "
    "as independent and intervals may be too narrow"
)


def task_of_gold(name: str, gold: Gold, cache: Path) -> Task:
    """The task whose examples have these gold answers, stored under `cache`. RunError where that cannot be written."""
    choices = closed_set([targets for _, targets in sorted(gold.items())])
    fingerprint = digest("gold", VERSION, name, sorted(gold.items()))
    folder = cache / fingerprint
    if read_description(folder) is None:
        _store(folder, gold, choices)
    return Task(
        name=name,
        instruction="",
        metric="token_f1" if choices is None else "exact_match",
        domain=name,
        splits=open_splits(folder),
        fingerprint=fingerprint,
        notes=(NOTE,),
    )


def _store(folder: Path, gold: Gold, choices: tuple[str, ...] | None) -> None:
    with new_folder(folder) as partial:
        ImageFile(partial).close()
        rows = (StoredRow(name, (), "", targets, choices) for name, targets in sorted(gold.items()))
        write_split(partial, "train", rows)
        write_description(partial, {"closed": choices is not None, "notes": [NOTE]})
