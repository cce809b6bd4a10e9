"""Trackers: what is sent, that a resumed run sends no step twice, and what is said where a package is missing."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from accelerate.state import PartialState
from tests.tune.cases import InterruptedHereError, interrupt_at
from tests.tune.test_validation import tune

from mintune.config import parse_config
from mintune.errors import ConfigError
from mintune.models.backbone import Backbone
from mintune.tune import trackers
from mintune.tune.trackers import Trackers, check_installed


class Noting:
    """A tracker that keeps what it is sent, in place of one that takes a package or a network."""

    def __init__(self, sent: list[tuple[str, int, dict[str, float]]], run: str) -> None:
        self.sent = sent
        self.run = run

    def start(self) -> None:
        pass

    def log(self, values: dict[str, float], *, step: int) -> None:
        self.sent.append((self.run, step, values))

    def finish(self) -> None:
        pass


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, dict[str, float]]]:
    """What a tracker is sent: run, step, values."""
    found: list[tuple[str, int, dict[str, float]]] = []
    monkeypatch.setitem(trackers.STARTS, "tensorboard", lambda one: Noting(found, one._run))
    monkeypatch.setitem(trackers.NEEDS, "tensorboard", ("accelerate",))
    return found


def test_each_step_of_each_stretch_is_sent_once_though_the_run_was_killed(
    backbone: Backbone, tmp_path: Path, sent: list[tuple[str, int, dict[str, float]]]
) -> None:
    for step in (2, 5, 13):
        with pytest.raises(InterruptedHereError):
            tune(backbone, tmp_path, interrupt_at(step), trackers=("tensorboard",))
    tune(backbone, tmp_path, trackers=("tensorboard",))
    places = [(run, step) for run, step, _ in sent]
    assert len(places) == len(set(places))
    steps = {run.rsplit("-", 1)[0]: [step for other, step in places if other == run] for run, _ in places}
    assert steps == {
        "trunk": list(range(10)),
        "group-first": list(range(len(steps["group-first"]))),
        "group-second": list(range(len(steps["group-second"]))),
    }
    assert sum(len(found) for found in steps.values()) == 18 + 3  # every step, and each stretch's beginning


def test_what_is_sent_is_what_the_parquet_files_say(
    backbone: Backbone, tmp_path: Path, sent: list[tuple[str, int, dict[str, float]]]
) -> None:
    tune(backbone, tmp_path, trackers=("tensorboard",))
    for table, names in (
        ("losses", {"loss": "train/loss/{task}", "learning_rate": "train/learning_rate"}),
        ("validation", {"loss": "validation/loss/{task}", "metric": "validation/metric/{task}"}),
    ):
        rows = pq.read_table(tmp_path / "pairs" / "second" / f"{table}.parquet").to_pylist()
        runs = {"trunk": "trunk-", "branch": "group-second-"}
        for row in rows:
            values = next(
                values for run, step, values in sent if step == row["step"] and run.startswith(runs[row["part"]])
            )
            for column, name in names.items():
                assert values[name.format(task=row["task"])] == pytest.approx(row[column])
    beginnings = [values for _, step, values in sent if step == 0]
    assert all(not any(name.startswith("train/") for name in values) for values in beginnings)
    assert all(math.isfinite(value) for _, _, values in sent for value in values.values())
    last = sent[-1][2]
    assert last["validation/mean_loss"] == pytest.approx((last["validation/loss/bb"] + last["validation/loss/ccc"]) / 2)


def test_trackers_without_validation_send_what_training_sees(
    backbone: Backbone, tmp_path: Path, sent: list[tuple[str, int, dict[str, float]]]
) -> None:
    tune(backbone, tmp_path, validation=None, trackers=("tensorboard",), epochs=1)
    assert {name.split("/")[0] for _, _, values in sent for name in values} == {"train"}
    assert all({"train/learning_rate", "train/gradient_norm"} <= values.keys() for _, _, values in sent)


def test_tensorboard_gets_a_curve_for_each_value(backbone: Backbone, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with pytest.raises(InterruptedHereError):
        tune(backbone, tmp_path, interrupt_at(5), trackers=("tensorboard",))
    tune(backbone, tmp_path, trackers=("tensorboard",))
    (trunk,) = (tmp_path / "trackers" / "tensorboard").glob("trunk-*")
    events = EventAccumulator(str(trunk)).Reload()
    assert {"train/loss/a", "train/gradient_norm", "validation/loss/bb"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("train/learning_rate")] == list(range(1, 10))
    rows = pq.read_table(tmp_path / "pairs" / "first" / "validation.parquet").to_pylist()
    told = [row["loss"] for row in rows if row["part"] == "trunk" and row["task"] == "bb"]
    assert [event.value for event in events.Scalars("validation/loss/bb")] == pytest.approx(told)


def test_mlflow_goes_on_in_the_run_that_was_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(tmp_path.joinpath("mlruns").as_uri())
    PartialState()
    for steps in ((1, 2), (2, 3)):  # the second process sends step 2 again
        ours = Trackers(("mlflow",), tmp_path, run="trunk-x", inputs="x" * 32)
        for step in steps:
            ours.send(step, {"train/loss/a": 1.0 / step})
        ours.finish()
    (run,) = mlflow.search_runs(experiment_names=["mintune"], output_format="list")
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "train/loss/a")
    assert [(one.step, one.value) for one in history] == [(1, 1.0), (2, 0.5), (3, 1 / 3)]


def test_a_missing_package_says_what_to_install(
    backbone: Backbone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(trackers.NEEDS, "wandb", ("no_such_package",))
    words = "tune.trackers: wandb needs the package no_such_package; pip install no_such_package, or take wandb out"
    with pytest.raises(ConfigError, match=re.escape(words)):
        check_installed(("wandb",))
    with pytest.raises(ConfigError, match=r"tune\.trackers: wandb needs"):
        tune(backbone, tmp_path, trackers=("wandb",))
    assert list(tmp_path.iterdir()) == []  # before anything is spent


def test_an_unknown_tracker_names_those_there_are() -> None:
    with pytest.raises(ConfigError, match=r"unknown value 'tensorbord'; did you mean tensorboard\?"):
        parse_config({"tune": {"trackers": ["tensorbord"]}}, source="x")


def test_every_tracker_that_can_be_configured_can_be_started() -> None:
    for name in trackers.NEEDS:
        assert parse_config({"tune": {"trackers": [name]}}, source="x").tune.trackers == (name,)
    assert trackers.NEEDS.keys() == trackers.STARTS.keys()
