"""What intervals of shares mean where rounds chose the number of examples.

    .venv/bin/python -m benchmarks.rounds.intervals

Simulated mixtures of known shares, asked in rounds without a limit; beside each another drawing of the same task with
the number of examples at which rounds stopped, fixed beforehand, and the first with all its examples. Writes
`intervals.json` beside this file: how often the 95 % interval of each share holds the truth, how wide it is, and the
mean error.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.rounds.run import FOUR, MOST
from tests.profile.simulated import World, draw

from mintune.config import ProfileSettings
from mintune.profile.evidence import gather
from mintune.profile.rounds import next_round, settlement
from mintune.profile.sequential import Settlement
from mintune.profile.stage import profile_task
from mintune.records import SHARES, InteractionProfile, Prediction, Task
from mintune.run import write_text

MIXTURES = {
    ".6 redundancy, .4 unique_image": (0.6, 0.4, 0.0, 0.0, 0.0),
    ".5 redundancy, .5 synergy": (0.5, 0.0, 0.0, 0.5, 0.0),
    ".7 unique_image, .3 synergy": (0.0, 0.7, 0.0, 0.3, 0.0),
    ".7 redundancy, .1 of each other": (0.7, 0.1, 0.1, 0.1, 0.0),
}
SETTINGS = ProfileSettings(examples=MOST)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=400)
    repeats = parser.parse_args().repeats
    results: dict[str, Any] = {"repeats": repeats, "most": MOST, "shares": SHARES}
    rng = np.random.default_rng(0)
    for name, shares in MIXTURES.items():
        results[name] = measured(World(shares, MOST, prior=FOUR, accuracy=0.9), repeats, rng)
        print(name, json.dumps(results[name]), flush=True)
        write_text(Path(__file__).parent / "intervals.json", json.dumps(results, indent=1) + "\n")


def measured(world: World, repeats: int, rng: np.random.Generator) -> dict[str, Any]:
    """Coverage, width and mean error of each share, by how the number of examples came about."""
    found: dict[str, list[InteractionProfile]] = {"rounds": [], "as_many_fixed": [], "all_fixed": []}
    for number in range(repeats):
        task, answers = draw(world, rng)
        some = in_rounds(task, answers)
        size = len({one.example_id for one in some})
        again = draw(replace(world, num_examples=size), rng)
        for name, (of, given) in {
            "rounds": (task, some),
            "as_many_fixed": again,
            "all_fixed": (task, answers),
        }.items():
            found[name].append(profile_task(gather(of, given)[0], SETTINGS, seed=number))
    mean = float(np.mean([profile.num_examples for profile in found["rounds"]]))
    return {"mean_examples": mean, **{name: summary(profiles, world.shares) for name, profiles in found.items()}}


def in_rounds(task: Task, answers: list[Prediction]) -> list[Prediction]:
    """The answers to the examples that rounds ask for; examples of a drawing come in no order."""
    asked: dict[str, int] = {}
    settled: dict[str, Settlement] = {}
    some: list[Prediction] = []
    while wanted := next_round({task.name: MOST}, asked, settled, None):
        asked = wanted
        ids = {example.id for example in task.train[: asked[task.name]]}
        some = [one for one in answers if one.example_id in ids]
        settled[task.name] = settlement(task, some, SETTINGS, MOST)
    return some


def summary(profiles: list[InteractionProfile], truth: tuple[float, ...]) -> dict[str, list[float]]:
    """Of each of SHARES: how often its interval holds the truth, its mean width, its mean error."""
    pairs = [[(getattr(one, kind), share) for kind, share in zip(SHARES, truth, strict=True)] for one in profiles]
    held = [[found.low - 1e-9 <= share <= found.high + 1e-9 for found, share in row] for row in pairs]
    widths = [[found.high - found.low for found, _ in row] for row in pairs]
    errors = [[found.value - share for found, share in row] for row in pairs]
    return {
        name: np.mean(values, axis=0).round(4).tolist()
        for name, values in {"coverage": held, "width": widths, "error": errors}.items()
    }


if __name__ == "__main__":
    main()
