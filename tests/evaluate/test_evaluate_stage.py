from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evaluate.scored import answers, example, task_of

from mintune.errors import DataError
from mintune.evaluate.stage import normalised, questions, score_predictions, set_exams
from mintune.records import Prediction, Score, Suite, Task

TEST = [example(number, "yes" if number % 2 else "no", choices=("yes", "no")) for number in range(8)]
TASK = task_of(TEST, TEST[:4])
RIGHT = [one.targets[0] for one in TEST]


def scored(given: list[Prediction], none: list[Prediction] | None = None, task: Task = TASK) -> Score:
    none_predictions = {} if none is None else {task.name: none}
    exams = set_exams(Suite((task,)), none_predictions)
    (found,) = score_predictions(exams, {task.name: given}, strategy="all", seed=3, confidence=0.95)
    return found


def test_all_right_is_1_and_half_right_with_two_answers_is_chance() -> None:
    best = scored(answers(TASK, RIGHT))
    assert (best.value, best.chance, best.ceiling, best.normalised, best.num_examples) == (1, 0.5, 1, 1, 8)
    assert best.high == 1
    assert best.low < 0.75
    assert scored(answers(TASK, ["yes"] * 8)).normalised == 0


def test_the_none_view_raises_chance_where_it_knows_more_than_the_majority() -> None:
    found = scored(answers(TASK, RIGHT), answers(TASK, [*RIGHT[:6], "?", "?"], "none"))
    assert found.chance == pytest.approx(0.75)


@given(st.permutations(range(8)))
def test_the_order_of_predictions_changes_nothing(order: list[int]) -> None:
    given = answers(TASK, [*RIGHT[:5], "?", "?", "?"])
    assert scored([given[index] for index in order]) == scored(given)


def test_a_score_says_whose_it_is() -> None:
    found = scored(answers(TASK, RIGHT))
    assert (found.task, found.strategy, found.seed, found.metric) == ("task", "all", 3, "exact_match")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda given: given[:-2], r"task task, view both: 2 of 8 test examples have no prediction \(the first is 6\)"),
        (lambda given: [*given, given[0]], "example 0: was predicted twice"),
        (lambda given: [*given, Prediction("task", "99", "both", "yes")], "example 99: is not among the task's 8"),
        (lambda given: [Prediction("task", "0", "image", "no"), *given[1:]], "the prediction is of view image"),
    ],
)
def test_every_test_example_is_predicted_exactly_once(spoil, message: str) -> None:
    with pytest.raises(DataError, match=message):
        scored(spoil(answers(TASK, RIGHT)))


def test_a_task_without_predictions_and_predictions_without_task_are_errors() -> None:
    other = task_of(TEST, name="other")
    given = {"task": answers(TASK, RIGHT)}
    with pytest.raises(DataError, match="task other, view both: 8 of 8"):
        score_predictions(set_exams(Suite((TASK, other)), {}), given, strategy="all", seed=0, confidence=0.95)
    exams = set_exams(Suite((other,)), {})
    with pytest.raises(DataError, match="unknown task task; the suite has other"):
        score_predictions(exams, given, strategy="all", seed=0, confidence=0.95)
    with pytest.raises(DataError, match="unknown task task; the suite has other"):
        set_exams(Suite((other,)), given)


def test_a_task_without_test_examples_has_no_exam() -> None:
    assert set_exams(Suite((task_of([]),)), {}) == []


def test_where_chance_leaves_no_room_nothing_can_be_gained() -> None:
    assert normalised(1.0, 1.0, 1.0) == 0
    assert normalised(0.25, 0.5, 1.0) == pytest.approx(-0.5)


def test_questions_are_the_test_examples_under_the_view_asked_for() -> None:
    pytest.importorskip("mintune.models.answering")
    asked = questions(TASK, "none")
    assert [question.view for question in asked] == ["none"] * 8
    assert [question.example_id for question in asked] == [one.id for one in TEST]
    assert asked[0].choices == ("yes", "no")
