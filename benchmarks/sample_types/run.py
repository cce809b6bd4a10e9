"""How good the probabilities are that one example is of a type, where its type is known.

    .venv/bin/python -m benchmarks.sample_types.run --repeats 60
    .venv/bin/python -m benchmarks.sample_types.run --repeats 60 --world build/strategies --seeds 0 1

Writes `results.json` beside this file. First simulated mixtures (`tests/profile/simulated.py`), which share the
assumptions of the posteriors: a favourable test. With `--world`, also what the built-in backbone answered on the
built-in world in runs of `benchmarks/strategies`; nothing is asked. There the truth is what an example was built as.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.strategies.run import config
from tests.profile.simulated import World, draw

from mintune.config import ProfileSettings
from mintune.profile import delta
from mintune.profile.evidence import Evidence, gather
from mintune.profile.informed import JUDGED
from mintune.profile.knowledge import columns, guess_rates, reliability
from mintune.profile.predictions import read
from mintune.profile.sample_types import drawn_shares, likelihood, of_task, posterior
from mintune.profile.stage import profile_task
from mintune.records import TYPES, InteractionProfile, Task
from mintune.run import write_text
from mintune.tasks.suite import load_suite

HERE = Path(__file__).parent
MIXTURES = [
    (0.6, 0, 0, 0.4, 0),
    (0.35, 0, 0, 0.65, 0),
    (0, 0.6, 0.4, 0, 0),
    (0, 0.5, 0, 0.5, 0),
    (0.3, 0.1, 0.1, 0.3, 0.2),
]
ANSWERS, ACCURACIES, SIZES = (2, 4, 10), (0.7, 0.8, 0.9), (200, 1000)

Told = list[tuple[dict[str, np.ndarray], np.ndarray]]
"""Of each task, the probabilities (num_examples, 5) by each predictor, and the true types (num_examples,)."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", type=Path, help="folder of runs of benchmarks/strategies, each with a profile")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    results: dict[str, Any] = {"repeats": arguments.repeats, "seed": arguments.seed, "simulated": []}
    for answers in ANSWERS:
        for accuracy in ACCURACIES:
            for size in SIZES:
                row = {"answers": answers, "accuracy": accuracy, "examples": size}
                row |= simulated(World((), size, (1 / answers,) * answers, accuracy=accuracy), arguments.repeats, rng)
                results["simulated"].append(row)
                print(json.dumps(row), flush=True)
    if arguments.world is not None:
        results["world"] = {"seeds": arguments.seeds, **on_world(arguments.world, arguments.seeds)}
        print(json.dumps(results["world"], indent=1))
    write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")


def simulated(world: World, repeats: int, rng: np.random.Generator) -> dict[str, Any]:
    """Scores over `repeats` tasks of each mixture in turn; tasks of which nothing is said are counted."""
    told: Told = []
    silent = 0
    for number in range(repeats):
        shares = MIXTURES[number % len(MIXTURES)]
        task, predictions = draw(World(shares, world.num_examples, world.prior, accuracy=world.accuracy), rng)
        evidence, _ = gather(task, predictions)
        found = predictors(evidence, number)
        silent += not found
        if found:
            told.append((found, true_types(task, evidence)))
    return {"silent_tasks": silent, "tasks": len(told), **scores(told)}


def on_world(runs: Path, seeds: Sequence[int]) -> dict[str, Any]:
    """Scores over the examples of mixtures and of pure tasks, of all and of tasks whose choices have scores."""
    told: dict[str, Told] = {}
    for seed in seeds:
        profiled = runs / f"seed{seed}" / "profile"
        settings = config(seed, trunk=0.5, budget="equal", examples=64)
        for task in load_suite(settings.suite, seed=seed, cache=Path("build/sample_types") / f"seed{seed}").tasks:
            evidence, _ = gather(task, read(profiled / "predictions" / task.name)[0])
            found = predictors(evidence, seed)
            if not found:
                continue
            kept = ~np.isnan(found["posterior"]).any(axis=1)
            own = true_types(task, evidence)[kept]
            kind = "mixtures" if task.built_type == "mixture" else "pure"
            at_hand = {name: values[kept] for name, values in found.items()}
            told.setdefault(kind, []).append((at_hand, own))
            if evidence.expected:
                soft = {**at_hand, "by scores": by_scores(evidence, profile_of(evidence, seed))[kept]}
                told.setdefault(f"{kind}, choices with scores", []).append((soft, own))
    return {kind: {"tasks": len(one), **scores(one)} for kind, one in told.items()}


def predictors(evidence: Evidence, seed: int) -> dict[str, np.ndarray]:
    """The posteriors, the task's shares for every example, and delta's; nothing where no posterior is given."""
    profile = profile_of(evidence, seed)
    found = of_task(evidence, profile).probabilities
    if np.isnan(found).all():
        return {}
    size = evidence.num_examples
    return {
        "posterior": found,
        "shares": np.tile([*profile.shares, profile.unanswered.value], (size, 1)),
        "shares, mean of draws": np.tile(drawn_shares(profile).mean(axis=0), (size, 1)),
        "delta": np.column_stack([delta.shares(evidence), np.zeros(size)]),
    }


def by_scores(evidence: Evidence, profile: InteractionProfile) -> np.ndarray:
    """Posteriors with the probability of the right choice in place of right and wrong."""
    right = np.column_stack([evidence.expected[view][0] for view in JUDGED])
    guessed = np.column_stack([guess_rates(evidence, view) for view in JUDGED])
    steady = float(reliability(columns(evidence).mean(axis=0), evidence.num_examples))
    return posterior(likelihood(right, guessed, steady, least=1 / evidence.num_examples), drawn_shares(profile))


def profile_of(evidence: Evidence, seed: int) -> InteractionProfile:
    return profile_task(evidence, ProfileSettings(), seed=seed)


def true_types(task: Task, evidence: Evidence) -> np.ndarray:
    """The place of each example's type (num_examples,), 4 where nobody holds the answer."""
    built = {example.id: example.built_as for split in (task.train, task.validation) for example in split}
    places: dict[str | None, int] = {kind: place for place, kind in enumerate(TYPES)} | {None: 4}
    return np.array([places[built[example_id]] for example_id in evidence.example_ids])


def scores(told: Told) -> dict[str, Any]:
    """Of each predictor: Brier score and share of right types with standard errors over tasks, and calibration.

    The calibration error is that of all examples together.
    """
    names = list(told[0][0]) if told else []
    return {name: score([(found[name], own) for found, own in told]) for name in names}


def score(told: Sequence[tuple[np.ndarray, np.ndarray]]) -> Mapping[str, float]:
    brier = [((found - np.eye(5)[own]) ** 2).sum(axis=1).mean() for found, own in told]
    right = [(found.argmax(axis=1) == own).mean() for found, own in told]
    everything, types = np.concatenate([found for found, _ in told]), np.concatenate([own for _, own in told])
    return {
        "brier": round(float(np.mean(brier)), 4),
        "brier_error": round(standard_error(brier), 4),
        "right": round(float(np.mean(right)), 4),
        "right_error": round(standard_error(right), 4),
        "calibration_error": round(calibration_error(everything, types), 4),
    }


def calibration_error(found: np.ndarray, own: np.ndarray) -> float:
    """Expected calibration error of the most likely type, in ten bins of its probability."""
    sure, right = found.max(axis=1), found.argmax(axis=1) == own
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(right[bins == place].sum() - sure[bins == place].sum()) for place in range(10)]
    return float(sum(gaps) / len(own))


def standard_error(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


if __name__ == "__main__":
    main()
