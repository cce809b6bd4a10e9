"""What `mintune check` prints of each task."""

from __future__ import annotations

import pytest

from mintune.cli.check import show_tasks
from mintune.tasks.describe import TaskStatistics


def holding(task: str, instruction: str) -> TaskStatistics:
    return TaskStatistics(
        task=task,
        domain=task,
        metric="exact_match",
        instruction=instruction,
        examples={"train": 3, "validation": 1, "test": 2},
        pictures=6,
        quarantined=0,
        answers=2,
        choices=2,
        commonest_answer="yes",
        commonest_share=0.5,
        longest_text=20,
    )


def test_each_task_is_shown_with_its_instruction_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = [holding("one", "Look well.\nAnswer [briefly]."), holding("two", "word " * 100), holding("three", "")]
    show_tasks(tasks)
    one, two, three = capsys.readouterr().out.splitlines()[-3:]
    assert one == "one: Look well. Answer [briefly]."
    assert two.startswith("two: word word")
    assert two.endswith("…")
    assert len(two) <= 140
    assert three == "three: (none)"
