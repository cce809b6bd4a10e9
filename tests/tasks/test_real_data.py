"""The thirteen real tasks are read whole, and the leaks between them are found."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from mintune.config import SuiteSettings, TaskSettings
from mintune.records import Suite
from mintune.tasks.check import check_suite
from mintune.tasks.findings import Finding
from mintune.tasks.leaks import drop_leaks
from mintune.tasks.suite import load_suite

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not there")


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    tasks = {path.name: TaskSettings(data=path) for path in sorted(DATA.iterdir()) if path.is_dir()}
    return load_suite(SuiteSettings(tasks=tasks), seed=0, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def findings(suite: Suite) -> list[Finding]:
    return check_suite(suite)


def rows_of(task: str) -> list[dict[str, object]]:
    text = (DATA / task / "examples.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line]


def test_every_row_is_read(suite: Suite) -> None:
    assert suite.quarantined == ()
    for task in suite.tasks:
        rows = rows_of(task.name)
        taught = sum(row["split"] == "train" for row in rows)
        assert len(task.train) + len(task.validation) == taught
        assert len(task.test) == len(rows) - taught
        assert task.metric == "exact_match"


def test_examples_say_what_stands_in_their_row(suite: Suite) -> None:
    for task in suite.tasks:
        row = next(row for row in rows_of(task.name) if row["split"] == "test")
        example = task.test[0]
        assert [example.id, example.text, *example.targets] == [row["id"], row["text"], row["target"]]
        [name] = row["images"]  # type: ignore[misc]
        assert example.images[0].data == (DATA / task.name / str(name)).read_bytes()
        assert example.images[0].sha256 == hashlib.sha256(example.images[0].data).hexdigest()


def test_leaks_between_the_emoji_tasks_are_found_and_taken_out(suite: Suite, findings: list[Finding]) -> None:
    found = {(found.task, found.other) for found in findings if found.code == "leak"}
    assert {
        ("emoji_pick_name", "emoji_group_name"),
        ("emoji_pick_name", "emoji_group_image"),
        ("emoji_group_name", "emoji_pick_name"),
        ("emoji_group_image", "emoji_pick_name"),
    } <= found
    left = drop_leaks(suite)
    assert drop_leaks(left) == left
    assert {row.task for row in left.quarantined} == {task for task, _ in found}


def test_no_task_leaks_into_its_own_test_split(findings: list[Finding]) -> None:
    assert [found for found in findings if found.severity == "error"] == []


def test_the_grocery_tasks_are_split_by_product_alike_so_that_nothing_leaks(
    suite: Suite, findings: list[Finding]
) -> None:
    """Their folder says their splits differ; they do not: neither a picture nor a description is on both sides."""
    pair = {"grocery_described", "grocery_match"}
    assert not [found for found in findings if {found.task, found.other} == pair]
    taught = {example.text for name in pair for example in [*suite[name].train, *suite[name].validation]}
    tested = {example.text for name in pair for example in suite[name].test}
    assert not taught & tested
