"""Groups by interaction at their best against one adapter for all tasks at its best, at equal budget.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/combined/run.py

The whole way as a user goes it: profile, group, tune, evaluate. One profile a suite and seed serves all conditions: of
the built-in world by the backbone, of the real tasks beside the checkout by probes, as the built-in backbone is at
chance on most of them (`benchmarks/real`). Budgets are equal in rows that pass the model.

A cell (suite, seed, strategy, settings) is a file in `cells/`, written when it is done; what was interrupted goes on.
`table.py` makes the tables.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

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
    load_config,
)
from mintune.run import RunFolder, write_text

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]

ROWS = 6000
"""Rows that pass the model in training, the same for every condition."""

DEFAULT: dict[str, Any] = {}
BEST: dict[str, dict[str, Any]] = {"interaction": {"objective": "upgrad"}, "all": {}}
"""Settings by strategy: of what was compared at equal rows in `benchmarks/ablation` (few examples), the best by
validation, which for `all` is the default; as a mixture `proportional`, which none beat. Learning rates go by rank."""
NO_TRUNK: dict[str, Any] = {"trunk": 0.0}
"""Each group begins from nothing, as in `benchmarks/ablation`."""
LABELS = ("default", "best", "no trunk")

TASKS = (
    *("part_colour", "best_seller", "red_points", "ticket_number", "label_word"),
    *("blue_sales", "blue_larger", "key_colour", "meter", "star_place"),
    *("ordered_colour", "for_mia", "red_buyer", "shelf", "tom_needs"),
    *("buyer_colour", "right_word", "price", "corner", "password"),
)
"""Of the world: five of each type, closed and open, small and large."""


def suite_of(name: str) -> tuple[SuiteSettings, dict[str, Any]]:
    """The tasks of a suite, and by whom they are profiled."""
    if name == "world":
        return SuiteSettings(world=WorldSettings(test_examples=50, tasks=TASKS)), {}
    return load_config(CHECKOUT / "configs" / "real.yaml").suite, {"backbone": "none"}


def config(name: str, seed: int, strategy: str, tuning: dict[str, Any]) -> Config:
    """The settings of one cell; what is not named here is mintune's default."""
    budget = round(ROWS / (1 + tuning.get("interaction", 0)))
    return Config(
        seed=seed,
        suite=suite_of(name)[0],
        profile=ProfileSettings(examples=100),
        group=GroupSettings(strategy=strategy),
        tune=TuneSettings(**{"budget": str(budget), **tuning}),
        evaluate=EvaluateSettings(compare=()),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/combined"))
    parser.add_argument("--cells", type=Path, default=HERE / "cells")
    parser.add_argument("--suites", nargs="+", choices=["world", "real"], default=["world", "real"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--settings", nargs="+", choices=LABELS, default=LABELS[:2])
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        for suite in arguments.suites:
            for strategy, best in BEST.items():
                for label, tuning in settings_of(best).items():
                    cell = arguments.cells / f"{suite}-seed{seed}-{strategy}-{label.replace(' ', '-')}.json"
                    if label in arguments.settings and not cell.exists():
                        folder = arguments.out / f"{suite}-seed{seed}"
                        content = run_cell(config(suite, seed, strategy, tuning), suite, folder)
                        content["cell"] = {"suite": suite, "seed": seed, "strategy": strategy, "settings": label}
                        write_text(cell, json.dumps(content, indent=1) + "\n")


def settings_of(best: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What a strategy is tuned with, by label; once where the default is the best."""
    settings = {"default": DEFAULT, "best": best, "no trunk": NO_TRUNK}
    return {label: found for label, found in settings.items() if label != "best" or found != DEFAULT}


def run_cell(settings: Config, suite: str, folder: Path) -> dict[str, Any]:
    """Tune and score one strategy under one setting; profile first, where that is not done."""
    profiled = folder / "profile"
    if not (profiled / "predictions" / "cost.json").exists():
        asked = settings.model_copy(update={"tune": TuneSettings(), **suite_of(suite)[1]})
        pipeline.profile(pipeline.Way(asked, RunFolder(profiled), TerminalWatch()))
    started = time.process_time()
    way = pipeline.Way(
        settings.with_predictions(profiled / "predictions"), RunFolder(folder / "tuned"), TerminalWatch()
    )
    table = pipeline.evaluate(way)
    strategy = settings.group.strategy
    provenance = way.run.read_provenance(pipeline.SCORES).model_dump(mode="json")
    # Where this machine keeps its runs is nobody's concern.
    provenance["config"]["profile"]["predictions"] = "profile/predictions"
    for task in provenance["config"]["suite"]["tasks"].values():
        task["data"] = str(Path("..", Path(task["data"]).relative_to(CHECKOUT.parent)))
    return {
        "provenance": provenance,
        "types": {task.name: task.built_type for task in way.suite.tasks},
        "groups": [[group.type, list(group.tasks)] for group in pipeline.group(way, strategy).groups],
        "parameters": table.parameters,
        "cost": table.costs[strategy].model_dump(mode="json"),
        "cpu_seconds": time.process_time() - started,
        "scores": [score.model_dump(mode="json") for score in table.scores if score.strategy == strategy],
    }


if __name__ == "__main__":
    main()
