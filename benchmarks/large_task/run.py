"""What a task of a million rows takes beside three small ones: memory, and the time until tuning has begun.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/large_task/run.py

Writes JSONL (a million training rows that share a hundred pictures, 200 rows in each of three other tasks; validation
and test rows with pictures of their own) and then starts a process of its own for each of these, over one run folder:

    read      read the data for the first time, check it for leaks, and store it as Arrow
    open      open what was stored
    profile   ask `mintune/tiny` 50 examples a task under four views, and group the tasks
    tune      tune one adapter for all tasks; ends after twenty steps
    kept      encode as many training examples as tuning ever keeps in memory

Of each the largest resident memory (VmHWM), seconds and processor seconds, from the process's start; of `tune` also at
its first step. `results.json` lies beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mintune.config import Config, ProfileSettings, SuiteSettings, TaskSettings, TuneSettings
from mintune.progress import Advance, Silent
from mintune.run import RunFolder, write_text
from mintune.way import Way

HERE = Path(__file__).parent
COLOURS = ("red", "green", "blue", "white")
PICTURES = {"train": 100, "validation": 10, "test": 10}
HELD_OUT = 100
STEPS = 20
BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=200)
    parser.add_argument("--stage", choices=STAGES, help="do this over --folder, and print what it took")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--began", type=float, help="when the process was started, in seconds since the epoch")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    arguments = parser.parse_args()
    if arguments.stage is not None:
        watch = Marks(arguments.began)
        found = STAGES[arguments.stage](way_of(arguments.folder, watch))
        took = {"seconds": time.time() - arguments.began, "cpu_seconds": time.process_time(), "peak_gb": peak_gb()}
        print(json.dumps(took | watch.marks | found))
        return
    with tempfile.TemporaryDirectory() as folder:
        sizes = {"large": arguments.rows, **{f"small{number}": arguments.small for number in range(3)}}
        for number, (name, size) in enumerate(sizes.items()):
            write_task(Path(folder) / "data" / name, size, seed=number)
        results: dict[str, Any] = {
            "rows": sizes,
            "pictures": PICTURES,
            "machine": {"cores": os.cpu_count(), "load_average": os.getloadavg()},
            "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        }
        for stage in STAGES:
            results[stage] = child(stage, Path(folder))
            print(stage, json.dumps(results[stage]), flush=True)
        write_text(arguments.out, json.dumps(results, indent=1) + "\n")


def child(stage: str, folder: Path) -> dict[str, Any]:
    """What one stage took, in a process of its own."""
    command = [sys.executable, __file__, "--stage", stage, "--folder", str(folder), "--began", str(time.time())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{stage} ended with {done.returncode}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Marks(Silent):
    """Watches a run and notes when work on each thing was first done, in seconds since the process began."""

    def __init__(self, began: float) -> None:
        self.marks: dict[str, float] = {}
        self._began = began

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:  # noqa: ARG002 - the protocol names them
        """Notes the first advance."""
        first = f"first of {label.partition(',')[0]}"

        def advance(_done: int) -> None:
            if f"seconds to {first}" not in self.marks:
                self.marks |= {
                    f"seconds to {first}": time.time() - self._began,
                    f"cpu_seconds to {first}": time.process_time(),
                    f"peak_gb at {first}": peak_gb(),
                }

        yield advance


def way_of(folder: Path, watch: Marks) -> Way:
    config = Config(
        suite=SuiteSettings(tasks={path.name: TaskSettings(data=path) for path in sorted((folder / "data").iterdir())}),
        profile=ProfileSettings(examples=50, adapt="never"),
        group=Config().group.model_copy(update={"strategy": "all"}),
        tune=TuneSettings(rank=8, budget=str(STEPS * BATCH), batch_size=BATCH),
    )
    return Way(config, RunFolder(folder / "run"), watch)


def load(way: Way) -> dict[str, Any]:
    """Read the data, check it for leaks, store it."""
    suite = way.suite
    size = sum(path.stat().st_size for path in (way.run / "cache").rglob("*.arrow"))
    return {"examples": {task.name: len(task.train) for task in suite.tasks}, "stored_gb": size / 1e9}


def profile(way: Way) -> dict[str, Any]:
    """Profile and group the tasks, as `mintune group` does."""
    from mintune import pipeline

    pipeline.profile(way)
    pipeline.group(way, "all")
    return {}


def tune(way: Way) -> dict[str, Any]:
    """Tune as `mintune tune` does."""
    from mintune import pipeline

    [card] = pipeline.tune(way)
    return {"steps": card.cost.steps, "shown": card.cost.examples}


def keep(way: Way) -> dict[str, Any]:
    """Encode training examples until no more are kept."""
    from mintune.tune.rows import MOST_KEPT, Rows, look
    from mintune.tune.sampler import Slot

    rows = Rows(way.backbone, way.suite.tasks)
    look(way.backbone, way.suite.tasks)
    before, most = peak_gb(), min(MOST_KEPT, len(way.suite["large"].train))
    for begin in range(0, most, BATCH):
        slots = [Slot("large", index, 0) for index in range(begin, min(begin + BATCH, most))]
        for _ in rows.batches(rows.of(slots)):
            pass
    return {"encoded": most, "encoded_gb": peak_gb() - before}


STAGES = {"read": load, "open": load, "profile": profile, "tune": tune, "kept": keep}


def write_task(folder: Path, size: int, *, seed: int) -> None:
    """One JSONL file of rows whose pictures repeat and whose texts do not."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    for split, number in PICTURES.items():
        for place in range(number):
            pixels = Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8))
            pixels.save(folder / "images" / f"{split}{place}.png")
    with (folder / "examples.jsonl").open("w", encoding="utf-8") as lines:
        for split, rows in {"train": size, "validation": HELD_OUT, "test": HELD_OUT}.items():
            for place in range(rows):
                row = {
                    "id": f"{split}-{place}",
                    "split": split,
                    "images": [f"images/{split}{place % PICTURES[split]}.png"],
                    "instruction": "Say a colour.",
                    "text": f"{split} {place}: which colour has the ball in row {place * 7919 % 100_003} of the shelf?",
                    "target": COLOURS[place * 31 % 4],
                    "choices": COLOURS,
                }
                lines.write(json.dumps(row) + "\n")


def peak_gb() -> float:
    """Largest resident memory since this program began (`ru_maxrss` would count its parent's, too)."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / 1e9


if __name__ == "__main__":
    main()
