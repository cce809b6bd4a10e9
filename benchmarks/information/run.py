"""How far are bits estimated from samples from the truth, and is the test of synergy right where there is none.

    OMP_NUM_THREADS=1 .venv/bin/python -m benchmarks.information.run

Each condition draws samples anew for every repeat and compares `mintune.profile.information.estimate` with the closed
form (gates of `tests/profile/gates.py`) or, where sides are continuous, with the exact decomposition of the channel on
a fine grid. A condition is written to `results.json` when it is done, and not run again while it is there.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict
from tests.profile.gates import GATES, Gate

from mintune.profile.broja import TOLERANCE_BITS, decompose
from mintune.profile.crossfit import calibrated, deal
from mintune.profile.information import InformationEstimate, estimate
from mintune.profile.samples import Source
from mintune.run import write_text

HERE = Path(__file__).parent

PARTS = ("redundancy", "unique_1", "unique_2", "synergy")
BY_NAME = {gate.name: gate for gate in GATES}

SPREAD = 0.5
"""Standard deviation of a continuous side around its bit, which stands at -1 or 1."""

GRID = np.linspace(-4, 4, 81)

RIGHT = 0.95
"""How often a view that knows is right where views slip apart."""

SLIPPING = {"both sides know": (True, True), "one side knows": (True, False), "neither knows": (False, False)}

Draw = Callable[[np.random.Generator], InformationEstimate]


@dataclass(frozen=True)
class Condition:
    """What is drawn, how often, and what is true of it in bits."""

    draw: Draw
    repeats: int
    truth: tuple[float, float, float, float]


def truth_of(gate: Gate) -> tuple[float, float, float, float]:
    return gate.redundancy, gate.unique_1, gate.unique_2, gate.synergy


def independent(num_values: int, size: int, num_draws: int) -> Draw:
    """Both sides and the answer are drawn apart."""

    def draw(rng: np.random.Generator) -> InformationEstimate:
        first, second = (Source(values=rng.integers(0, num_values, size)) for _ in range(2))
        return estimate(first, second, rng.integers(0, 2, size), rng, num_draws=num_draws)

    return draw


def from_gate(gate: Gate, size: int, num_draws: int) -> Draw:
    def draw(rng: np.random.Generator) -> InformationEstimate:
        first, second, answers = sampled(gate.table, size, rng)
        return estimate(Source(values=first), Source(values=second), answers, rng, num_draws=num_draws)

    return draw


def sampled(table: np.ndarray, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    first, second, answers = np.unravel_index(rng.choice(table.size, size=size, p=table.ravel()), table.shape)
    return first, second, answers


def continuous(gate: Gate, size: int, num_draws: int) -> Draw:
    """Each side's bit is seen through noise; posteriors are those of cross-fitted gradient boosting on the numbers."""

    def draw(rng: np.random.Generator) -> InformationEstimate:
        *bits, answers = sampled(gate.table, size, rng)
        sides = np.stack([2 * bit - 1 + SPREAD * rng.normal(size=size) for bit in bits], axis=1)
        seed = int(rng.integers(2**31))
        one, other, fused = (boosted(part, answers, seed) for part in (sides[:, :1], sides[:, 1:], sides))
        return estimate(
            Source(posteriors=one), Source(posteriors=other), answers, rng, fused=fused, num_draws=num_draws
        )

    return draw


def boosted(features: np.ndarray, answers: np.ndarray, seed: int) -> np.ndarray:
    model = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=40, max_leaf_nodes=8, min_samples_leaf=40, l2_regularization=1.0, random_state=seed
    )
    chances: np.ndarray = cross_val_predict(model, features, answers, cv=5, method="predict_proba")
    return chances


def truth_through_noise(gate: Gate) -> tuple[float, float, float, float]:
    """The decomposition of the gate whose two-valued sides are seen through noise, on a grid."""
    seen = np.stack([norm.pdf(GRID, loc=place, scale=SPREAD) for place in (-1, 1)])
    seen /= seen.sum(axis=1, keepdims=True)
    found = decompose(np.einsum("aby,ai,bj->ijy", gate.table, seen, seen), tolerance_bits=1e-4)
    return tuple(getattr(found, part).value for part in PARTS)


