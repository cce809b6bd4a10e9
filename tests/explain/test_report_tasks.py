"""The tables of tasks say how often each view is right, and hold no number that nobody measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.sections.tasks import tasks_section
from mintune.explain.words import ABSENT, Words
from mintune.profile.evidence import gather
from mintune.profile.stage import profile_task
from mintune.records import Estimate, InteractionProfile


def with_profile(report: ReportData, changed: InteractionProfile) -> ReportData:
    profiles = tuple(changed if known.task == changed.task else known for known in report.profiles.profiles)
    return replace(report, profiles=report.profiles.model_copy(update={"profiles": profiles}))


def without_examples(report: ReportData, task: str) -> ReportData:
    """The same run, had nothing been answered to this task."""
    return with_profile(report, profile_task(gather(report.suite[task], [])[0], report.config.profile, seed=0))


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_says_how_often_each_view_is_right(full: ReportData, language: str) -> None:
    words = Words(language)
    right = {
        "image": Estimate(value=0.81, low=0.72, high=0.88),
        "text": Estimate(value=0.33, low=0.25, high=0.42),
        "both": Estimate(value=0.94, low=0.88, high=0.97),
        "none": Estimate(value=0.31, low=0.23, high=0.4),
    }
    report = with_profile(full, full.profiles["flag_region"].model_copy(update={"accuracy": right}))
    table = tasks_section(report, words).accuracy
    assert table is not None
    assert table.headings == [words(f"view.{view}") for view in right]
    row = next(row for row in table.rows if row.task == "flag_region")
    assert [cell.value for cell in row.cells] == ["81%", "33%", "94%", "31%"]
    assert row.cells[0].interval == words.percent_range(0.72, 0.88)
    html = render(compose(report, words, exemplars=0), words)
    assert words("accuracy.title") in html
    assert "<span>81%</span>" in html


def test_a_view_that_was_not_asked_has_no_column(full: ReportData) -> None:
    def only(*views: str) -> ReportData:
        asked = [
            {
                name: {v: told for v, told in getattr(known, name).items() if v in views}
                for name in ("accuracy", "kappa")
            }
            for known in full.profiles.profiles
        ]
        profiles = tuple(
            known.model_copy(update=changed) for known, changed in zip(full.profiles.profiles, asked, strict=True)
        )
        return replace(full, profiles=full.profiles.model_copy(update={"profiles": profiles}))

    table = tasks_section(only("image", "text", "both"), Words("en")).accuracy
    assert table is not None
    assert table.headings == ["image alone", "text alone", "image and text"]
    words = Words("en")
    assert tasks_section(only(), words).accuracy is None
    assert words("accuracy.title") not in render(compose(only(), words, exemplars=0), words)


def test_a_task_without_examples_has_dashes_and_a_reason_of_its_own(full: ReportData) -> None:
    report = without_examples(full, "flag_region")
    assert report.profiles["flag_region"].num_examples == 0
    section = tasks_section(report, Words("en"))
    row = next(row for row in section.rows if row.task == "flag_region")
    assert {cell.value for cell in row.cells} == {ABSENT}
    assert (row.delta, row.delta_interval, row.examples) == (ABSENT, "", "0")
    assert section.accuracy is not None
    right = next(row for row in section.accuracy.rows if row.task == "flag_region")
    assert {cell.value for cell in right.cells} == {ABSENT}
    assert section.left_out == [
        "Not on the map, as no view is clearly better than guessing, or examples are too few: old_script.",
        "Not on the map, as no example was answered under every view: flag_region.",
    ]
    render(compose(report, Words("ja"), exemplars=0), Words("ja"))


def test_a_task_of_which_little_is_known_for_sure_keeps_its_shares_and_has_no_place_on_the_map(
    full: ReportData,
) -> None:
    old = full.profiles["old_script"]
    sure = old.model_copy(update={"type": "unique_image"})
    section = tasks_section(with_profile(full, sure), Words("en"))
    assert section.left_out == ["Not on the map, as less than 20% was answered even with both: old_script."]
    row = next(row for row in section.rows if row.task == "old_script")
    assert ABSENT not in {cell.value for cell in row.cells}


@pytest.mark.parametrize("language", ["en", "ja"])
def test_shares_of_a_task_of_which_nobody_is_informed_are_dashes_and_the_page_says_why(
    full: ReportData, language: str
) -> None:
    words = Words(language)
    section = tasks_section(full, words)
    dashes = {row.task for row in section.rows if {cell.value for cell in row.cells} == {ABSENT}}
    assert dashes == {"old_script"}
    assert section.notes == [words("shares.unknown")]
    assert "old_script ·" not in section.map
    assert "flag_region ·" in section.map


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "flag_region (image alone 16% instead of 30%)."),
        ("ja", "flag_region（画像のみでは30%でなく16%）。"),
    ],
)
def test_what_a_side_knows_alone_is_told_where_clipping_moved_it(full: ReportData, language: str, said: str) -> None:
    words = Words(language)
    raw = {"redundancy": (-0.2, 0.0), "unique_image": (0.36, 0.3), "unique_text": (0.2, 0.05)}
    cut = {kind: Estimate(value=value, low=0.0, high=1.0, raw=before) for kind, (before, value) in raw.items()}
    report = with_profile(full, full.profiles["flag_region"].model_copy(update=cut))
    [told] = [note for note in tasks_section(report, words).notes if "flag_region" in note]
    assert told.endswith(said)
    assert told in render(compose(report, words, exemplars=0), words)
