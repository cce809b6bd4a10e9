"""Which objectives and mixtures earn their place: groups by type and one adapter for all, few examples and many.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/ablation/run.py --seeds 0 2 4 & \
    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/ablation/run.py --seeds 1 3

A cell (seed, data, grouping, condition) is a file in `cells/` beside this file, written when it is done; one that is
there is not run again, and one that was interrupted goes on where it stopped. `table.py` makes the tables.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mintune.config import TuneSettings, WorldSettings
from mintune.evaluate.stage import Exam, questions, score_predictions, set_exams
from mintune.inquiry import by_task
from mintune.models.adapters import loaded
from mintune.models.answering import answer
from mintune.models.backbone import Backbone, load_backbone
from mintune.records import TYPES, AdapterCard, Group, Grouping, Provenance, Score, Suite, Task
from mintune.run import digest, provenance, write_text
from mintune.tasks.world.build import build_world
from mintune.tune.chosen import Chosen
from mintune.tune.job import make_job
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.objectives.interaction import Shares
from mintune.tune.stage import tune_grouping

HERE = Path(__file__).parent
RANK = 8
EPOCHS = 4.0
FEW, MANY = 32, 128
UNEQUAL = (32, 224)
"""Training examples of every second task of a type, and of the others: as many in all as MANY a task."""
TEST = 50


@dataclass(frozen=True)
class Condition:
    """Settings beside `mean`, `proportional` and EPOCHS passes, and the profile that `interaction` goes by."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    swapped: bool = False


CONDITIONS: dict[str, Condition] = {
    "mean": Condition(),
    **{name: Condition({"objective": name}) for name in OBJECTIVES if name != "mean"},
    "interaction": Condition({"interaction": 0.5}),
    "interaction, wrong type": Condition({"interaction": 0.5}, swapped=True),
    "mean, as many rows": Condition({"epochs": 1.5 * EPOCHS}),
}
"""`as many rows`: what `interaction` shows a second time is spent on more passes."""

MIXTURES: dict[str, Condition] = {
    "proportional": Condition(),
    **{name: Condition({"mixture": name}) for name in ("temperature", "unimax", "uniform")},
}

DATA: dict[str, dict[str, Condition]] = {"few": CONDITIONS, "many": CONDITIONS, "unequal": MIXTURES}

EVERY = {"few": 1, "many": 3, "unequal": 3}
"""Which tasks of a type are taken: more examples, fewer tasks."""

