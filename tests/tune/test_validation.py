"""Validation while training: what it says, that it disturbs nothing, which state is kept, and when training stops."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.tune.cases import SETTINGS, InterruptedHereError, artefacts, interrupt_at, make_grouping, make_task, never

from mintune.config import TuneSettings, ValidationSettings, parse_config
from mintune.errors import ConfigError, RunError
from mintune.models.adapters import drop_adapter, load_adapter
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import show
from mintune.records import AdapterCard, Example, Suite, Task
from mintune.tune.course import Course, Found, Look
from mintune.tune.examining import Judge
from mintune.tune.job import make_job
from mintune.tune.loop import Progress
from mintune.tune.stage import tune_grouping
from mintune.tune.watching import MOST_NAMED, sentence

SUITE = Suite(
    tuple(make_task(name, size, validation=held) for name, size, held in (("a", 8, 5), ("bb", 6, 3), ("ccc", 4, 4)))
)
EVERY = ValidationSettings(steps=2)


def mark(task: Task, examples: Sequence[Example], answers: Sequence[str]) -> tuple[float, float]:
    right = sum(answer in example.targets for example, answer in zip(examples, answers, strict=True)) / len(answers)
    return right, (right - 0.5) / 0.5


JUDGE = Judge(version=1, mark=mark)


def tune(
    backbone: Backbone,
    folder: Path,
    progress: Progress | None = None,
    *,
    judge: Judge | None = JUDGE,
    suite: Suite = SUITE,
    **changes: object,
) -> list[AdapterCard]:
    settings = SETTINGS.model_copy(update={"validation": EVERY, **changes})
    return tune_grouping(
        make_job(backbone, suite, settings, seed=0, rank=2, judge=judge),
        make_grouping(),
        folder=folder / "pairs",
        progress=progress,
    )


def table(folder: Path, group: str) -> list[dict[str, object]]:
    return pq.read_table(folder / "pairs" / group / "validation.parquet").to_pylist()


def branch_losses(folder: Path, group: str) -> dict[int, dict[str, float]]:
    found: dict[int, dict[str, float]] = {}
    for row in table(folder, group):
        if row["part"] == "branch":
            found.setdefault(int(str(row["step"])), {})[str(row["task"])] = float(str(row["loss"]))
    return found


@pytest.fixture(scope="module")
def plain(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> list[AdapterCard]:
    """The same training without validation."""
    return tune(backbone, tmp_path_factory.mktemp("plain"), validation=None)


@pytest.fixture(scope="module")
def watched(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[AdapterCard]]:
    """At a rate at which validation gets worse before the end, so that the best state is not the last."""
    folder = tmp_path_factory.mktemp("watched")
    return folder, tune(backbone, folder, epochs=8, learning_rate=5e-2)


# ---------------------------------------------------------------------------------------------- the course, by itself

VALUES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=12)


def course_of(folder: Path, values: list[tuple[int, int]], settings: ValidationSettings) -> Course:
    course = Course(folder, settings, done=0)
    for number, (a, b) in enumerate(values):
        tasks = {"a": Found(a, 0.5, -a, 1), "b": Found(b, 0.5, -b, 1)}  # whole numbers add up without rounding
        course.note(Look(10 * number, 10 * len(values), tasks))
    return course


@given(values=VALUES, keep=st.sampled_from(["best_loss", "best_metric"]))
def test_the_first_state_with_the_best_mean_is_kept(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[int, int]], keep: str
) -> None:
    course = course_of(tmp_path_factory.mktemp("course"), values, ValidationSettings.model_validate({"keep": keep}))
    sums = [a + b for a, b in values]
    assert course.kept_step == 10 * sums.index(min(sums))
    verdict = course.verdict()
    for place, task in enumerate(("a", "b")):
        own = [value[place] for value in values]
        assert verdict.tasks[task].best_step == 10 * own.index(min(own))
        assert verdict.tasks[task].best_loss == min(own) <= verdict.tasks[task].loss


@given(values=VALUES, patience=st.integers(1, 4))
def test_training_is_over_after_so_many_validations_in_a_row_without_a_better_one(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[int, int]], patience: int
) -> None:
    course = course_of(tmp_path_factory.mktemp("course"), values, ValidationSettings(patience=patience))
    best, waited = float("inf"), 0
    for a, b in values:
        best, waited = (a + b, 0) if a + b < best else (best, waited + 1)
    assert course.is_over == (waited >= patience)


def test_a_course_that_was_killed_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    course = course_of(tmp_path, [(3, 3), (1, 1), (0, 0)], EVERY)
    course.save()
    resumed = Course(tmp_path, EVERY, done=15)
    assert resumed.kept_step == 10
    assert Course(tmp_path, EVERY, done=30).kept_step == 10  # what was beyond the checkpoint is gone for good
    assert not Course(tmp_path, EVERY, done=0).has_begun


# ---------------------------------------------------------------------------------------------------- while training


def test_looking_on_changes_no_weight(backbone: Backbone, plain: list[AdapterCard], tmp_path: Path) -> None:
    cards = tune(backbone, tmp_path, validation=ValidationSettings(steps=1, keep="last"))
    assert [card.fingerprint for card in cards] == [card.fingerprint for card in plain]
    assert [card.cost.steps for card in cards] == [card.cost.steps for card in plain]


def test_without_it_there_is_no_trace_of_it(backbone: Backbone, plain: list[AdapterCard], tmp_path: Path) -> None:
    assert all(card.validation is None for card in plain)
    tune(backbone, tmp_path, epochs=1)
    assert len(list(tmp_path.rglob("validation.*"))) == 5  # two adapters, two branches, one trunk
    tune(backbone, tmp_path, epochs=1, validation=None)
    assert list((tmp_path / "pairs").rglob("validation.*")) == []


def test_every_task_is_told_in_trunk_and_branch_from_beginning_to_end(watched: tuple[Path, list[AdapterCard]]) -> None:
    folder, cards = watched
    rows = table(folder, "second")
    planned = cards[1].validation.planned_steps if cards[1].validation else 0
    for part, tasks, steps in (("trunk", {"a", "bb", "ccc"}, 18), ("branch", {"bb", "ccc"}, planned)):
        told = [(row["step"], row["task"]) for row in rows if row["part"] == part]
        expected = sorted({*range(0, steps + 1, 2), steps})
        assert len(told) == len(set(told)) == len(tasks) * len(expected)
        assert {task for _, task in told} == tasks
        assert sorted({int(str(step)) for step, _ in told}) == expected
    assert all(0 <= float(str(row["metric"])) <= 1 for row in rows)


def test_the_kept_adapter_has_the_smallest_loss_of_all_that_were_looked_at(
    backbone: Backbone, watched: tuple[Path, list[AdapterCard]]
) -> None:
    folder, cards = watched
    before_the_end = 0
    for card in cards:
        assert card.validation is not None
        means = {step: sum(by.values()) / len(by) for step, by in branch_losses(folder, card.group).items()}
        assert means[card.validation.step] == min(means.values())
        before_the_end += card.validation.step < card.validation.planned_steps
        for name, told in card.validation.tasks.items():
            found = loss_of(backbone, folder / "pairs" / card.folder, SUITE[name])
            assert found == pytest.approx(told.loss, abs=1e-5)
            assert told.best_loss <= told.loss
    assert before_the_end, "the case is meant to have a group whose best state is not its last"


def loss_of(backbone: Backbone, adapter: Path, task: Task) -> float:
    """Asked anew of the saved adapter, all examples in one batch."""
    encoder = Encoder(backbone)
    shown = [show(task, example, "both") for example in task.validation]
    batch = encoder.collate(encoder.with_answers(shown, [example.targets[0] for example in task.validation]))
    load_adapter(backbone, adapter, "asked")
    with torch.no_grad():
        losses = answer_losses(backbone, batch)
    drop_adapter(backbone, "asked")
    return float(losses.mean())


def test_the_best_metric_is_kept_where_that_is_wanted(backbone: Backbone, tmp_path: Path) -> None:
    settings = ValidationSettings(steps=1, keep="best_metric")
    for card in tune(backbone, tmp_path, epochs=4, learning_rate=5e-2, validation=settings):
        assert card.validation is not None
        means: dict[int, float] = {}
        for row in table(tmp_path, card.group):
            if row["part"] == "branch":
                means[int(str(row["step"]))] = means.get(int(str(row["step"])), 0) + float(str(row["normalised"]))
        assert means[card.validation.step] == max(means.values())


def test_training_stops_early_and_the_card_says_what_that_saved(backbone: Backbone, tmp_path: Path) -> None:
    steps: list[int] = []
    # At this rate the first group gets worse after a few steps.
    changes = {"epochs": 8, "learning_rate": 1e-1, "validation": ValidationSettings(steps=1, patience=2)}
    whole = tune(backbone, tmp_path / "whole", **{**changes, "validation": None})
    cards = tune(backbone, tmp_path, lambda done, *_: steps.append(done), **changes)
    saved = {}
    for card, uninterrupted in zip(cards, whole, strict=True):
        told = card.validation
        assert told is not None
        saved[card.group] = told.planned_steps - told.trained_steps
        assert uninterrupted.cost.steps - card.cost.steps == saved[card.group]
        assert (uninterrupted.cost.examples > card.cost.examples) == (saved[card.group] > 0)
        assert max(branch_losses(tmp_path, card.group)) == told.trained_steps
        assert told.trained_steps - told.step == 2
        words = f"after {told.trained_steps} of {told.planned_steps} steps"
        text = (tmp_path / "pairs" / card.folder / "README.md").read_text()
        assert (words in text) == (saved[card.group] > 0)
    assert min(saved.values()) > 0
    assert steps[-1] == 36  # the bar is told of all steps, also of those left out

    before = artefacts(tmp_path)
    assert tune(backbone, tmp_path, never, **changes) == cards
    for adapter in (tmp_path / "pairs").rglob("adapter_model.safetensors"):
        adapter.write_bytes(b"")
    tune(backbone, tmp_path, never, **changes)
    assert artefacts(tmp_path) == before


INTERRUPTED = {"epochs": 8, "learning_rate": 1e-1, "checkpoint_steps": 3}


@pytest.fixture(scope="module", params=[None, 2], ids=["to the end", "stopped early"])
def whole(
    request: pytest.FixtureRequest, backbone: Backbone, tmp_path_factory: pytest.TempPathFactory
) -> tuple[ValidationSettings, dict[str, bytes]]:
    """Settings of validation, and what training with them ends in without interruption."""
    settings, folder = ValidationSettings(steps=1, patience=request.param), tmp_path_factory.mktemp("whole")
    tune(backbone, folder, **INTERRUPTED, validation=settings)
    return settings, artefacts(folder)


@pytest.mark.parametrize("steps", [[1], [17, 19], [20, 21, 22, 23], [18, 24, 29, 30]])
def test_interrupted_and_resumed_ends_in_the_same_bytes(
    backbone: Backbone, whole: tuple[ValidationSettings, dict[str, bytes]], tmp_path: Path, steps: list[int]
) -> None:
    settings, expected = whole
    for step in steps:
        with contextlib.suppress(InterruptedHereError):  # a step that was left out cannot interrupt
            tune(backbone, tmp_path, interrupt_at(step), **INTERRUPTED, validation=settings)
    tune(backbone, tmp_path, **INTERRUPTED, validation=settings)
    assert artefacts(tmp_path) == expected


def test_a_task_is_told_the_same_in_any_company(backbone: Backbone, tmp_path: Path) -> None:
    tune(backbone, tmp_path, epochs=1)
    alone = Suite((SUITE["a"],))
    settings = SETTINGS.model_copy(update={"epochs": 1, "validation": EVERY})
    one = make_grouping("one", all=("a",))
    tune_grouping(make_job(backbone, alone, settings, seed=0, rank=2), one, folder=tmp_path / "x" / "one")
    rows = pq.read_table(tmp_path / "x" / "one" / "all" / "validation.parquet").to_pylist()
    first = next(row for row in rows if row["step"] == 0)
    same = next(row for row in table(tmp_path, "first") if row["task"] == "a" and row["step"] == 0)
    assert first["loss"] == same["loss"]
    assert first["metric"] is None  # nobody was there to score


def test_no_more_examples_are_asked_than_wanted_and_test_examples_never(backbone: Backbone, tmp_path: Path) -> None:
    asked: list[str] = []

    def listening(task: Task, examples: Sequence[Example], answers: Sequence[str]) -> tuple[float, float]:
        asked.extend(example.id for example in examples)
        return mark(task, examples, answers)

    held_out = {example.id for task in SUITE.tasks for example in task.validation}
    with_test = Suite(
        tuple(
            replace(task, splits={**task.splits, "test": make_task(f"{task.name}-test", 3).train})
            for task in SUITE.tasks
        )
    )
    few = ValidationSettings(steps=2, examples=2)
    cards = tune(backbone, tmp_path, suite=with_test, judge=Judge(1, listening), epochs=1, validation=few)
    assert set(asked) <= held_out
    assert len(set(asked)) == 6
    assert (
        sum(card.validation.examples for card in cards if card.validation)
        == len([row for group in ("first", "second") for row in table(tmp_path, group) if row["part"] == "branch"]) * 2
    )


def test_weights_that_are_gone_say_what_to_delete(backbone: Backbone, tmp_path: Path) -> None:
    tune(backbone, tmp_path, epochs=1)
    for path in (*tmp_path.glob("branch-*/best-*"), *(tmp_path / "pairs").rglob("card.json")):
        path.unlink()
    with pytest.raises(RunError, match=r"best-\d+.safetensors: cannot be read .*; delete .*branch-\w+ to train again"):
        tune(backbone, tmp_path, epochs=1)


# -------------------------------------------------------------------------------------------- settings and the terminal


def test_what_is_off_or_only_tells_is_in_no_digest() -> None:
    before = {"rank", "epochs", "trunk", "objective", "mixture", "learning_rate", "batch_size"}
    assert not {"validation", "trackers", "checkpoint_steps"} & TuneSettings().deciding().keys()
    assert before <= TuneSettings().deciding().keys()
    assert TuneSettings(trackers=("tensorboard",)).deciding() == TuneSettings().deciding()
    assert TuneSettings(validation=EVERY).deciding()["validation"] == EVERY.model_dump()


def test_a_task_without_validation_examples_is_named(backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tune.validation: no validation examples in bb; .*leave"):
        tune(backbone, tmp_path, suite=Suite((SUITE["a"], make_task("bb", 6), SUITE["ccc"])))


def test_the_best_metric_takes_somebody_who_scores(backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="best_metric goes by scored answers"):
        tune(backbone, tmp_path, judge=None, validation=ValidationSettings(keep="best_metric"))


def test_patience_without_a_choice_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"tune.validation: patience waits for a better state, and keep: last"):
        parse_config({"tune": {"validation": {"keep": "last", "patience": 2}}}, source="x")


def test_the_terminal_hears_one_line_a_validation(backbone: Backbone, tmp_path: Path) -> None:
    lines: list[str] = []
    tune(backbone, tmp_path, judge=Judge(1, mark, lines.append), epochs=1)
    rows = [(row["part"], row["step"]) for group in ("first", "second") for row in table(tmp_path, group)]
    branches = len(branch_losses(tmp_path, "first")) + len(branch_losses(tmp_path, "second"))
    assert len(lines) == len({step for part, step in rows if part == "trunk"}) + branches
    assert lines[0].startswith("trunk, step 0 of 2, validation loss: a ")
    assert "best at step" in lines[-1]
    assert lines[-1].startswith("group second, step ")


def test_many_tasks_are_one_short_line(tmp_path: Path) -> None:
    found = {f"task-{number}": Found(number, number / 10, 0, 1) for number in range(MOST_NAMED + 1)}
    course = Course(tmp_path, ValidationSettings(keep="last"), done=0)
    course.note(Look(5, 10, found))
    line = sentence("trunk", course, found, 5)
    means = "mean of 9 tasks 4.000, lowest task-0 0.000 (0%), highest task-8 8.000 (80%)"
    assert line == f"trunk, step 5 of 10, validation loss: {means}"


def test_the_card_is_json_that_people_can_read(watched: tuple[Path, list[AdapterCard]]) -> None:
    folder, cards = watched
    body = json.loads((folder / "pairs" / "first" / "card.json").read_text())
    assert cards[0].validation is not None
    assert body["validation"]["step"] == cards[0].validation.step
    assert f"the state after step {cards[0].validation.step}" in (folder / "pairs" / "first" / "README.md").read_text()
