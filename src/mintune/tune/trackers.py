"""Send what training sees to TensorBoard, Weights & Biases or MLflow, through Accelerate's trackers.

A stretch of training is one run of a tracker, named by what is trained and the digest of what decides it. Which steps
were sent is noted in `tune/trackers/`, so that a resumed run sends none of them again: a kill can send the one step
twice that it fell into. Only the main process sends.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from mintune.errors import ConfigError, TrainingError
from mintune.run import Journal, digest

PROJECT = "mintune"
"""The project at Weights & Biases where WANDB_PROJECT names none, and the experiment of MLflow likewise."""

NEEDS = {"tensorboard": ("tensorboard", "tensorboardX"), "wandb": ("wandb",), "mlflow": ("mlflow",)}
"""Packages of which each tracker takes one; the first is what to install."""


def check_installed(names: tuple[str, ...]) -> None:
    """ConfigError where no package that a tracker takes is there."""
    for name in names:
        if not any(_is_there(package) for package in NEEDS[name]):
            raise ConfigError(
                f"tune.trackers: {name} needs the package {NEEDS[name][0]}; pip install {NEEDS[name][0]}, or take "
                f"{name} out of the list"
            )


def _is_there(package: str) -> bool:
    try:
        import_module(package)
    except ImportError:
        return False
    return True


class Trackers:
    """The trackers of one stretch of training; they are started with the first step that is sent."""

    def __init__(self, names: tuple[str, ...], folder: Path, *, run: str, inputs: str) -> None:
        """`folder` holds what trackers keep; `run` names the stretch, `inputs` is the digest of what decides it."""
        self._names = names
        self._folder = folder
        self._run = run
        self._id = digest(inputs, str(folder.resolve()))  # the same training in another run is another curve
        self._started: list[Any] | None = None
        self._journal = Journal(folder / f"{run}.jsonl") if names else None
        self._last = max((row["step"] for row in self._journal or () if "step" in row), default=-1)

    def send(self, step: int, values: Mapping[str, float]) -> None:
        """Send the values of a step, unless that was done before. TrainingError where a tracker cannot be reached."""
        if self._journal is None or step <= self._last:
            return
        if self._started is None:
            self._started = [self._start(name) for name in self._names]
        for tracker in self._started:
            tracker.log(dict(values), step=step)
        self._last = step
        self._journal.append([{"step": step}])

    def finish(self) -> None:
        """Close what was started."""
        for tracker in self._started or ():
            tracker.finish()
        self._started = None

    def _start(self, name: str) -> Any:
        tracker = STARTS[name](self)
        try:
            tracker.start()
        except _failures(name) as error:
            raise TrainingError(
                f"tune.trackers: {name} cannot be started ({error}); mend that, or take {name} out of the list"
            ) from error
        return tracker

    def _tensorboard(self) -> Any:
        from accelerate.tracking import TensorBoardTracker

        return TensorBoardTracker(self._run, self._folder / "tensorboard")

    def _wandb(self) -> Any:
        from accelerate.tracking import WandBTracker

        self._folder.mkdir(parents=True, exist_ok=True)
        project = os.environ.get("WANDB_PROJECT", PROJECT)
        return WandBTracker(project, name=self._run, id=self._id, resume="allow", dir=str(self._folder))

    def _mlflow(self) -> Any:
        from accelerate.tracking import MLflowTracker

        assert self._journal is not None
        before = [row["mlflow"] for row in self._journal if "mlflow" in row]
        tracker = MLflowTracker(PROJECT, run_id=before[-1] if before else None, run_name=self._run)
        return _Noted(tracker, self._journal)


class _Noted:
    """MLflow's tracker, which names its run itself: the name is noted, so that a resumed run goes on in it."""

    def __init__(self, tracker: Any, journal: Journal) -> None:
        self._tracker = tracker
        self._journal = journal

    def start(self) -> None:
        self._tracker.start()
        self._journal.append([{"mlflow": self._tracker.tracker.info.run_id}])

    def log(self, values: dict[str, float], *, step: int) -> None:
        self._tracker.log(values, step=step)

    def finish(self) -> None:
        self._tracker.finish()


STARTS: dict[str, Callable[[Trackers], Any]] = {
    "tensorboard": Trackers._tensorboard,
    "wandb": Trackers._wandb,
    "mlflow": Trackers._mlflow,
}


def _failures(name: str) -> tuple[type[Exception], ...]:
    """What a tracker raises where it cannot be reached or may not be used."""
    if name == "wandb":
        return (OSError, import_module("wandb").Error)
    if name == "mlflow":
        return (OSError, import_module("mlflow.exceptions").MlflowException)
    return (OSError,)