def slipping(is_known: tuple[bool, bool], size: int, num_draws: int) -> Draw:
    """Sides that know, and the fused predictor, are right in RIGHT of the cases, and wrong apart from one another."""

    def believed(answers: np.ndarray, knows: bool, rng: np.random.Generator) -> np.ndarray:
        says = np.where(rng.random(size) < (RIGHT if knows else 0.5), answers, 1 - answers)
        sure = rng.uniform(0.7, 0.99, size)
        return np.where(says[:, None] == np.arange(2), sure[:, None], 1 - sure[:, None])

    def draw(rng: np.random.Generator) -> InformationEstimate:
        answers = rng.integers(0, 2, size)
        folds = deal(1, size, rng)[0]
        one, other, both = (calibrated(believed(answers, knows, rng), answers, folds) for knows in (*is_known, True))
        return estimate(Source(posteriors=one), Source(posteriors=other), answers, rng, fused=both, num_draws=num_draws)

    return draw


def slipping_truth(is_known: tuple[bool, bool]) -> tuple[float, float, float, float]:
    """All that a predictor which is right so often can say, at the part that the task is built of."""
    bits = 1 + RIGHT * np.log2(RIGHT) + (1 - RIGHT) * np.log2(1 - RIGHT)
    one, other = is_known
    return (
        bits * (one and other),
        bits * (one and not other),
        bits * (other and not one),
        bits * (not one and not other),
    )


CONDITIONS: dict[str, Condition] = (
    {
        "noise, 20 values, n = 1000": Condition(independent(20, 1000, 60), 200, (0, 0, 0, 0)),
        "UNQ, n = 200": Condition(from_gate(BY_NAME["UNQ"], 200, 100), 200, truth_of(BY_NAME["UNQ"])),
        "noisy UNQ, n = 200": Condition(from_gate(BY_NAME["noisy UNQ"], 200, 99), 1000, truth_of(BY_NAME["noisy UNQ"])),
        "noisy RDN, n = 200": Condition(from_gate(BY_NAME["noisy RDN"], 200, 99), 1000, truth_of(BY_NAME["noisy RDN"])),
        "noise, 5 values, n = 300": Condition(independent(5, 300, 99), 1000, (0, 0, 0, 0)),
    }
    | {
        f"continuous {name}, n = 2000": Condition(
            continuous(BY_NAME[name], 2000, 40), 20, truth_through_noise(BY_NAME[name])
        )
        for name in ("noisy XOR", "noisy RDN", "noisy UNQ", "noisy AND")
    }
    | {
        f"views that slip apart, {name}, n = {size}": Condition(
            slipping(is_known, size, 60), 60, slipping_truth(is_known)
        )
        for name, is_known in SLIPPING.items()
        for size in (150, 400)
    }
)


def run(condition: Condition) -> dict[str, Any]:
    started = time.process_time()
    found = [condition.draw(np.random.default_rng(repeat)) for repeat in range(condition.repeats)]
    values = np.array([[getattr(one, part).value for part in PARTS] for one in found])
    raw = np.array([[getattr(one, part).raw for part in PARTS] for one in found])
    inside = [
        [getattr(one, part).low - TOLERANCE_BITS <= truth <= getattr(one, part).high + TOLERANCE_BITS for one in found]
        for part, truth in zip(PARTS, condition.truth, strict=True)
    ]
    rejected = [one.p_value <= 0.05 for one in found if one.p_value is not None]
    return {
        "repeats": condition.repeats,
        "truth": dict(zip(PARTS, condition.truth, strict=True)),
        "mean": dict(zip(PARTS, values.mean(axis=0).tolist(), strict=True)),
        "mean_raw": dict(zip(PARTS, raw.mean(axis=0).tolist(), strict=True)),
        "spread": dict(zip(PARTS, values.std(axis=0, ddof=1).tolist(), strict=True)),
        "synergy_above_0_by_its_interval": float(np.mean([one.synergy.low > 0 for one in found])),
        "mean_absolute_synergy": float(np.abs(values[:, 3]).mean()),
        "coverage_of_95": dict(zip(PARTS, np.mean(inside, axis=1).tolist(), strict=True)),
        "synergy_at_5_percent": float(np.mean(rejected)) if rejected else None,
        "cpu_seconds_each": (time.process_time() - started) / condition.repeats,
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    arguments = parser.parse_args()
    results = json.loads(arguments.out.read_text()) if arguments.out.exists() else {}
    for name, condition in CONDITIONS.items():
        if name not in results:
            results[name] = run(condition)
            write_text(arguments.out, json.dumps(results, indent=1) + "\n")
            print(name, json.dumps(results[name]), flush=True)


if __name__ == "__main__":
    main()
