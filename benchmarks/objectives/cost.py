"""What an objective costs beside the mean: time of a step with ten tasks in its batch, and peak memory.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/objectives/cost.py

Objectives take turns over the same steps in one process, on processor time; peak memory is that of a process of its own
for each, which takes the same steps. `cost.json` beside this file holds every time measured.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from mintune.config import WorldSettings
from mintune.models.adapters import attach, trainable_parameters
from mintune.models.backbone import load_backbone
from mintune.records import Suite
from mintune.run import write_text
from mintune.tasks.world.build import build_world
from mintune.tune.budget import Budget
from mintune.tune.loop import backward
from mintune.tune.mixtures import MIXTURES
from mintune.tune.objectives import OBJECTIVES
from mintune.tune.rows import Rows, look
from mintune.tune.sampler import Sampler

HERE = Path(__file__).parent
TASKS = (
    *("part_colour", "blue_part", "password", "red_points", "star_place"),
    *("label_word", "ordered_colour", "tom_needs", "buyer_colour", "right_word"),
)
STEPS = 12


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--batch", type=int, default=40, help="examples a step")
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--cache", type=Path, default=Path("build/objectives"))
    parser.add_argument("--out", type=Path, default=HERE / "cost.json")
    parser.add_argument("--peak", choices=OBJECTIVES, help="only take the steps of one, and print the peak in bytes")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.peak:
        Steps(arguments.batch, arguments.rank, arguments.cache).take(arguments.peak)
        print(peak_of_this_process())
        return
    steps = Steps(arguments.batch, arguments.rank, arguments.cache)
    for name in OBJECTIVES:
        steps.take(name)
    seconds: dict[str, list[float]] = {name: [] for name in OBJECTIVES}
    for repeat in range(arguments.repeats):
        names = list(OBJECTIVES)
        for name in names[repeat % len(names) :] + names[: repeat % len(names)]:
            began = time.process_time()
            steps.take(name)
            seconds[name].append((time.process_time() - began) / STEPS)
    peaks = {name: peak(name, arguments.batch, arguments.rank, arguments.cache) for name in OBJECTIVES}
    found: dict[str, Any] = {
        "settings": {"tasks": TASKS, "batch": arguments.batch, "rank": arguments.rank, "steps": STEPS},
        "machine": {"cores": os.cpu_count(), "torch": torch.__version__, "load_average": os.getloadavg()},
        "adapter_bytes": 4 * steps.num_parameters,
        "cpu_seconds_a_step": seconds,
        "times_the_mean": {name: ratio(spent, seconds["mean"]) for name, spent in seconds.items()},
        "peak_bytes": peaks,
        "bytes_above_the_mean": {name: one - peaks["mean"] for name, one in peaks.items()},
    }
    write_text(arguments.out, json.dumps(found, indent=1) + "\n")
    print(
        json.dumps({key: found[key] for key in ("times_the_mean", "adapter_bytes", "bytes_above_the_mean")}, indent=1)
    )


class Steps:
    """The gradients of the first steps of a training on ten tasks; weights stay as they are."""

    def __init__(self, batch: int, rank: int, cache: Path) -> None:
        tasks = build_world(WorldSettings(examples=64, test_examples=10, tasks=TASKS), seed=0, cache=cache)
        self._backbone = load_backbone("mintune/tiny")
        attach(self._backbone, rank=rank, seed=0, name="timed")
        self.num_parameters = trainable_parameters(self._backbone, rank)
        self._rows = Rows(self._backbone, Suite(tuple(tasks)).tasks)
        look(self._backbone, tasks)
        sizes = {task.name: len(task.train) for task in tasks}
        budget = Budget(examples=STEPS * batch, steps=STEPS)
        self._sampler = Sampler(sizes, MIXTURES["uniform"](sizes), budget, seed=0)
        self._accelerator = Accelerator(cpu=True)

    def take(self, name: str) -> None:
        """Every step's forward and backward passes and the objective's weighing."""
        for step in range(STEPS):
            backward(
                self._backbone,
                self._rows,
                self._sampler.batch(step),
                self._accelerator,
                OBJECTIVES[name],
                memory={},
                seed=step,
            )
            self._backbone.model.zero_grad()


def peak(name: str, batch: int, rank: int, cache: Path) -> int:
    """Peak resident bytes of a process that takes the steps of one objective."""
    command = [sys.executable, __file__, "--peak", name, f"--batch={batch}", f"--rank={rank}", f"--cache={cache}"]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def peak_of_this_process() -> int:
    """Peak resident bytes since this program began (`ru_maxrss` would count its parent's, too)."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def ratio(spent: Sequence[float], mean: Sequence[float]) -> dict[str, float]:
    """Repeat by repeat, how many times as long."""
    times = [one / other for one, other in zip(spent, mean, strict=True)]
    return {"median": statistics.median(times), "low": min(times), "high": max(times)}


if __name__ == "__main__":
    main()
