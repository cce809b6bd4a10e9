"""How often simulated predictors of known knowledge are typed right, and how far off their shares are.

    OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.typing.run

A condition is written to `results.json` beside this file when it is done, and not run again while it is there;
`table.py` makes the tables. The simulator (`tests/profile/simulated.py`) shares the estimator's assumptions: this is a
favourable test, and a failure here is a failure.
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

from mintune.profile.evidence import gather
from mintune.profile.finding import Finding
from mintune.profile.stage import ESTIMATORS
from mintune.records import TYPES
from mintune.run import write_text

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"

ANSWERS = {
    "two answers": World((), prior=(0.5, 0.5)),
    "four answers": World((), prior=(0.25,) * 4),
    "ten answers": World((), prior=(0.1,) * 10),
    "open answers": World((), prior=(0.02,) * 50, is_open=True),
}
SKEWED = {
    "two answers": (0.7, 0.3),
    "four answers": (0.4, 0.3, 0.2, 0.1),
    "ten answers": (0.28, *(0.08,) * 9),
    "open answers": (0.216, *(0.016,) * 49),
}
SIZES = (25, 50, 100, 500, 1000)
ACCURACIES = (0.6, 0.7, 0.9, 0.95)
"""Beside the 200 examples and the accuracy of .8 of all other conditions."""

MIXTURES = {
    str(shares): shares
    for shares in [
        (0.6, 0, 0, 0.4, 0),
        (0.35, 0, 0, 0.65, 0),
        (0, 0.65, 0, 0.35, 0),
        (0, 0.62, 0.38, 0, 0),
        (0.6, 0.2, 0.1, 0.1, 0),
        (0.1, 0.55, 0.1, 0.1, 0.15),
    ]
}
"""Shares of redundancy, unique_image, unique_text, synergy, unanswered; the largest leads by .2 to .45."""

SURE = 0.95
FEWER_OPEN = 5
"""Open answers are compared word by word, which takes ten times as long: they get so many times fewer repeats."""


def ways(answers: str) -> dict[str, World]:
    """The conditions under which a kind of answers is tried: uniform, skewed and leaning on the image."""
    uniform = ANSWERS[answers]
    return {
        "uniform": uniform,
        "skewed": replace(uniform, prior=SKEWED[answers]),
        "leaning": replace(uniform, lean=0.3),
    }


def pure_conditions() -> dict[str, World]:
    """Predictors under which pure types and nobody informed are tried (shares left open), the most telling first."""
    two = ANSWERS["two answers"]
    return (
        {f"{answers}, {way}": world for answers in ANSWERS for way, world in ways(answers).items()}
        | {
            "two answers, guessing the majority": replace(two, prior=(0.7, 0.3), guesses=(1.0, 0.0)),
            "two answers, slips common to all views": replace(two, hard=True),
        }
        | {
            f"two answers, {way}, n = {size}": replace(world, num_examples=size)
            for size in SIZES
            for way, world in ways("two answers").items()
        }
        | {f"two answers, uniform, accuracy {accuracy}": replace(two, accuracy=accuracy) for accuracy in ACCURACIES}
    )


def mixed_conditions() -> dict[str, World]:
    """Predictors under which mixtures are tried."""
    return {
        f"{answers}, accuracy {accuracy}, n = 1000": replace(world, accuracy=accuracy, num_examples=1000)
        for answers, world in ANSWERS.items()
        for accuracy in (0.8, 0.9)
    }


def pure(name: str, world: World, repeats: int) -> dict[str, Any]:
    """Counts of types by each estimator, and how many are wrong with a confidence above 0.95."""
    built = next(built for built, shares in PURE.items() if shares == world.shares)
    found = [findings(name, world, repeat) for repeat in range(repeats)]
    return {
        estimator: {
            "types": Counter(one[estimator].type for one in found),
            "sure_and_wrong": sum(
                one[estimator].confidence > SURE and one[estimator].type not in (built, "undetermined") for one in found
            ),
        }
        for estimator in ESTIMATORS
    }


def mixture(name: str, world: World, repeats: int) -> dict[str, Any]:
    """Errors of the four shares, how often their intervals hold the truth, and whether the largest share is found."""
    found = [findings(name, world, repeat) for repeat in range(repeats)]
    truth = np.array(world.shares)
    summary: dict[str, Any] = {}
    for estimator in ESTIMATORS:
        shares = np.stack([one[estimator].shares for one in found])
        bounds = [np.quantile(one[estimator].drawn_raw.clip(0, 1), [0.025, 0.975], axis=0) for one in found]
        lows, highs = np.minimum([low for low, _ in bounds], shares), np.maximum([high for _, high in bounds], shares)
        covered = (lows <= truth) & (truth <= highs)
        summary[estimator] = {
            "types": Counter(one[estimator].type for one in found),
            "largest_share_right": float(np.mean(shares[:, : len(TYPES)].argmax(axis=1) == truth.argmax())),
            "mean_absolute_error": float(np.abs(shares - truth)[:, : len(TYPES)].mean()),
            "mean_shares": shares.mean(axis=0).tolist(),
            "coverage": covered.mean(axis=0).tolist(),
        }
    return summary


def findings(name: str, world: World, repeat: int) -> dict[str, Finding]:
    """One simulated task, seen by both estimators in the same predictions."""
    rng = np.random.default_rng([repeat, *name.encode(), *(round(1000 * share) for share in world.shares)])
    evidence, _ = gather(*draw(world, rng))
    return {estimator: find(evidence, rng) for estimator, find in ESTIMATORS.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=500)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--only", default="", help="conditions whose name contains this")
    arguments = parser.parse_args()
    results: dict[str, Any] = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    for one, kinds, worlds in ((pure, PURE, pure_conditions()), (mixture, MIXTURES, mixed_conditions())):
        for name, world in sorted(worlds.items(), key=lambda entry: entry[1].is_open):
            if name not in results and arguments.only in name:
                repeats = arguments.repeats // (FEWER_OPEN if world.is_open else 1)
                results[name] = {
                    kind: one(name, replace(world, shares=shares), repeats) for kind, shares in kinds.items()
                }
                write_text(arguments.out, json.dumps(results, indent=1) + "\n")
                print(name, flush=True)


if __name__ == "__main__":
    main()
