"""Count how many of the built-in world's tasks are typed as they were built, by `knowledge` and by `delta`.

    .venv/bin/python benchmarks/world_profile/run.py --out build/world_profile --seeds 0 1 2 3 4

Each seed draws the world anew, answers 200 examples a task under the four views (with cross-fitted view adapters where
the backbone needs them) and profiles them by `knowledge` and by `delta`. A seed that is done is not asked again, and
takes its place in `results.json` beside this file among those there, so that days and processes can share them.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean
from typing import Any

from mintune import pipeline
from mintune.cli.console import TerminalWatch
from mintune.config import Config, ProfileSettings, SuiteSettings, WorldSettings
from mintune.profile.compare import Recovery, agreement, recovery
from mintune.profile.predictions import read
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import VIEWS, InteractionProfile, Prediction, ProfileTable, Suite
from mintune.run import RunFolder, write_text

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/world_profile"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--backbone", default="mintune/tiny")
    parser.add_argument("--adapt", choices=["auto", "always", "never"], default="auto")
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        config = Config(
            seed=seed,
            backbone=arguments.backbone,
            suite=SuiteSettings(world=WorldSettings(examples=arguments.examples)),
            profile=ProfileSettings(examples=arguments.examples, adapt=arguments.adapt),
        )
        measured = measure(config, arguments.out / f"seed{seed}")
        print(json.dumps(measured["recovery"], indent=1), flush=True)
        results = add(measured)
        print(json.dumps(total(results), indent=1), flush=True)


def add(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Put one seed into results.json, in the place of an earlier run of it; returns all seeds that are there."""
    path = HERE / "results.json"
    seeds = json.loads(path.read_text())["seeds"] if path.exists() else []
    seeds = [seed for seed in seeds if seed["seed"] != measured["seed"]]
    seeds = sorted([*seeds, measured], key=lambda seed: seed["seed"])
    write_text(path, json.dumps({"total": total(seeds), "seeds": seeds}, indent=1) + "\n")
    return seeds


def measure(config: Config, folder: Path) -> dict[str, Any]:
    """Both estimators' tables of one seed beside the built truth, and what differs between them."""
    way = pipeline.Way(config, RunFolder(folder), TerminalWatch())
    knowledge = pipeline.profile(way)
    by_delta = config.profile.model_copy(update={"estimator": "delta"})
    gathered = gather_suite(way.suite, stored_predictions(folder / "predictions"), by_delta)
    delta = profile_suite(gathered, by_delta, seed=config.seed, cost=knowledge.cost, adapted=knowledge.adapted)
    return {
        "seed": config.seed,
        "backbone": f"{config.backbone} {way.backbone.fingerprint}",
        "config": config.model_dump(mode="json"),
        "adapted": knowledge.adapted,
        "cost": knowledge.cost.model_dump(mode="json"),
        "recovery": {table.estimator: recovery(table, way.suite).model_dump() for table in (knowledge, delta)},
        "agreement": agreement(knowledge, delta),
        "tasks": rows(knowledge, delta, way.suite),
    }


def stored_predictions(folder: Path) -> dict[str, list[Prediction]]:
    """The run's predictions by task, as they lie on disk."""
    found: dict[str, list[Prediction]] = {}
    for prediction in read(folder)[0]:
        found.setdefault(prediction.task, []).append(prediction)
    return found


def rows(knowledge: ProfileTable, delta: ProfileTable, suite: Suite) -> list[dict[str, Any]]:
    """One row a task: truth, what each estimator found, and how right each view was."""
    return [
        {
            "task": task.name,
            "built": task.built_type,
            "built_shares": task.built_shares,
            "examples": knowledge[task.name].num_examples,
            "accuracy": {view: round(knowledge[task.name].accuracy[view].value, 4) for view in VIEWS},
            "kappa": {view: round(knowledge[task.name].kappa[view].value, 4) for view in VIEWS},
            "knowledge": brief(knowledge[task.name]),
            "delta": {"score": round(delta[task.name].delta.value, 4), **brief(delta[task.name])},
        }
        for task in suite.tasks
    ]


def brief(profile: InteractionProfile) -> dict[str, Any]:
    """Type, confidence, shares and notes of a profile."""
    return {
        "type": profile.type,
        "confidence": round(profile.confidence, 4),
        "shares": [round(share, 4) for share in (*profile.shares, profile.unanswered.value)],
        "notes": list(profile.notes),
    }


def total(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts over all seeds, and mean errors of shares."""
    summary: dict[str, Any] = {}
    for estimator in ("knowledge", "delta"):
        found = [Recovery.model_validate(result["recovery"][estimator]) for result in results]
        informed = sum(one.informed for one in found)
        right = sum(one.typed_right for one in found)
        pure = sum(one.pure for one in found)
        summary[estimator] = {
            "pure": pure,
            "informed": informed,
            "informed_share": informed / pure,
            "typed_right": right,
            "typed_right_share": right / informed if informed else None,
            "undetermined": sum(one.undetermined for one in found),
            "typed_wrong": sum(one.typed_wrong for one in found),
            "sure_and_wrong": [
                f"seed {r['seed']}: {task}"
                for r, one in zip(results, found, strict=True)
                for task in one.sure_and_wrong
            ],
            "share_error": fmean(one.share_error for one in found if one.share_error is not None),
            "composition_error": fmean(one.composition_error for one in found if one.composition_error is not None),
        }
    return summary


if __name__ == "__main__":
    main()
