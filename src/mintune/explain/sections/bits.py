"""Part of section 2: what image and text say about the answer, in bits, and why some tasks have none.

Reasons are recorded in English, by the code that found them. Those that are known here are said in the language of the
page, others as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.evidence import Badge, badges, tasks_by_group
from mintune.explain.sections.tasks import Cell
from mintune.explain.words import decimal, percent, whole
from mintune.profile.bits import NEEDS
from mintune.profile.samples import LEAST_EXAMPLES, LEAST_PER_ANSWER
from mintune.profile.without_bits import without_bits
from mintune.records import TYPES, Estimate, Information

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words

REASONS = {NEEDS: "scores", "no accepted answer": "accepted", " are needed": "few", " too few ": "few"}
"""Part of a recorded reason, and the words for it."""


@dataclass(frozen=True)
class BitsRow:
    """One task: its parts, each as a number and an interval, and of how many bits of answer entropy they are."""

    task: str
    badge: Badge
    parts: list[Cell]
    entropy: str


@dataclass(frozen=True)
class BitsSection:
    """The tasks with bits, and a sentence for each reason of those without."""

    note: str
    headings: list[str]
    rows: list[BitsRow]
    without: list[str]


def bits_section(report: ReportData, words: Words) -> BitsSection | None:
    """None where no bits were asked for."""
    profiles = {profile.task: profile for profile in report.profiles.profiles}
    missing = without_bits(profiles.values())
    marked = badges(report.grouping)
    rows = [
        _row(task, marked[group.name], found, words)
        for group, tasks in tasks_by_group(report)
        for task in tasks
        if task in profiles and (found := profiles[task].information) is not None
    ]
    if not rows and not missing:
        return None
    by_words: dict[str, list[str]] = {}
    for reason, tasks in missing.items():
        by_words.setdefault(_in_words(reason, words), []).extend(tasks)
    return BitsSection(
        note=words("bits.note", confidence=percent(report.profiles.confidence)),
        headings=[words("bits.synergy") if kind == "synergy" else words.name("type", kind) for kind in TYPES],
        rows=rows,
        without=[words("bits.none", tasks=words.listing(tasks), reason=said) for said, tasks in by_words.items()],
    )


def _row(task: str, badge: Badge, found: Information, words: Words) -> BitsRow:
    cells = [_cell(getattr(found, kind), words) for kind in TYPES]
    return BitsRow(task, badge, cells, decimal(found.answer_entropy_bits))


def _cell(part: Estimate, words: Words) -> Cell:
    interval = words("number.range", low=decimal(part.low), high=decimal(part.high))
    return Cell(value=decimal(part.value), interval=interval, bar=None, sort=f"{part.value}", title="")


def _in_words(reason: str, words: Words) -> str:
    key = next((name for part, name in REASONS.items() if part in reason), "other")
    return words(f"bits.why.{key}", least=whole(LEAST_EXAMPLES), each=whole(LEAST_PER_ANSWER), reason=reason)
