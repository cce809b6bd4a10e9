"""Answers that are few and come again and again are a closed set, also where the data cannot say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.tasks.samples import read

from mintune.config import TaskSettings
from mintune.records import Task
from mintune.tasks.closed import closed_set

SAID = ["Yes", "no", "yes", "No"]


def test_answers_that_come_again_and_again_are_choices_in_their_first_spelling() -> None:
    assert closed_set([(SAID[number % 4],) for number in range(20)]) == ("Yes", "no")


@pytest.mark.parametrize(
    "answers",
    [
        [(f"answer {number}",) for number in range(30)],
        [("yes", "yeah")] * 15 + [("no",)] * 15,
        [("yes",)] * 30,
        [("yes",), ("no",)],
        [],
    ],
    ids=["all different", "several accepted", "one answer", "too few to tell", "none"],
)
def test_answers_that_are_no_closed_set_stay_open(answers: list[tuple[str, ...]]) -> None:
    assert closed_set(answers) is None


def chats(folder: Path, **own: object) -> Path:
    """Forty chats that ask for yes or no, in four spellings."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"Is it true?\nThere are {number} dots."},
                {"role": "assistant", "content": SAID[number % 4]},
            ],
            **own,
        }
        for number in range(40)
    ]
    path = folder / "chats.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def task_of(folder: Path, settings: TaskSettings) -> Task:
    return read(folder, mine=settings)["mine"]


def test_chats_that_are_answered_by_yes_or_no_are_closed_and_say_so(tmp_path: Path) -> None:
    task = task_of(tmp_path, TaskSettings(data=chats(tmp_path)))
    assert {example.choices for example in task.train} == {("Yes", "no")}
    assert {target for example in task.test for target in example.targets} == {"Yes", "no"}
    assert task.metric == "exact_match"
    assert any(note.startswith("taken for closed") for note in task.notes)


def test_chats_stay_open_where_that_is_asked_for(tmp_path: Path) -> None:
    task = task_of(tmp_path, TaskSettings(data=chats(tmp_path), choices="own"))
    assert {example.choices for example in task.train} == {None}
    assert {target for example in task.train for target in example.targets} == set(SAID)


def test_choices_that_rows_name_are_left_as_they_are(tmp_path: Path) -> None:
    task = task_of(tmp_path, TaskSettings(data=chats(tmp_path, choices=[*SAID, "perhaps"])))
    assert {example.choices for example in task.train} == {(*SAID, "perhaps")}
