"""Profile the built-in world by probes, without a model, and count what is typed as it was built.

    .venv/bin/python benchmarks/probes/run.py --out build/probes --seeds 0 1 2 --examples 200 1000

Each seed draws the world anew, with so many training examples a task; 200 of them are asked, and probes learn from all.
One process, one thread; CPU seconds are those of taking features, learning, answering and profiling. A cell takes its
place in `results.json` beside this file among those there.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import time
from pathlib import Path
from statistics import fmean
from typing import Any

from mintune.config import Config, FeatureSettings, ProfileSettings, SuiteSettings, WorldSettings
from mintune.profile.compare import Recovery, recovery
from mintune.profile.probes.stage import VERSION, answer_suite, features
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import TYPES, VIEWS, InteractionProfile, ProfileTable, Suite
from mintune.run import write_text
from mintune.tasks.suite import load_suite

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/probes"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--examples", type=int, nargs="+", default=[200, 1000])
    arguments = parser.parse_args()
    for examples in arguments.examples:
        for seed in arguments.seeds:
            world = WorldSettings(examples=examples)
            config = Config(seed=seed, backbone="none", suite=SuiteSettings(world=world), profile=ProfileSettings())
            cells = add(measure(config, arguments.out / "data"))
            print(json.dumps(total(cells), indent=1), flush=True)


def measure(config: Config, cache: Path) -> dict[str, Any]:
    """Tables by both estimators beside the built truth, and what they took."""
    suite = load_suite(config.suite, seed=config.seed, cache=cache)
    started, clock = cpu_seconds(), time.perf_counter()
    answered = answer_suite(suite, config.profile, seed=config.seed, advance=lambda _: None, processes=1)
    tables = []
    for estimator in ("knowledge", "delta"):
        settings = config.profile.model_copy(update={"estimator": estimator})
        predictions = answered.predictions
        gathered = gather_suite(suite, predictions, settings)
        tables.append(profile_suite(gathered, settings, seed=config.seed, cost=answered.cost, adapted=False))
        if estimator == "knowledge":
            spent = {"cpu_seconds": cpu_seconds() - started, "wall_seconds": time.perf_counter() - clock}
    assert config.suite.world is not None
    return {
        "seed": config.seed,
        "examples": config.suite.world.examples,
        "probes": f"{VERSION} ({features(FeatureSettings())})",
        **{name: round(seconds, 1) for name, seconds in spent.items()},
        "machine": f"{platform.machine()}, {platform.python_version()}",
        "recovery": {table.estimator: recovery(table, suite).model_dump() for table in tables},
        "tasks": rows(tables[0], suite),
    }


def cpu_seconds() -> float:
    """CPU seconds of this process, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def rows(table: ProfileTable, suite: Suite) -> list[dict[str, Any]]:
    """One row a task: truth, what was found, and how right each view was beyond chance."""
    return [
        {
            "task": task.name,
            "built": task.built_type,
            "built_shares": task.built_shares,
            "kappa": {view: round(table[task.name].kappa[view].value, 3) for view in VIEWS},
            **brief(table[task.name]),
        }
        for task in suite.tasks
    ]


def brief(profile: InteractionProfile) -> dict[str, Any]:
    """Type, confidence, shares with the unanswered, and notes of a profile."""
    return {
        "type": profile.type,
        "confidence": round(profile.confidence, 3),
        "shares": [round(share, 3) for share in (*profile.shares, profile.unanswered.value)],
        "notes": list(profile.notes),
    }


def add(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Put one cell into results.json, in the place of an earlier run of it; returns all cells that are there."""
    path = HERE / "results.json"
    cells = json.loads(path.read_text())["cells"] if path.exists() else []
    own = measured["examples"], measured["seed"]
    cells = [cell for cell in cells if (cell["examples"], cell["seed"]) != own]
    cells = sorted([*cells, measured], key=lambda cell: (cell["examples"], cell["seed"]))
    write_text(path, json.dumps({"total": total(cells), "cells": cells}, indent=1) + "\n")
    return cells


def total(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts and means over the seeds, by examples a task."""
    by_size: dict[str, Any] = {}
    for size in sorted({cell["examples"] for cell in cells}):
        own = [cell for cell in cells if cell["examples"] == size]
        by_size[f"{size} examples"] = {
            "seeds": [cell["seed"] for cell in own],
            "cpu_seconds": [cell["cpu_seconds"] for cell in own],
            **{estimator: counts(own, estimator) for estimator in ("knowledge", "delta")},
            "by_type": {kind: by_type(own, kind) for kind in TYPES},
        }
    return by_size


def counts(cells: list[dict[str, Any]], estimator: str) -> dict[str, Any]:
    """What one estimator made of the cells' predictions."""
    found = [Recovery.model_validate(cell["recovery"][estimator]) for cell in cells]
    return {
        "pure": sum(one.pure for one in found),
        "informed": sum(one.informed for one in found),
        "typed_right": sum(one.typed_right for one in found),
        "undetermined": sum(one.undetermined for one in found),
        "typed_wrong": sum(one.typed_wrong for one in found),
        "sure_and_wrong": sum(len(one.sure_and_wrong) for one in found),
        "share_error": fmean(one.share_error for one in found if one.share_error is not None),
        "composition_error": fmean(one.composition_error for one in found if one.composition_error is not None),
    }


def by_type(cells: list[dict[str, Any]], kind: str) -> dict[str, int]:
    """How the tasks of one built type were typed by `knowledge`."""
    types = [row["type"] for cell in cells for row in cell["tasks"] if row["built"] == kind]
    return {found: types.count(found) for found in (*TYPES, "undetermined") if found in types}


if __name__ == "__main__":
    main()
