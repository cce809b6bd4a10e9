from __future__ import annotations

import pytest
from tests.evaluate.scored import answers, example, task_of

from mintune.evaluate.chance import majority_answer
from mintune.evaluate.stage import set_exams
from mintune.records import Suite, Task
from mintune.tasks.outlines import outlines

TRAIN = [example(number, answer) for number, answer in enumerate(["No", "yes", "no", "no.", "yes"])]
TEST = [example(number, answer) for number, answer in enumerate(["no", "yes", "yes", "yes"])]


def chance(task: Task, said_blindly: list[str] | None = None) -> float:
    blind = {} if said_blindly is None else {task.name: answers(task, said_blindly, "none")}
    (exam,) = set_exams(Suite((task,)), blind)
    return exam.chance


def test_the_majority_answer_is_the_commonest_in_training_whatever_its_spelling() -> None:
    assert majority_answer(outlines(TRAIN)) == "No"
    assert majority_answer([]) is None


def test_chance_is_the_larger_of_majority_and_none_view() -> None:
    task = task_of(TEST, TRAIN)
    assert chance(task) == pytest.approx(0.25)
    assert chance(task, ["no", "yes", "?", "?"]) == pytest.approx(0.5)
    assert chance(task, ["?"] * 4) == pytest.approx(0.25)


def test_without_training_examples_only_the_none_view_speaks() -> None:
    assert chance(task_of(TEST)) == 0
    assert chance(task_of(TEST), ["no", "?", "?", "?"]) == pytest.approx(0.25)
