"""Do the whole way on the real tasks beside the checkout, and keep its records here.

    .venv/bin/python benchmarks/real/run.py

Runs `mintune run -c configs/real.yaml` in a process of its own (again: goes on where it stopped) and writes beside this
file `profile.json` without bootstrap replicates, `group.json`, `scores.json`, and `cost.json`: minutes, CPU minutes and
gigabytes of that process. Paths of data are relative to the checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mintune.run import write_text

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
RECORDS = {"profile": "profile/knowledge.json", "group": "group/interaction.json", "scores": "evaluate/scores.json"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--run", type=Path, default=CHECKOUT / "build" / "real")
    arguments = parser.parse_args()
    started = time.monotonic()
    program = Path(sys.executable).with_name("mintune")
    subprocess.run([program, "run", "-c", CHECKOUT / "configs" / "real.yaml", "--run", arguments.run], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = {
        "minutes": round((time.monotonic() - started) / 60, 1),
        "cpu_minutes": round((used.ru_utime + used.ru_stime) / 60, 1),
        "gigabytes": round(used.ru_maxrss / 1e6, 2),
        "cores": os.cpu_count(),
    }
    write_text(HERE / "cost.json", json.dumps(cost, indent=1) + "\n")
    keep(arguments.run)


def keep(run: Path) -> None:
    """Copy the records of a run, without what is only bulk."""
    for name, place in RECORDS.items():
        record: dict[str, Any] = json.loads((run / place).read_text())
        for profile in record.get("profiles", []):
            del profile["replicates"]
        text = json.dumps(record, indent=1).replace(f"{CHECKOUT.parent}/", "../")
        write_text(HERE / f"{name}.json", text + "\n")


if __name__ == "__main__":
    main()
