"""What a million predictions take to be imported and profiled: memory, and processor time beside it.

    .venv/bin/python benchmarks/million/run.py

Writes 250,000 simulated examples of forty tasks under four views with scores and gold (one Parquet file a task) and
profiles them through the command line, without data, backbone or configuration. `results.json` lies beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from mintune.records import VIEWS
from mintune.run import write_text

HERE = Path(__file__).parent
ANSWERS = tuple("abcd")
KNOWS = {"redundancy": (0, 1, 1, 1), "unique_image": (0, 1, 0, 1), "unique_text": (0, 0, 1, 1), "synergy": (0, 0, 0, 1)}
SURE = 0.85


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=40)
    parser.add_argument("--examples", type=int, default=6250)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        types = [list(KNOWS)[number % len(KNOWS)] for number in range(arguments.tasks)]
        for number, kind in enumerate(types):
            write_task(Path(folder) / "predictions", f"task{number:02d}", KNOWS[kind], arguments.examples, number)
        found = profile(Path(folder))
    profiles = {one["task"]: one["type"] for one in found.pop("document")["profiles"]}
    right = sum(profiles[f"task{number:02d}"] == kind for number, kind in enumerate(types))
    results = {
        "predictions": arguments.tasks * arguments.examples * len(VIEWS),
        "tasks": arguments.tasks,
        "typed_as_drawn": right,
        **found,
    }
    print(json.dumps(results, indent=1))
    write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")


def write_task(folder: Path, name: str, knows: tuple[int, ...], size: int, seed: int) -> None:
    """A task's predictions: a view that knows is right in 85 of 100 examples, any other guesses."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(len(ANSWERS), size=size)
    columns: dict[str, list[Any]] = {key: [] for key in ("task", "example_id", "view", "answer", "scores", "gold")}
    for view, is_told in zip(VIEWS, knows, strict=True):
        guess = rng.integers(len(ANSWERS), size=size)
        said = np.where((rng.random(size) < SURE) & bool(is_told), gold, guess)
        chances = np.full((size, len(ANSWERS)), -2.0)
        chances[np.arange(size), said] = -0.3
        columns["task"] += [name] * size
        columns["example_id"] += [f"{number:06d}" for number in range(size)]
        columns["view"] += [view] * size
        columns["answer"] += [ANSWERS[place] for place in said]
        columns["scores"] += chances.tolist()
        columns["gold"] += [[ANSWERS[place]] for place in gold]
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def profile(folder: Path) -> dict[str, Any]:
    """The document that `mintune profile` prints, with its largest memory and its processor seconds."""
    command = [sys.executable, "-m", "mintune.cli", "profile", "--predictions", "predictions", "--run", "run", "--json"]
    with (folder / "out.json").open("w") as out:
        child = subprocess.Popen(command, cwd=folder, stdout=out)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"mintune profile ended with status {status}")
    return {
        "largest_memory_gb": usage.ru_maxrss / 1e6,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "document": json.loads((folder / "out.json").read_text()),
    }


if __name__ == "__main__":
    main()
