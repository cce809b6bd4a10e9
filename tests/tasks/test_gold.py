"""Tasks known by their gold answers alone are tasks like others, but without pictures and words."""

from __future__ import annotations

from pathlib import Path

from mintune.tasks.gold import NOTE, task_of_gold

YES_NO = {str(number): ("yes" if number % 3 else "no",) for number in range(30)}


def test_a_task_holds_every_example_with_its_answers_and_nothing_else(tmp_path: Path) -> None:
    task = task_of_gold("mine", YES_NO, tmp_path)
    assert (task.name, task.instruction, task.metric, task.notes) == ("mine", "", "exact_match", (NOTE,))
    assert {example.id: example.targets for example in task.train} == YES_NO
    assert all(not example.images and not example.text for example in task.train)
    assert task.train[0].choices == ("no", "yes")
    assert not task.test


def test_the_same_answers_are_stored_once_and_others_beside_them(tmp_path: Path) -> None:
    first = task_of_gold("mine", YES_NO, tmp_path)
    assert task_of_gold("mine", dict(reversed(YES_NO.items())), tmp_path).fingerprint == first.fingerprint
    assert task_of_gold("mine", {**YES_NO, "0": ("yes",)}, tmp_path).fingerprint != first.fingerprint
    assert len(list(tmp_path.iterdir())) == 2
