"""Which peak learning rate suits an adapter of which rank: groups by type (8), one for all (32), one a task (1).

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/ablation/rates.py

The data `few` of `run.py` under `mean`. Cells lie in `rates/`; `rates.md` has each rate's validation and test scores.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from statistics import fmean
from typing import Any

from run import CONDITIONS, RANK, Bench, Condition

from mintune.models.backbone import load_backbone
from mintune.records import Group, Grouping
from mintune.run import write_text

HERE = Path(__file__).parent
RATES = {"interaction": (0.005, 0.01, 0.02), "all": (0.0025, 0.005, 0.01), "single": (0.01, 0.0283, 0.08)}
"""Peak rates by grouping."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/ablation-rates"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--groupings", nargs="+", choices=RATES, default=list(RATES))
    arguments = parser.parse_args()
    backbone = load_backbone("mintune/tiny", features=arguments.out / "features")
    for seed in arguments.seeds:
        for name in arguments.groupings:
            for rate in RATES[name]:
                cell = HERE / "rates" / f"seed{seed}-{name}-{rate:g}.json"
                if not cell.exists():
                    bench = Bench(
                        backbone, "few", "interaction" if name == "interaction" else "all", seed, arguments.out
                    )
                    if name == "single":
                        bench.grouping, bench.rank = one_a_task(list(bench.shares)), 1
                    # What makes the rate of this rank the one that is wanted (`TuneSettings.rate_for`).
                    CONDITIONS["rate"] = Condition({"learning_rate": rate / math.sqrt(RANK / bench.rank)})
                    write_text(cell, json.dumps(bench.cell("rate") | {"rate": rate}, indent=1) + "\n")
    write_text(HERE / "rates.md", table())
    print(table())


def one_a_task(tasks: list[str]) -> Grouping:
    """Each task alone."""
    return Grouping(
        strategy="single",
        groups=tuple(Group(name=task, type=None, tasks=(task,)) for task in tasks),
        membership={task: {task: 1.0} for task in tasks},
    )


def table() -> str:
    """Mean scores over tasks by grouping and rate, a column a seed."""
    cells = [json.loads(path.read_text()) for path in sorted((HERE / "rates").glob("*.json"))]
    seeds = sorted({cell["cell"]["seed"] for cell in cells})
    lines = [
        "| grouping | rank | peak rate | " + " | ".join(f"seed {seed}, validation / test" for seed in seeds) + " |",
        "|---" * (3 + len(seeds)) + "|",
    ]
    for name, rates in RATES.items():
        for rate in rates:
            found = {
                cell["cell"]["seed"]: cell for cell in cells if (cell["cell"]["grouping"], cell["rate"]) == (name, rate)
            }
            if found:
                rank = next(iter(found.values()))["rank"]
                told = [
                    f"{mean(found[seed], 'validation'):.3f} / {mean(found[seed], 'test'):.3f}" if seed in found else ""
                    for seed in seeds
                ]
                lines.append(f"| {name} | {rank} | {rate:g} | {' | '.join(told)} |")
    return "\n".join(lines) + "\n"


def mean(cell: dict[str, Any], split: str) -> float:
    """The mean normalised score of a cell over its tasks."""
    return fmean(score["normalised"] for score in cell["scores"][split])


if __name__ == "__main__":
    main()
