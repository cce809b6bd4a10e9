"""How many answers it takes to settle types in rounds, and how often what is settled is wrong.

    .venv/bin/python -m benchmarks.rounds.run --out build/world_profile --seeds 0 1 2 3 4

`simulated`: predictors of known knowledge, looked at after every round; on the boundary between two types nothing is
true that could be settled. `world`: rounds over the answers that `benchmarks/world_profile` left in its run folders
(200 examples a task of the built-in world, by the built-in backbone), in the order in which rounds would ask them;
types of tasks that are not settled are those of the fixed test on what was asked. Writes `results.json` beside this
file.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.world_profile.run import stored_predictions
from tests.profile.simulated import PURE, World, draw

from mintune.config import Config, ProfileSettings, SuiteSettings, WorldSettings
from mintune.profile.asking import questions
from mintune.profile.compare import recovery
from mintune.profile.evidence import gather
from mintune.profile.rounds import in_drawn_order, next_round, settlement
from mintune.profile.sequential import Settlement, settle
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import Cost, Prediction, Suite
from mintune.run import RunFolder, write_text
from mintune.way import Way

HERE = Path(__file__).parent
MOST = 200
FOUR = (0.25,) * 4
BOUNDARY = {"image at .35 of both": (0, 0.35, 0, 0.65, 0), "both at .35, text alone": (0.35, 0, 0.65, 0, 0)}
CONDITIONS = {
    "two answers, 80 %": World((), MOST),
    "two answers, 95 %": World((), MOST, accuracy=0.95),
    "four answers, 80 %": World((), MOST, prior=FOUR),
    "four answers, 95 %": World((), MOST, prior=FOUR, accuracy=0.95),
    "two answers, prior .7/.3": World((), MOST, prior=(0.7, 0.3)),
    "two answers, fused repeats the image in 30 %": World((), MOST, lean=0.3),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/world_profile"))
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2, 3, 4])
    parser.add_argument("--repeats", type=int, default=200)
    arguments = parser.parse_args()
    path = HERE / "results.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"world": {}}
    if arguments.repeats:
        results["simulated"] = simulated(arguments.repeats)
        write_text(path, json.dumps(results, indent=1) + "\n")
    for seed in arguments.seeds:
        results["world"][str(seed)] = world(seed, arguments.out / f"seed{seed}")
        print(seed, json.dumps(results["world"][str(seed)]["summary"]), flush=True)
        write_text(path, json.dumps(results, indent=1) + "\n")


def simulated(repeats: int) -> dict[str, Any]:
    """Of each condition and built type: what was settled how often, and after how many examples on average."""
    found: dict[str, Any] = {"repeats": repeats, "most": MOST}
    rng = np.random.default_rng(0)
    for name, base in CONDITIONS.items():
        found[name] = {}
        for built, shares in (PURE | BOUNDARY).items():
            drawn = [stopped(replace(base, shares=shares), rng) for _ in range(repeats)]
            found[name][built] = {
                "settled": dict(Counter(one.type for one in drawn if one.type is not None)),
                "hopeless": sum(one.is_hopeless for one in drawn),
                "mean_examples": float(np.mean([one.num_examples for one in drawn])),
            }
        print(name, json.dumps(found[name]), flush=True)
    return found


def stopped(world: World, rng: np.random.Generator) -> Settlement:
    """Where rounds stop on one simulated task."""
    evidence = gather(*draw(world, rng))[0]
    asked: dict[str, int] = {}
    settled: dict[str, Settlement] = {}
    while wanted := next_round({"task": MOST}, asked, settled, None):
        asked = wanted
        some = evidence.where(np.arange(MOST) < asked["task"])
        settled["task"] = settle(some, confidence=0.95, most=MOST)
    return settled["task"]


def world(seed: int, folder: Path) -> dict[str, Any]:
    """Fixed and in rounds, from the same answers to one drawing of the world."""
    settings = ProfileSettings(examples=MOST)
    config = Config(seed=seed, suite=SuiteSettings(world=WorldSettings(examples=MOST)), profile=settings)
    suite = Way(config, RunFolder(folder)).suite
    answers = stored_predictions(folder / "predictions")
    asked, some, settled = in_rounds(suite, answers, settings, seed)
    fixed = profile_suite(gather_suite(suite, answers, settings), settings, seed=seed, cost=Cost(), adapted=True)
    rounds = profile_suite(
        gather_suite(suite, some, settings), settings, seed=seed, cost=Cost(), adapted=True, settled=settled
    )
    all_of_them = sum(one.num_examples for one in fixed.profiles)
    return {
        "summary": {
            "examples": {"fixed": all_of_them, "rounds": sum(asked.values())},
            "share_of_fixed": sum(asked.values()) / all_of_them,
            "share_of_200_each": sum(asked.values()) / (MOST * len(suite.tasks)),
            "fixed": recovery(fixed, suite).model_dump(),
            "rounds": recovery(rounds, suite).model_dump(),
        },
        "tasks": {
            task.name: {
                "built": task.built_type,
                "fixed": [fixed[task.name].type, fixed[task.name].num_examples],
                "rounds": [rounds[task.name].type, asked[task.name], rounds[task.name].notes[-1]],
            }
            for task in suite.tasks
        },
    }


def in_rounds(
    suite: Suite, answers: dict[str, list[Prediction]], settings: ProfileSettings, seed: int
) -> tuple[dict[str, int], dict[str, list[Prediction]], dict[str, Settlement]]:
    """How many examples of each task rounds would have asked, the answers to them, and what they settled."""
    orders: dict[str, list[str]] = {}
    for task in suite.tasks:
        chosen = questions(task, settings, seed=seed)
        orders[task.name] = [example[0].example_id for example in in_drawn_order(chosen, seed=seed)]
    most = {name: len(order) for name, order in orders.items()}
    asked: dict[str, int] = {}
    some: dict[str, list[Prediction]] = {}
    settled: dict[str, Settlement] = {}
    while wanted := next_round(most, asked, settled, None):
        asked |= wanted
        for task in (one for one in suite.tasks if one.name in wanted):
            ids = set(orders[task.name][: asked[task.name]])
            some[task.name] = [one for one in answers[task.name] if one.example_id in ids]
            settled[task.name] = settlement(task, some[task.name], settings, most[task.name])
    return asked, some, settled


if __name__ == "__main__":
    main()
