from __future__ import annotations

import pytest
from tests.evaluate.scored import example, task_of

from mintune.evaluate.chance import chance_level, majority_answer

TRAIN = [example(number, answer) for number, answer in enumerate(["No", "yes", "no", "no.", "yes"])]
TEST = [example(number, answer) for number, answer in enumerate(["no", "yes", "yes", "yes"])]


def test_the_majority_answer_is_the_commonest_in_training_whatever_its_spelling() -> None:
    assert majority_answer(TRAIN) == "No"
    assert majority_answer([]) is None


def test_chance_is_the_larger_of_majority_and_none_view() -> None:
    task = task_of(TEST, TRAIN)
    assert chance_level(task, []) == pytest.approx(0.25)
    assert chance_level(task, [1.0, 1.0, 0.0, 0.0]) == pytest.approx(0.5)
    assert chance_level(task, [0.0, 0.0, 0.0, 0.0]) == pytest.approx(0.25)


def test_without_training_examples_only_the_none_view_speaks() -> None:
    assert chance_level(task_of(TEST), []) == 0
