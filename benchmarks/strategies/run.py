"""Which way of grouping tunes best, at equal budget and at convergence, with and without a trunk.

    .venv/bin/python benchmarks/strategies/run.py --seeds 0 1 2

The answers of one profile a seed serve all of its cells. A cell (seed, budget, trunk) is a file in `cells/` beside this
file, written when it is done; one that is there is not run again, and one that was interrupted goes on where it
stopped. So cells can be spread over days and over processes (`OMP_NUM_THREADS=1`, one seed each). `table.py` makes the
tables.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from mintune import pipeline
from mintune.cli.console import TerminalWatch
from mintune.config import (
    Config,
    EvaluateSettings,
    GroupSettings,
    ProfileSettings,
    SuiteSettings,
    TuneSettings,
    WorldSettings,
)
from mintune.run import RunFolder, write_text

HERE = Path(__file__).parent
STRATEGIES = ("interaction", "delta", "all", "single", "random", "domain")
BUDGETS = {"equal": 4.0, "convergence": 12.0}
RATES = {"equal": None, "convergence": 0.005}
"""At mintune's own rate, .01, twelve epochs break an adapter of rank 32 (`rate_0.01/`): all get half of it."""
TRUNKS = (0.5, 0.0)


def config(seed: int, *, trunk: float, budget: str, examples: int) -> Config:
    """The settings of one cell; what is not named here is mintune's default."""
    return Config(
        seed=seed,
        suite=SuiteSettings(world=WorldSettings(examples=examples, test_examples=100)),
        profile=ProfileSettings(examples=examples),
        group=GroupSettings(random_draws=3),
        tune=TuneSettings(trunk=trunk, epochs=BUDGETS[budget], learning_rate=RATES[budget]),
        evaluate=EvaluateSettings(compare=STRATEGIES[1:]),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/strategies"))
    parser.add_argument("--cells", type=Path, default=HERE / "cells")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--examples", type=int, default=64)
    parser.add_argument("--budgets", nargs="+", choices=BUDGETS, default=list(BUDGETS))
    parser.add_argument("--trunks", type=float, nargs="+", default=TRUNKS)
    arguments = parser.parse_args()
    for budget in arguments.budgets:
        for seed in arguments.seeds:
            for trunk in arguments.trunks:
                cell = arguments.cells / f"seed{seed}-{budget}-trunk{trunk}.json"
                if not cell.exists():
                    run_cell(cell, seed, budget, trunk, arguments.examples, arguments.out)


def run_cell(cell: Path, seed: int, budget: str, trunk: float, examples: int, out: Path) -> None:
    """Tune and score every strategy under one setting, and write the cell."""
    settings = config(seed, trunk=trunk, budget=budget, examples=examples)
    default = config(seed, trunk=trunk, budget="equal", examples=examples)
    profiled, folder = out / f"seed{seed}" / "profile", out / f"seed{seed}" / f"{budget}-trunk{trunk}"
    if not (profiled / "predictions").exists():
        pipeline.profile(pipeline.Way(default, RunFolder(profiled), TerminalWatch()))
    started = time.monotonic()
    way = pipeline.Way(settings.with_predictions(profiled / "predictions"), RunFolder(folder), TerminalWatch())
    table = pipeline.evaluate(way)
    print(f"seed {seed}, {budget}, trunk {trunk}: {time.monotonic() - started:.0f} s", flush=True)
    provenance = way.run.read_provenance(pipeline.SCORES).model_dump(mode="json")
    # Where this machine keeps its runs is nobody's concern.
    provenance["config"]["profile"]["predictions"] = str((profiled / "predictions").relative_to(out))
    content = {
        "cell": {"seed": seed, "budget": budget, "trunk": trunk, "examples": examples},
        "provenance": provenance,
        "types": {task.name: task.built_type or "mixture" for task in way.suite.tasks},
        "groups": {
            strategy: [[group.type, list(group.tasks)] for group in pipeline.group(way, strategy).groups]
            for strategy in STRATEGIES
        },
        "parameters": table.parameters,
        "costs": {strategy: cost.model_dump(mode="json") for strategy, cost in table.costs.items()},
        "comparisons": [comparison.model_dump(mode="json") for comparison in table.comparisons],
        "scores": [score.model_dump(mode="json") for score in table.scores],
    }
    write_text(cell, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
