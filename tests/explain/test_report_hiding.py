"""The page says whether types hang on how a modality is hidden, and nothing where only one way was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mintune.cli.profile import show_profiles
from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.sections.hiding import hiding_section
from mintune.explain.words import Words
from mintune.records import InteractionProfile, TypeFound

SAME = {"drop": ("redundancy", 1.0), "blank": ("redundancy", 0.97), "shuffle": ("redundancy", 0.99)}
DEPENDS = {"drop": ("redundancy", 0.99), "blank": ("redundancy", 0.97), "shuffle": ("unique_text", 0.96)}
UNSURE = {"drop": ("redundancy", 0.99), "blank": ("synergy", 0.6), "shuffle": ("redundancy", 0.98)}
IN_PART = {"drop": ("synergy", 0.99), "blank": ("undetermined", 0.0)}
NOTHING = {"drop": ("undetermined", 0.0), "blank": ("undetermined", 0.0), "shuffle": ("undetermined", 0.0)}


def asked(full: ReportData) -> ReportData:
    """The report with five tasks that were asked under further ways of hiding; the others under one alone."""
    found: list[InteractionProfile] = list(full.profiles.profiles)
    for place, types in enumerate((SAME, DEPENDS, UNSURE, IN_PART, NOTHING)):
        robustness = {
            name: TypeFound(type=kind, confidence=sure, num_examples=60) for name, (kind, sure) in types.items()
        }
        found[place] = found[place].model_copy(update={"robustness": robustness})
    return replace(full, profiles=full.profiles.model_copy(update={"profiles": tuple(found)}))


def test_tasks_are_counted_and_those_that_are_not_the_same_are_listed(full: ReportData) -> None:
    section = hiding_section(asked(full), Words("en"))
    assert section is not None
    assert section.headings == ["leaving it out", "a blank", "another example's"]
    assert section.summary.endswith(
        "Tasks with a type under any of them: 4. The same type under all: 1; the same wherever there is one: 1; "
        "another one under some: 1; not sure whether another: 1."
    )
    depends, unsure, in_part = section.rows
    assert depends.says.startswith(
        "Redundant: leaving it out and a blank; Text-unique: another example's. The type hangs"
    )
    assert unsure.says.endswith("so this may be chance.")
    assert "Undetermined: a blank." in in_part.says
    assert [(cell.type, cell.sure) for cell in in_part.cells] == [
        ("synergy", "99% sure"),
        ("undetermined", ""),
        (None, ""),
    ]


def test_nothing_is_shown_where_one_way_was_asked(full: ReportData) -> None:
    assert hiding_section(full, Words("en")) is None
    assert Words("en")("hidden.title") not in render(compose(full, Words("en"), exemplars=0), Words("en"))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_shows_each_way_in_a_column(full: ReportData, language: str) -> None:
    words = Words(language)
    page = render(compose(asked(full), words, exemplars=0), words)
    assert words("hidden.title") in page
    assert words("hidden.depends") in page
    assert f'<th scope="col">{words("hiding.blank")}</th>' in page


def test_the_command_line_says_it_too(full: ReportData, capsys: pytest.CaptureFixture[str]) -> None:
    show_profiles(asked(full).profiles)
    said = capsys.readouterr().out
    assert "the same type however views are hidden: 1 of 4 tasks with a type under any way" in said
    assert "  receipt_total: redundancy under drop, blank; unique_text under shuffle\n" in said
    assert "synergy under blank (not all of them sure)" in said
    show_profiles(full.profiles)
    assert "however views are hidden" not in capsys.readouterr().out
