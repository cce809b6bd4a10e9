"""What is found in a suite, as records, and the suite at a glance, which everything that looks for something shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from mintune.records import SPLITS, Record, Split, Suite, Task
from mintune.tasks.copies import glances
from mintune.tasks.storage import Glance

Severity = Literal["error", "warning", "note"]

SHOWN = 5
"""So many places are listed with a finding."""


class Finding(Record):
    """Something found in a suite: how grave, in which task, what (a code), in words, how many examples, and where.

    `other` is the task whose test split is concerned, where that is not the task itself.
    """

    severity: Severity
    task: str
    code: str
    message: str
    count: int = 1
    where: tuple[str, ...] = ()
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A task with all its examples at a glance."""

    task: Task
    splits: dict[Split, list[Glance]]

    @property
    def taught(self) -> list[Glance]:
        """What adapters may learn from: train and validation."""
        return self.splits["train"] + self.splits["validation"]

    @property
    def all(self) -> list[Glance]:
        """Every example of the task."""
        return self.taught + self.splits["test"]


def look_at(suite: Suite) -> list[Seen]:
    """All tasks of a suite at a glance."""
    return [Seen(task, {split: list(glances(task.splits.get(split, ()))) for split in SPLITS}) for task in suite.tasks]


def by_gravity(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then warnings, then notes; by task within each."""
    gravity = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda found: (gravity[found.severity], found.task, found.code, found.other or ""))


def finding(
    severity: Severity,
    seen: Seen,
    code: str,
    message: str,
    examples: Sequence[Glance],
    *,
    other: str | None = None,
    same_as: Sequence[Glance] = (),
) -> Finding:
    """A finding on examples of a task; `other` is the task whose test split is concerned.

    `same_as` are, where there are any, the examples that `examples` repeat, one of each.
    """
    places = [example.where for example in examples[:SHOWN]]
    if same_as:
        places = [f"{place}, as {same.where}" for place, same in zip(places, same_as, strict=False)]
    return Finding(
        severity=severity,
        task=seen.task.name,
        code=code,
        message=message,
        count=len(examples),
        where=tuple(places),
        other=None if other == seen.task.name else other,
    )


def count(items: Sequence[object], noun: str) -> str:
    """How many of what, in words."""
    return f"{len(items):,} {noun}{'' if len(items) == 1 else 's'}"
