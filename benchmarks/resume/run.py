"""Kill a run at fifty random moments and compare what it leaves with a run that was never interrupted.

    .venv/bin/python benchmarks/resume/run.py --out build/resume --kills 50

Each round is a run of its own through the command line, `mintune run`, started again after every SIGKILL until it
ends by itself; rounds follow until there were as many kills as asked for. Moments are drawn evenly over the time that
an uninterrupted run takes, from the first import to the report. Everything in `profile`, `predictions`, `group`,
`tune` and `evaluate` must then be byte for byte that of the uninterrupted run, but for times: the keys `time` and
`seconds` of JSON files, and of the JSON in a Parquet file's metadata. `results.json` beside this file says how many
kills fell where, and what differed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from mintune.run import write_text

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("mintune")
STAGES = ("profile", "predictions", "group", "tune", "evaluate")
TIMES = ("time", "seconds")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=Path, default=HERE / "mintune.yaml")
    parser.add_argument("--out", type=Path, default=Path("build/resume"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    shutil.rmtree(arguments.out, ignore_errors=True)
    started = time.monotonic()
    whole = arguments.out / "uninterrupted"
    finish(start(arguments.config, whole))
    takes_s = time.monotonic() - started
    expected = artefacts(whole)
    print(f"an uninterrupted run takes {takes_s:.0f} s and leaves {len(expected)} artefacts", flush=True)
    draw = random.Random(arguments.seed)
    kills: list[dict[str, Any]] = []
    rounds: list[dict[str, Any]] = []
    while len(kills) < arguments.kills:
        folder = arguments.out / f"round{len(rounds)}"
        count = interrupt(arguments.config, folder, takes_s, draw, kills, arguments.kills)
        different = differences(expected, artefacts(folder))
        rounds.append({"kills": count, "different": different})
        print(f"round {len(rounds)}: {count} kills, {len(different)} artefacts differ", flush=True)
        results = {
            "kills": len(kills),
            "kills_after_writing": Counter(kill["stage"] for kill in kills),
            "artefacts": len(expected),
            "identical": not any(one["different"] for one in rounds),
            "rounds": rounds,
            "moments": kills,
            "uninterrupted_s": round(takes_s, 1),
            "threads": os.environ.get("OMP_NUM_THREADS", "all"),
            "config": arguments.config.read_text(),
        }
        write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")
    sys.exit(0 if results["identical"] else 1)


def start(config: Path, folder: Path) -> subprocess.Popen[bytes]:
    """The run in a process of its own, at its beginning or wherever the last one left it."""
    command = [str(path) for path in (PROGRAM, "run", "-c", config, "--run", folder, "--json")]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)


def finish(run: subprocess.Popen[bytes]) -> None:
    """Wait until the run ends by itself; its own message where it fails."""
    _, errors = run.communicate()
    if run.returncode != 0:
        sys.exit(f"the run ended with {run.returncode}: {errors.decode()[-2000:]}")


def interrupt(
    config: Path, folder: Path, takes_s: float, draw: random.Random, kills: list[dict[str, Any]], most: int
) -> int:
    """Kill one run again and again until it ends by itself or all kills are spent; returns how often it was killed."""
    count = 0
    while len(kills) < most:
        run = start(config, folder)
        after_s = draw.uniform(0, takes_s)
        try:
            run.wait(after_s)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.communicate()
            kills.append({"after_s": round(after_s, 2), "stage": newest(folder)})
            count += 1
            continue
        finish(run)
        return count
    finish(start(config, folder))
    return count


def newest(folder: Path) -> str:
    """The part of the run folder that was written last."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if not files:
        return "nothing"
    return max(files, key=lambda path: path.stat().st_mtime).relative_to(folder).parts[0]


def artefacts(folder: Path) -> dict[str, bytes]:
    """Every file that the stages left, by its path, without times; files that were never put in place do not count."""
    found = {}
    for path in sorted(path for stage in STAGES for path in (folder / stage).rglob("*") if path.is_file()):
        if path.suffix == ".partial":
            continue
        data = path.read_bytes()
        if path.suffix == ".json":
            data = json.dumps(without_times(json.loads(data))).encode()
        elif path.suffix == ".parquet":
            data = parquet_without_times(path)
        found[str(path.relative_to(folder))] = data
    return found


def parquet_without_times(path: Path) -> bytes:
    """Schema, metadata without times, and rows of a Parquet file; its bytes where no metadata of ours holds a time."""
    table = pq.read_table(path, partitioning=None)
    metadata = {name.decode(): json.loads(text) for name, text in (table.schema.metadata or {}).items()}
    timeless = without_times(metadata)
    if timeless == metadata:
        return path.read_bytes()
    return json.dumps([str(table.schema.remove_metadata()), timeless, table.to_pylist()]).encode()


def without_times(value: Any) -> Any:
    """The same plain data without the keys that say when and how long."""
    if isinstance(value, dict):
        return {key: without_times(inner) for key, inner in value.items() if key not in TIMES}
    return [without_times(inner) for inner in value] if isinstance(value, list) else value


def differences(expected: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    """Paths that are missing, too many, or differ."""
    return sorted(path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path))


if __name__ == "__main__":
    main()
