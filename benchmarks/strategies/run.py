"""Which way of grouping tunes best, at equal budget and at convergence, with and without a trunk.

    .venv/bin/python benchmarks/strategies/run.py --out build/strategies --seeds 3

One profile a seed serves all settings of that seed. A cell (seed, trunk, epochs) that is done is not done again, and a
cell that was interrupted goes on where it stopped; `results.json` beside this file is written anew after every cell.
"""

from __future__ import annotations

import argparse
import json
import shutil
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
from mintune.evaluate.summary import summarise
from mintune.records import ScoreTable, Suite
from mintune.run import RunFolder, write_text

HERE = Path(__file__).parent
STRATEGIES = ("interaction", "delta", "all", "single", "random", "domain")
BUDGETS = {"equal": 3.0, "convergence": 12.0}
TRUNKS = (0.5, 0.0)


def config(seed: int, *, trunk: float, epochs: float, examples: int) -> Config:
    """The settings of one cell; what is not named here is mintune's default."""
    return Config(
        seed=seed,
        suite=SuiteSettings(world=WorldSettings(examples=examples, test_examples=100)),
        profile=ProfileSettings(examples=examples),
        group=GroupSettings(random_draws=3),
        tune=TuneSettings(trunk=trunk, epochs=epochs),
        evaluate=EvaluateSettings(compare=STRATEGIES[1:]),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/strategies"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--budgets", nargs="+", choices=BUDGETS, default=list(BUDGETS))
    arguments = parser.parse_args()
    cells = [
        (seed, budget, trunk) for seed in range(arguments.seeds) for budget in arguments.budgets for trunk in TRUNKS
    ]
    for seed, budget, trunk in cells:
        settings = config(seed, trunk=trunk, epochs=BUDGETS[budget], examples=arguments.examples)
        profiled = arguments.out / f"seed{seed}" / "profile"
        cell = arguments.out / f"seed{seed}" / f"{budget}-trunk{trunk}"
        pipeline.profile(pipeline.Way(settings, RunFolder(profiled), TerminalWatch()))
        if not cell.exists():
            shutil.copytree(profiled, cell)
        started = time.monotonic()
        way = pipeline.Way(settings, RunFolder(cell), TerminalWatch())
        table = pipeline.evaluate(way)
        print(f"seed {seed}, {budget}, trunk {trunk}: {time.monotonic() - started:.0f} s", flush=True)
        record(seed, budget, trunk, settings, table, way.suite)


def record(seed: int, budget: str, trunk: float, settings: Config, table: ScoreTable, suite: Suite) -> None:
    """Put one cell into results.json, in the place of an earlier run of it."""
    path = HERE / "results.json"
    cells = json.loads(path.read_text()) if path.exists() else []
    types = {task.name: task.built_type for task in suite.tasks}
    summaries = summarise(table.scores, types, confidence=0.95, seed=seed)
    key = {"seed": seed, "budget": budget, "trunk": trunk, "examples": settings.profile.examples}
    cells = [cell for cell in cells if cell["cell"] != key]
    cells.append(
        {
            "cell": key,
            "config": settings.model_dump(mode="json"),
            "summaries": [summary.model_dump(mode="json") for summary in summaries],
            "comparisons": [comparison.model_dump(mode="json") for comparison in table.comparisons],
            "costs": {strategy: cost.model_dump(mode="json") for strategy, cost in table.costs.items()},
            "scores": [score.model_dump(mode="json") for score in table.scores],
        }
    )
    write_text(path, json.dumps(cells, indent=1) + "\n")


if __name__ == "__main__":
    main()
