"""Are several answers an example worth their cost? Simulated predictors, paired over the designs.

    .venv/bin/python -m benchmarks.answers.run --repeats 100

Writes `results.json` beside this file. Every simulated task is drawn once, with 200 examples and five answers each;
each design sees a part of it. The simulator shares the estimator's assumptions (`stubborn` ones excepted): this is a
favourable test.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tests.profile.simulated import World, draw

from mintune.profile import knowledge
from mintune.profile.evidence import gather
from mintune.profile.finding import Finding
from mintune.profile.resampling import generator
from mintune.records import Prediction, Task
from mintune.run import write_text

HERE = Path(__file__).parent

NUM_EXAMPLES, MOST_ANSWERS = 200, 5
DESIGNS = {
    "200 x 1": (200, 1),
    "200 x 2": (200, 2),
    "200 x 3": (200, 3),
    "200 x 5": (200, 5),
    "100 x 2": (100, 2),
    "67 x 3": (67, 3),
    "40 x 5": (40, 5),
}
"""Examples and answers each; the last three ask as many questions as the first."""

BUILT = {
    "redundancy": (1, 0, 0, 0, 0),
    "0.6 redundancy, 0.4 synergy": (0.6, 0, 0, 0.4, 0),
    "0.6 image, 0.4 text": (0, 0.6, 0.4, 0, 0),
}
NOBODY = ("nobody", (0, 0, 0, 0, 1))
CONDITIONS = [(answers, accuracy, False) for answers in (2, 4) for accuracy in (0.6, 0.7, 0.8)] + [(4, 0.7, True)]
"""Number of choices, accuracy of knowers, and whether they slip and guess in the same way each time."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cells: list[dict[str, Any]] = []
    for choices, accuracy, stubborn in CONDITIONS:
        # How reliable knowers are makes no difference where there are none.
        for built, shares in (*BUILT.items(), *([NOBODY] if accuracy == 0.7 else [])):
            world = World(
                shares,
                NUM_EXAMPLES,
                prior=(1 / choices,) * choices,
                accuracy=accuracy,
                answers=MOST_ANSWERS,
                stubborn=stubborn,
            )
            name = {"choices": choices, "accuracy": accuracy, "stubborn": stubborn, "built": built}
            rng = generator(arguments.seed, json.dumps(name))
            cells += [name | found for found in measure(world, arguments.repeats, rng)]
            print(json.dumps(cells[-len(DESIGNS)]), flush=True)
    results = {"repeats": arguments.repeats, "seed": arguments.seed, "cells": cells}
    write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")


def measure(world: World, repeats: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """One row a design: types, error of the four shares and its standard error, coverage, error of the reliability."""
    found: dict[str, list[Finding]] = {design: [] for design in DESIGNS}
    for number in range(repeats):
        task, predictions = draw(world, rng)
        for design, (examples, answers) in DESIGNS.items():
            evidence, _ = gather(task, part(task, predictions, examples, answers))
            found[design].append(knowledge.find(evidence, generator(number, design)))
    return [{"design": design} | summary(world, rows) for design, rows in found.items()]


def part(task: Task, predictions: Sequence[Prediction], examples: int, answers: int) -> list[Prediction]:
    """The first `answers` answers to the first `examples` examples."""
    asked = {example.id for example in task.train[:examples]}
    return [one for one in predictions if one.draw < answers and one.example_id in asked]


def summary(world: World, findings: Sequence[Finding]) -> dict[str, Any]:
    chance = world.prior[0]
    steady = (world.accuracy - chance) / (1 - chance)
    truth = np.array(world.shares[:4])
    errors = np.array([np.abs(one.shares[:4] - truth).mean() for one in findings])
    low, high = (
        np.array([np.quantile(one.drawn_raw[:, :4].clip(0, 1), q, axis=0) for one in findings]) for q in (0.025, 0.975)
    )
    types = [one.type for one in findings]
    off = np.array([told_reliability(one) - steady for one in findings])
    return {
        "types": {name: types.count(name) for name in dict.fromkeys(types)},
        "share_error": round(float(errors.mean()), 4),
        "standard_error": round(float(errors.std(ddof=1) / np.sqrt(len(errors))), 4),
        "coverage": round(float(((low <= truth + 1e-9) & (truth - 1e-9 <= high)).mean()), 3),
        "reliability_error": round(float(np.abs(off).mean()), 3),
        "reliability_bias": round(float(off.mean()), 3),
    }


def told_reliability(finding: Finding) -> float:
    """The reliability as the finding's note says it."""
    note = next(note for note in finding.notes if note.startswith("reliability: "))
    return float(note.removeprefix("reliability: ").split(",")[0])


if __name__ == "__main__":
    main()
