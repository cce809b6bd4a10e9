"""A small real backbone and suite for the tests of tuning, and a process to be killed in the middle of it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

import pytest
from tests.models.tiny_models import make_picture, make_qwen

from mintune.config import TuneSettings
from mintune.models.backbone import Backbone
from mintune.records import Example, Group, Grouping, Suite, Task
from mintune.run import digest
from mintune.tune.job import Job, make_job
from mintune.tune.loop import Progress
from mintune.tune.stage import tune_grouping

SETTINGS = TuneSettings(rank=2, epochs=4, trunk=0.5, batch_size=4, checkpoint_steps=3, learning_rate=1e-2)
COLOURS = ("red", "green", "blue")


def make_backbone() -> Backbone:
    return make_qwen()


def make_task(name: str, size: int, *, validation: int = 0) -> Task:
    examples = tuple(
        Example(
            id=f"{name}-{index}",
            images=() if index % 4 == 3 else (make_picture(index % 5),),
            text=f"{name} {index}",
            targets=(COLOURS[(index * 7 + len(name)) % 3],),
            choices=COLOURS,
        )
        for index in range(size + validation)
    )
    splits = {"train": examples[:size], "validation": examples[size:]}
    return Task(name, "What colour is it?", "exact_match", "colours", splits, digest(name, size, validation))


def make_suite() -> Suite:
    return Suite((make_task("a", 8), make_task("bb", 6), make_task("ccc", 4)))


def make_grouping(strategy: str = "pairs", **groups: tuple[str, ...]) -> Grouping:
    groups = groups or {"first": ("a",), "second": ("bb", "ccc")}
    return Grouping(
        strategy=strategy,
        groups=tuple(Group(name=name, type=None, tasks=tasks) for name, tasks in groups.items()),
        membership={task: {name: 1.0} for name, tasks in groups.items() for task in tasks},
    )


def artefacts(folder: Path) -> dict[str, bytes]:
    """Every file of a tuned grouping by its path, without times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "training.json" and path.suffix != ".partial":
            data = path.read_bytes()
            if path.name == "card.json":
                card = json.loads(data)
                card["provenance"].pop("time")
                card["cost"].pop("seconds")
                data = json.dumps(card).encode()
            found[str(path.relative_to(folder))] = data
    return found


class InterruptedHereError(Exception):
    """Raised in the place of a kill."""


def interrupt_at(*steps: int) -> Progress:
    def progress(done: int, _total: int, _loss: float) -> None:
        if done in steps:
            raise InterruptedHereError

    return progress


def never(done: int, _total: int, _loss: float) -> None:
    pytest.fail(f"step {done} was trained again")


def assert_an_interruption_leaves_no_trace(job: Job, folder: Path) -> None:
    """A job on the grouping of `make_grouping` that is interrupted near the end of its trunk and goes on ends alike."""
    for name, progress in (("whole", None), ("broken", interrupt_at(7)), ("broken", None)):
        ends_early = pytest.raises(InterruptedHereError) if progress else contextlib.nullcontext()
        with ends_early:
            tune_grouping(job, make_grouping(), folder=folder / name / "pairs", progress=progress)
    assert artefacts(folder / "broken") == artefacts(folder / "whole")


def main(folder: str) -> None:
    """Tune, telling on standard output how many steps are done, so that a parent can choose when to kill."""

    def progress(done: int, total: int, loss: float) -> None:
        os.write(1, b".")

    tune_grouping(
        make_job(make_backbone(), make_suite(), SETTINGS, seed=0, rank=2),
        make_grouping(),
        folder=Path(folder) / "pairs",
        progress=progress,
    )


if __name__ == "__main__":
    main(sys.argv[1])
