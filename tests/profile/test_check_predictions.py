"""Predictions made elsewhere are looked at before a profile is built on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.profile.check import check_predictions
from mintune.profile.predictions import write
from mintune.records import VIEWS, Prediction, Suite, Task
from mintune.tasks.findings import Finding


@pytest.fixture
def simulated() -> tuple[Task, list[Prediction]]:
    """A redundant task of 200 examples with the answers of a model that is right in 80 %."""
    return draw(World(PURE["redundancy"]), np.random.default_rng(0), name="mine")


def look(task: Task, predictions: Sequence[Prediction], folder: Path) -> list[Finding]:
    path = write(folder / "predictions.parquet", predictions)
    return check_predictions(Suite((task,)), path, without=folder / "run", hiding="drop")


def test_nothing_is_found_where_nothing_is_wrong(simulated: tuple[Task, list[Prediction]], tmp_path: Path) -> None:
    assert look(*simulated, tmp_path) == []


@pytest.mark.parametrize(("view", "severity"), [("none", "warning"), ("text", "error")])
def test_a_missing_view_is_found(
    simulated: tuple[Task, list[Prediction]], view: str, severity: str, tmp_path: Path
) -> None:
    task, predictions = simulated
    found = look(task, [one for one in predictions if one.view != view], tmp_path)
    assert ("no_view", severity) in [(one.code, one.severity) for one in found]
    assert view in next(one.message for one in found if one.code == "no_view")


def test_examples_without_a_view_are_one_finding(simulated: tuple[Task, list[Prediction]], tmp_path: Path) -> None:
    task, predictions = simulated
    first = sorted({one.example_id for one in predictions})[:3]
    [found] = look(task, [one for one in predictions if one.view != "text" or one.example_id not in first], tmp_path)
    assert (found.code, found.severity, found.count) == ("set_aside", "error", 3)
    assert "no prediction under view text" in found.message


def test_answers_to_test_examples_are_a_note_and_those_to_nothing_in_the_data_an_error(
    simulated: tuple[Task, list[Prediction]], tmp_path: Path
) -> None:
    task, predictions = simulated
    cut = replace(task, splits={"train": task.train[:-4], "test": task.train[-4:-1]})
    found = look(cut, predictions, tmp_path)
    assert [(one.severity, one.count, one.message.partition("example ")[2]) for one in found] == [
        ("note", 3, "00196: is a test example, which profiles leave alone"),
        ("error", 1, "00199: is not in the data, or was set aside from it"),
    ]


def test_answers_that_are_none_of_the_choices_are_found(
    simulated: tuple[Task, list[Prediction]], tmp_path: Path
) -> None:
    task, predictions = simulated
    lettered = [replace(one, answer=f"B. {one.answer}") if one.view == "both" else one for one in predictions]
    [found] = look(task, lettered, tmp_path)
    assert (found.code, found.severity, found.count) == ("answer_outside_choices", "warning", 200)
    assert found.where[0].endswith("view both")


def test_views_from_which_nothing_was_hidden_are_found(
    simulated: tuple[Task, list[Prediction]], tmp_path: Path
) -> None:
    task, predictions = simulated
    shown = [one for one in predictions if one.view == "both"]
    [found] = look(task, [replace(one, view=view) for one in shown for view in VIEWS], tmp_path)
    assert (found.code, found.severity) == ("nothing_hidden", "warning")
    assert "200 examples" in found.message


def test_a_model_that_says_the_same_to_everything_has_hidden_enough(
    simulated: tuple[Task, list[Prediction]], tmp_path: Path
) -> None:
    task, predictions = simulated
    [first, *_] = task.train
    assert first.choices is not None
    always = first.choices[0]
    assert look(task, [replace(one, answer=always, scores=None) for one in predictions], tmp_path) == []


def scored(one: Prediction, best: int) -> Prediction:
    """The prediction with a score for each of two choices, of which the one at `best` is the likeliest."""
    return replace(one, scores=tuple(-0.1 if place == best else -2.0 for place in range(2)))


def own(one: Prediction) -> int:
    """The place of an answer among the choices "answer 1" and "answer 2"."""
    return int(one.answer[-1]) - 1


def test_answers_that_their_own_scores_speak_against_are_found(
    simulated: tuple[Task, list[Prediction]], tmp_path: Path
) -> None:
    task, predictions = simulated
    assert look(task, [scored(one, own(one)) for one in predictions], tmp_path) == []
    turned = [scored(one, 1 - own(one) if one.view == "both" else own(one)) for one in predictions]
    [found] = look(task, turned, tmp_path)
    assert (found.code, found.severity, found.count) == ("not_the_likeliest", "warning", 200)
    assert found.message.startswith("200 of 800 answers are not the choice with the highest of their scores, such as")
    assert found.message.endswith("are scores in the order of the choices (answer 1, answer 2)?")
    assert found.where[0].endswith("view both")


def test_equal_scores_missing_ones_and_drawn_answers_speak_against_nothing(
    simulated: tuple[Task, list[Prediction]], tmp_path: Path
) -> None:
    task, predictions = simulated
    wrong = [scored(one, 1 - own(one)) for one in predictions]
    assert look(task, [replace(one, scores=(-1.0, -1.0)) for one in predictions], tmp_path) == []
    assert look(task, [*wrong[:-1], replace(wrong[-1], scores=None)], tmp_path) == []
    assert look(task, [replace(one, draw=draw) for one in wrong for draw in range(2)], tmp_path) == []


def test_an_answer_that_is_no_choice_is_told_of_once(simulated: tuple[Task, list[Prediction]], tmp_path: Path) -> None:
    task, predictions = simulated
    [found] = look(task, [replace(scored(one, own(one)), answer="perhaps") for one in predictions], tmp_path)
    assert found.code == "answer_outside_choices"


def test_rows_on_another_task_are_counted(simulated: tuple[Task, list[Prediction]], tmp_path: Path) -> None:
    task, predictions = simulated
    [found] = look(task, [*predictions, replace(predictions[0], task="other")], tmp_path)
    assert (found.task, found.code) == ("other", "set_aside")
    assert "1 row" in found.message
