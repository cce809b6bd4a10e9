"""Kill tuning after fifty random steps, under every objective and mixture; what follows must be as if never killed.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/resumption/run.py --out build/resumption

Each of 36 settings (the eight objectives and `mean` with `interaction`, each with the four mixtures) tunes two groups
of three tasks of the built-in world, of 54, 30 and 6 examples, on `mintune/tiny`: 24 steps, half of them a trunk, with
a checkpoint every four. A process of its own does each of them once without interruption. Then fifty processes do the
same and kill themselves (SIGKILL) after a step drawn by the seed, every setting being killed once before any is twice;
another process goes on from what each left. Compared are the losses of every step after the kill (`losses.parquet`
beside each adapter), and every file that is left, by its bytes without times. `results.json` holds every kill.

Processes are forked from one that has loaded libraries and weights, and has trained nothing: what a process that begins
from nothing does after a kill, `benchmarks/resume` compares. On one thread, as forks do not inherit others.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch
from safetensors import safe_open

from mintune.config import TuneSettings, WorldSettings
from mintune.models.backbone import Backbone, load_backbone
from mintune.records import Group, Grouping, Suite
from mintune.run import digest, write_text
from mintune.tasks.world import build_world
from mintune.tune.budget import budget_of
from mintune.tune.job import make_job
from mintune.tune.mixtures import MIXTURES
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.stage import tune_grouping

HERE = Path(__file__).parent
SIZES = {"part_colour": 54, "for_mia": 30, "ordered_colour": 6}
GROUPS = {"first": ("part_colour", "ordered_colour"), "second": ("for_mia",)}
BASE = TuneSettings(rank=4, epochs=1.6, batch_size=6, trunk=0.5, checkpoint_steps=4)
INTERACTION = 0.5
TIMES = ("time", "seconds")

Loaded = tuple[Backbone, Suite]


@dataclass(frozen=True)
class Setting:
    """What one training goes by; `objective` is one of OBJECTIVES, or `interaction`: `mean` with INTERACTION."""

    objective: str
    mixture: str

    @property
    def name(self) -> str:
        """Its folder's name."""
        return f"{self.objective}-{self.mixture}"

    @property
    def tune(self) -> TuneSettings:
        """BASE with this objective and mixture."""
        own = {"interaction": INTERACTION} if self.objective == "interaction" else {"objective": self.objective}
        return TuneSettings.model_validate(BASE.model_dump(exclude_unset=True) | own | {"mixture": self.mixture})


SETTINGS = tuple(Setting(objective, mixture) for objective in (*OBJECTIVES, "interaction") for mixture in MIXTURES)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/resumption"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    shutil.rmtree(arguments.out, ignore_errors=True)
    loaded = load_backbone("mintune/tiny"), suite(arguments.out)
    steps = budget_of(loaded[1], BASE).steps
    whole: dict[str, dict[str, bytes]] = {}
    kills: list[dict[str, Any]] = []
    for setting, step in drawn(arguments.kills, steps, arguments.seed):
        if setting.name not in whole:
            run(loaded, setting, arguments.out / "whole")
            whole[setting.name] = artefacts(arguments.out / "whole" / setting.name)
        place = f"kill{len(kills):02d}"
        run(loaded, setting, arguments.out / place, kill_after=step)
        left = checkpoints(arguments.out / place / setting.name)
        run(loaded, setting, arguments.out / place)
        kills.append(compared(setting, step, whole[setting.name], arguments.out, place) | {"left": left})
        print(f"{len(kills)} of {arguments.kills}: {json.dumps(kills[-1])}", flush=True)
        write_text(HERE / "results.json", json.dumps(summary(kills, whole, steps, arguments.seed), indent=1) + "\n")
    sys.exit(0 if all(kill["is_identical"] for kill in kills) else 1)