WRONG = {"redundancy": "synergy", "synergy": "redundancy", "unique_image": "unique_text", "unique_text": "unique_image"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/ablation"))
    parser.add_argument("--cells", type=Path, default=HERE / "cells")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--groupings", nargs="+", choices=["interaction", "all"], default=["interaction", "all"])
    parser.add_argument("--conditions", nargs="+", metavar="NAME", help="all, if not given; quote what has spaces")
    arguments = parser.parse_args()
    backbone = load_backbone("mintune/tiny", features=arguments.out / "features")
    for seed in arguments.seeds:
        for grouping in arguments.groupings:
            for data in arguments.data:
                names = wanted(data, arguments.conditions)
                todo = {name: place(arguments.cells, seed, data, grouping, name) for name in names}
                todo = {name: path for name, path in todo.items() if not path.exists()}
                if todo:
                    bench = Bench(backbone, data, grouping, seed, arguments.out)
                    for name, path in todo.items():
                        write_text(path, json.dumps(bench.cell(name), indent=1) + "\n")


def wanted(data: str, names: list[str] | None) -> list[str]:
    """The conditions of these data that are among `names`."""
    return [name for name in DATA[data] if names is None or name in names]


def place(cells: Path, seed: int, data: str, grouping: str, name: str) -> Path:
    """Where a cell lies."""
    return cells / f"seed{seed}-{data}-{grouping}-{name.replace(', ', '-').replace(' ', '-')}.json"


class Bench:
    """The world of one seed with few or many examples, grouped in one way, and what its scores are measured by."""

    def __init__(self, backbone: Backbone, data: str, grouping: str, seed: int, out: Path) -> None:
        self._backbone, self._data, self._seed = backbone, data, seed
        self._out = out / f"seed{seed}" / data / grouping
        size = {"few": FEW, "many": MANY, "unequal": max(UNEQUAL)}[data]
        world = WorldSettings(examples=size, test_examples=TEST)
        tasks = build_world(world, seed=seed, cache=out / f"seed{seed}" / "cache")
        tasks = tuple(task for number, task in numbered(tasks) if number % EVERY[data] == 0)
        self.suite = Suite(unequal(tasks) if data == "unequal" else tasks)
        self.shares = {task.name: built(task) for task in tasks}
        self.grouping = by_type(self.shares) if grouping == "interaction" else as_one(self.shares)
        self.rank = RANK if grouping == "interaction" else RANK * len(TYPES)
        self._exams = {split: self._set_exams(split) for split in ("test", "validation")}

    def cell(self, name: str) -> dict[str, Any]:
        """Tune and score under one condition."""
        condition = DATA[self._data][name]
        settings = TuneSettings(**{"rank": RANK, "epochs": EPOCHS, "trunk": 0.0, **condition.settings})
        folder = self._out / digest(name)
        began = time.process_time()
        profiled = {task: wrong(found) for task, found in self.shares.items()} if condition.swapped else self.shares
        job = make_job(self._backbone, self.suite, settings, seed=self._seed, rank=self.rank, profiled=profiled)
        cards = tune_grouping(job, self.grouping, folder=folder / "tuned")
        seconds = time.process_time() - began
        scores = {split: self._score(split, cards, folder / "tuned", name) for split in self._exams}
        shutil.rmtree(folder)
        means = {split: sum(score.normalised for score in found) / len(found) for split, found in scores.items()}
        print(
            f"seed {self._seed}, {self._data}, {self.grouping.strategy}, {name}: {means}, {seconds:.0f} CPU-s",
            flush=True,
        )
        return {
            "cell": {"seed": self._seed, "data": self._data, "grouping": self.grouping.strategy, "condition": name},
            "provenance": self._provenance(name, settings).model_dump(mode="json"),
            "types": {task.name: task.built_type for task in self.suite.tasks},
            "sizes": {task.name: len(task.train) for task in self.suite.tasks},
            "cpu_seconds": seconds,
            "rank": self.rank,
            "cost": [card.cost.model_dump(mode="json") for card in cards],
            "scores": {split: [score.model_dump(mode="json") for score in found] for split, found in scores.items()},
        }

    def _provenance(self, name: str, settings: TuneSettings) -> Provenance:
        data = {task.name: task.fingerprint for task in self.suite.tasks}
        base = f"{self._backbone.name} {self._backbone.fingerprint}"
        return provenance("tune", digest(name), config=settings, seed=self._seed, data=data, backbone=base)

    def _score(self, split: str, cards: list[AdapterCard], folder: Path, name: str) -> list[Score]:
        found = {}
        for card in cards:
            asked = [one for task in self._seen(split) if task.name in card.tasks for one in questions(task, "both")]
            with loaded(self._backbone, folder / card.folder, "asked"):
                found |= by_task(answer(self._backbone, asked, adapter="asked"))
        return score_predictions(self._exams[split], found, strategy=name, seed=self._seed, confidence=0.95)

    def _set_exams(self, split: str) -> list[Exam]:
        tasks = self._seen(split)
        blind = answer(self._backbone, [one for task in tasks for one in questions(task, "none")])
        return set_exams(Suite(tuple(tasks)), by_task(blind))

    def _seen(self, split: str) -> list[Task]:
        """The tasks with this split in the place of the test examples."""
        return [
            dataclasses.replace(task, splits={"train": task.train, "test": task.splits[split]})
            for task in self.suite.tasks
        ]


def built(task: Task) -> Shares:
    """The shares that the task was built with."""
    assert task.built_shares is not None
    return task.built_shares


def wrong(shares: Shares) -> Shares:
    """The same of a task of the wrong type."""
    by_type_of = dict(zip(TYPES, shares, strict=True))
    redundancy, image, text, synergy = (by_type_of[WRONG[kind]] for kind in TYPES)
    return redundancy, image, text, synergy


def by_type(shares: Mapping[str, Shares]) -> Grouping:
    """One group a type; a mixture goes with its largest share."""
    homes = {task: TYPES[found.index(max(found))] for task, found in shares.items()}
    groups = tuple(
        Group(name=kind, type=kind, tasks=tuple(task for task, home in homes.items() if home == kind)) for kind in TYPES
    )
    return Grouping(
        strategy="interaction", groups=groups, membership={task: {home: 1.0} for task, home in homes.items()}
    )


def as_one(shares: Mapping[str, Shares]) -> Grouping:
    """All tasks together."""
    membership = {task: {"all": 1.0} for task in shares}
    return Grouping(strategy="all", groups=(Group(name="all", type=None, tasks=tuple(shares)),), membership=membership)


def numbered(tasks: tuple[Task, ...]) -> Iterator[tuple[int, Task]]:
    """Tasks with their number among those of their type."""
    counts: Counter[str] = Counter()
    for task in tasks:
        yield counts[task.built_type], task
        counts[task.built_type] += 1


def unequal(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
    """Every second task of a type with few training examples, the others with many."""
    found = []
    for number, task in numbered(tasks):
        size = min(UNEQUAL[number % 2], len(task.train))
        train = Chosen(task.train, range(size))
        found.append(
            dataclasses.replace(
                task, splits={**task.splits, "train": train}, fingerprint=digest(task.fingerprint, size)
            )
        )
    return tuple(found)


if __name__ == "__main__":
    main()
