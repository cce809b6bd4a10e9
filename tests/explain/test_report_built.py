"""Where it is known how tasks were built, the page says which types were found; a mixture has no type to be found."""

from __future__ import annotations

from dataclasses import replace

from mintune.explain.evidence import ReportData
from mintune.explain.sections.tasks import tasks_section
from mintune.explain.words import Words
from mintune.records import TYPES, Suite

BUILT = {
    "caption_category": (1.0, 0.0, 0.0, 0.0),
    "flag_region": (0.0, 0.0, 1.0, 0.0),
    "mixed_inspection": (0.0, 0.0, 0.4, 0.6),
    "sentence_truth": (0.0, 0.0, 0.4, 0.6),
}


def test_mixtures_are_neither_right_nor_wrong(full: ReportData) -> None:
    tasks = tuple(replace(task, built_shares=BUILT.get(task.name)) for task in full.suite.tasks)
    section = tasks_section(replace(full, suite=Suite(tasks)), Words("en"))
    rows = {row.task: row for row in section.rows if row.task in BUILT}
    assert [name for name, row in rows.items() if row.is_mistyped] == ["flag_region"]
    assert rows["sentence_truth"].built == "built as a mixture"
    assert section.notes[-1].startswith("Of 2 tasks built to be of one type, 1 are typed as built, 0 left undetermined")


def test_the_built_type_is_the_whole_share_or_a_mixture(full: ReportData) -> None:
    task = full.suite.tasks[0]
    assert task.built_type == ""
    built = [replace(task, built_shares=shares).built_type for shares in BUILT.values()]
    assert built == [TYPES[0], TYPES[2], "mixture", "mixture"]