def drawn(kills: int, steps: int, seed: int) -> list[tuple[Setting, int]]:
    """Settings in a drawn order, each once before any comes again, with the step after which each is killed."""
    draw = random.Random(seed)
    order = [setting for _ in range(-(-kills // len(SETTINGS))) for setting in draw.sample(SETTINGS, len(SETTINGS))]
    return [(setting, draw.randint(1, steps - 1)) for setting in order[:kills]]


def run(loaded: Loaded, setting: Setting, folder: Path, *, kill_after: int | None = None) -> None:
    """Tune in a process of its own; it must end by itself, or be killed where it is told to be."""
    sys.stdout.flush()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            tune(loaded, setting, folder, kill_after)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(process, 0)
    if os.waitstatus_to_exitcode(status) != (0 if kill_after is None else -signal.SIGKILL):
        sys.exit(f"{setting.name} ended with {os.waitstatus_to_exitcode(status)}")


def tune(loaded: Loaded, setting: Setting, folder: Path, kill_after: int | None) -> None:
    """Tune the grouping under one setting, and die after a step where one is given."""

    def progress(done: int, _total: int, _loss: float) -> None:
        if done == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    backbone, tasks = loaded
    shares = {task: tuple(0.4 if place == own else 0.2 for place in range(4)) for own, task in enumerate(SIZES)}
    job = make_job(backbone, tasks, setting.tune, seed=0, rank=BASE.rank, profiled=shares)
    grouping = Grouping(
        strategy="pairs",
        groups=tuple(Group(name=name, type=None, tasks=tasks) for name, tasks in GROUPS.items()),
        membership={task: {name: 1.0} for name, tasks in GROUPS.items() for task in tasks},
    )
    tune_grouping(job, grouping, folder=folder / setting.name / "pairs", progress=progress)


def suite(out: Path) -> Suite:
    """Three tasks of the built-in world, cut to sizes at which all mixtures differ."""
    world = WorldSettings(examples=60, test_examples=10, tasks=tuple(SIZES))
    tasks = build_world(world, seed=0, cache=out / "world")
    return Suite(
        tuple(
            replace(
                task,
                splits={"train": task.train[: SIZES[task.name]]},
                fingerprint=digest(task.fingerprint, SIZES[task.name]),
            )
            for task in tasks
        )
    )


def checkpoints(folder: Path) -> dict[str, int]:
    """The step at which the checkpoint of each stretch stands, by the stretch's folder."""
    found = {}
    for path in sorted(folder.glob("*/training.safetensors")):
        with safe_open(path, framework="pt") as file:
            found[path.parent.name] = json.loads(file.metadata()["training"])["tally"]["step"]
    return found


def compared(setting: Setting, step: int, whole: dict[str, bytes], out: Path, place: str) -> dict[str, Any]:
    """One kill: where it fell, how many losses followed it, and what differs from the training that was not killed."""
    found = artefacts(out / place / setting.name)
    after = losses(out / place / setting.name, step), losses(out / "whole" / setting.name, step)
    different = sorted(path for path in whole.keys() | found.keys() if whole.get(path) != found.get(path))
    return {
        "objective": setting.objective,
        "mixture": setting.mixture,
        "after_step": step,
        "losses_after": len(after[1]),
        "losses_identical": after[0] == after[1],
        "different_files": different,
        "is_identical": not different and after[0] == after[1],
    }


def losses(folder: Path, step: int) -> list[tuple[Any, ...]]:
    """Group, part, step, task and loss of every row after a step of the whole training, as all adapters hold them.

    A trunk's steps come first, then those of the first group's branch, then the second's.
    """
    rows: list[tuple[Any, ...]] = []
    done = 0
    for group in GROUPS:
        table = pq.read_table(folder / "pairs" / group / "losses.parquet").to_pylist()
        for part in ("trunk", "branch"):
            its = [row for row in table if row["part"] == part]
            if part == "trunk" and done:
                continue
            rows += [
                (group, part, row["step"], row["task"], row["loss"], row["learning_rate"], row["gradient_norm"])
                for row in its
                if done + row["step"] > step
            ]
            done += max(row["step"] for row in its)
    return rows


def artefacts(folder: Path) -> dict[str, bytes]:
    """Every file that tuning left, by its path, without times; files that were never put in place do not count."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".partial"):
        data = path.read_bytes()
        if path.suffix == ".json":
            data = json.dumps(without_times(json.loads(data))).encode()
        found[str(path.relative_to(folder))] = data
    return found


def without_times(value: Any) -> Any:
    """The same plain data without the keys that say when and how long."""
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def summary(kills: list[dict[str, Any]], whole: dict[str, dict[str, bytes]], steps: int, seed: int) -> dict[str, Any]:
    """How many kills left no trace, and how many different trainings they were kills of."""
    weights = {
        name: digest(*(data.hex() for path, data in files.items() if path.endswith("adapter_model.safetensors")))
        for name, files in whole.items()
    }
    return {
        "kills": len(kills),
        "identical": sum(kill["is_identical"] for kill in kills),
        "losses_identical": sum(kill["losses_identical"] for kill in kills),
        "losses_compared": sum(kill["losses_after"] for kill in kills),
        "settings": len(whole),
        "settings_with_weights_of_their_own": len(set(weights.values())),
        "steps": steps,
        "seed": seed,
        "sizes": SIZES,
        "tune": BASE.model_dump(mode="json", exclude_unset=True),
        "each": kills,
    }


if __name__ == "__main__":
    main()
