"""The page tells the bits of every task that has them, and why where there are none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.sections.bits import bits_section
from mintune.explain.words import Words
from mintune.profile.bits import NEEDS, NO_BITS
from mintune.records import Estimate, Information


def told(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.1, high=value + 0.1, raw=value + 0.05)


BITS = Information(
    redundancy=told(0.31),
    unique_image=told(0.12),
    unique_text=told(0.0),
    synergy=told(1.12),
    answer_entropy_bits=1.585,
)


def with_bits(full: ReportData) -> ReportData:
    """The first task has bits, the second and third lack scores, a fourth has few examples, a fifth something else."""
    notes = [f"{NO_BITS}{NEEDS}"] * 2 + [f"{NO_BITS}40 examples; at least 50 are needed", f"{NO_BITS}the moon is full"]
    first, *others = full.profiles.profiles
    changed = [profile.model_copy(update={"notes": (note,)}) for profile, note in zip(others[:4], notes, strict=True)]
    profiles = (first.model_copy(update={"information": BITS}), *changed, *others[4:])
    return replace(full, profiles=full.profiles.model_copy(update={"profiles": profiles}))


def test_every_task_has_its_bits_or_a_reason(full: ReportData) -> None:
    section = bits_section(with_bits(full), Words("en"))
    assert section is not None
    [row] = section.rows
    assert [cell.value for cell in row.parts] == ["0.31", "0.12", "0.00", "1.12"]
    assert (row.task, row.parts[3].interval, row.entropy) == ("shelf_label_check", "1.02 to 1.22", "1.58")
    assert section.headings[-1] == "Synergistic, at least"
    assert "Synergy is a lower bound" in section.note
    assert section.without == [
        "No bits for receipt_total and caption_category: it takes the same choices with scores for every example, and "
        "no similarity of your own.",
        "No bits for flag_region: too few examples for so many answers; at least 50, and 10 for each answer, are "
        "needed.",
        "No bits for digit_reading: the moon is full.",
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_shows_bits_where_they_were_asked_for(full: ReportData, language: str) -> None:
    words = Words(language)
    page = render(compose(with_bits(full), words, exemplars=0), words)
    assert words("bits.title") in page
    assert "<span>1.12</span> <small>" + words("number.range", low="1.02", high="1.22") in page
    assert bits_section(full, words) is None
    assert words("bits.title") not in render(compose(full, words, exemplars=0), words)
