"""How often simulated predictors of known knowledge are typed right, and how far off their shares are.

    .venv/bin/python -m benchmarks.typing.run --repeats 100

Writes `results.json` beside this file. The simulator (`tests/profile/simulated.py`) shares the estimator's assumptions:
this is a favourable test, and a failure here is a failure.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings
from mintune.profile.evidence import gather
from mintune.profile.stage import profile_task
from mintune.records import InteractionProfile
from mintune.run import write_text

HERE = Path(__file__).parent

FOUR = (0.25,) * 4
CONDITIONS = {
    "two answers, 80 %": World(()),
    "two answers, prior .7/.3": World((), prior=(0.7, 0.3)),
    "two answers, prior .7/.3, guesses the majority": World((), prior=(0.7, 0.3), guesses=(1.0, 0.0)),
    "four answers, 80 %": World((), prior=FOUR),
    "two answers, fused repeats the image in 30 %": World((), lean=0.3),
    "two answers, slips common to all views": World((), hard=True),
    "two answers, 60 %": World((), accuracy=0.6),
}
MIXTURES = [(0.6, 0, 0, 0.4, 0), (0.35, 0, 0, 0.65, 0), (0, 0.6, 0.4, 0, 0), (0, 0.5, 0, 0.5, 0)]
SURE = 0.95


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    results: dict[str, Any] = {"repeats": arguments.repeats, "seed": arguments.seed, "pure": {}, "mixtures": []}
    for name, world in CONDITIONS.items():
        results["pure"][name] = {
            built: typing(replace(world, shares=shares), built, arguments.repeats, rng)
            for built, shares in PURE.items()
        }
        print(name, json.dumps(results["pure"][name]), flush=True)
    for prior in ((0.5, 0.5), FOUR):
        for accuracy in (0.7, 0.9):
            for shares in MIXTURES:
                world = World(shares, prior=prior, accuracy=accuracy)
                results["mixtures"].append(errors(world, max(arguments.repeats // 2, 1), rng))
                print(results["mixtures"][-1], flush=True)
    write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")


def typing(world: World, built: str, repeats: int, rng: np.random.Generator) -> dict[str, Any]:
    """Counts of types by each estimator, and how many are wrong with a confidence above 0.95."""
    found = [profiles(world, rng, seed) for seed in range(repeats)]
    knowledge = [both["knowledge"] for both in found]
    return {
        "knowledge": Counter(profile.type for profile in knowledge),
        "sure_and_wrong": sum(
            profile.confidence > SURE and profile.type not in (built, "undetermined") for profile in knowledge
        ),
        "delta": Counter(both["delta"].type for both in found),
    }


def errors(world: World, repeats: int, rng: np.random.Generator) -> dict[str, Any]:
    """Mean absolute error of the four shares, and how often their intervals cover the truth."""
    found = [profiles(world, rng, seed) for seed in range(repeats)]
    truth = np.array(world.shares[:4])
    estimates = [
        [profile.redundancy, profile.unique_image, profile.unique_text, profile.synergy]
        for profile in (both["knowledge"] for both in found)
    ]
    covered = [[one.low <= true <= one.high for one, true in zip(row, truth, strict=True)] for row in estimates]
    return {
        "shares": list(world.shares),
        "answers": len(world.prior),
        "accuracy": world.accuracy,
        "knowledge_error": mean_error([[one.value for one in row] for row in estimates], truth),
        "delta_error": mean_error([both["delta"].shares for both in found], truth),
        "coverage": float(np.mean(covered)),
    }


def mean_error(found: list[Any], truth: np.ndarray) -> float:
    return float(np.abs(np.array(found) - truth).mean())


def profiles(world: World, rng: np.random.Generator, seed: int) -> dict[str, InteractionProfile]:
    """One simulated task, profiled by both estimators from the same predictions."""
    evidence, _ = gather(*draw(world, rng))
    return {name: profile_task(evidence, ProfileSettings(estimator=name), seed=seed) for name in ("knowledge", "delta")}


if __name__ == "__main__":
    main()
