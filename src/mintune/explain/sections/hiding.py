"""Part of section 2: whether types hang on how a modality is hidden, where further ways were asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.words import percent, whole
from mintune.profile.robustness import by_type, robustness

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import Hiding, InteractionProfile, InteractionType


@dataclass(frozen=True)
class TypeCell:
    """A task's type under one way of hiding and how sure that is; no type where the task was not asked that way."""

    type: InteractionType | None
    type_name: str
    sure: str


@dataclass(frozen=True)
class HidingRow:
    """One task whose type is not one under every way of hiding, in words."""

    task: str
    cells: list[TypeCell]
    says: str


@dataclass(frozen=True)
class HidingSection:
    """How many tasks have one type under every way of hiding, and those that have not."""

    summary: str
    headings: list[str]
    rows: list[HidingRow]


def hiding_section(report: ReportData, words: Words) -> HidingSection | None:
    """None where only one way of hiding was asked, or no task has a type under any."""
    confidence = report.profiles.confidence
    found = [(profile, how) for profile in report.profiles.profiles if (how := robustness(profile, confidence))]
    if not found:
        return None
    count = Counter(how for _, how in found)
    hidings = list(dict.fromkeys(hiding for profile, _ in found for hiding in profile.robustness))
    return HidingSection(
        summary=words(
            "hidden.summary",
            ways=words.listing([words.name("hiding", hiding) for hiding in hidings]),
            all=whole(len(found)),
            **{how: whole(count[how]) for how in ("same", "in_part", "unsure", "depends")},
        ),
        headings=[words.name("hiding", hiding) for hiding in hidings],
        rows=[
            HidingRow(profile.task, [_cell(profile, hiding, words) for hiding in hidings], _says(profile, how, words))
            for profile, how in found
            if how != "same"
        ],
    )


def _cell(profile: InteractionProfile, hiding: Hiding, words: Words) -> TypeCell:
    found = profile.robustness.get(hiding)
    if found is None:
        return TypeCell(None, "", "")
    is_typed = found.type != "undetermined"
    sure = words("shares.sure", confidence=percent(found.confidence)) if is_typed else ""
    return TypeCell(found.type, words.name("type", found.type), sure)


def _says(profile: InteractionProfile, how: str, words: Words) -> str:
    """The types with the ways of hiding under which each was found, and what that allows to say."""
    parts = [
        words(
            "hidden.under",
            type=words.name("type", kind),
            ways=words.listing([words.name("hiding", hiding) for hiding in hidings]),
        )
        for kind, hidings in by_type(profile).items()
    ]
    return words("list.sentences").join(
        [words("hidden.parts").join(parts) + words("hidden.end"), words(f"hidden.{how}")]
    )
