"""Products of the two sides: learnt by a small network, and by the convex kernel machine that probes use.

    PYTHONPATH=. .venv/bin/python benchmarks/probes/network.py

Tasks of `tests.profile.probes.drawn` whose answer is a parity of colour and word, each plain to see alone. Both get the
same features, five folds and the best of their stages on the held-out folds, which flatters both alike. The network has
products of 16 projections, Adam and decay. Writes `network.json` beside this file.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.profile.probes.drawn import drawn_task

from mintune.config import ProfileSettings
from mintune.profile.probes.bilinear import Sides, bilinear, log_softmax, softmax
from mintune.profile.probes.folds import deal
from mintune.profile.probes.learners import log_prior
from mintune.profile.probes.material import prepare
from mintune.profile.probes.question import Question
from mintune.run import write_text

Array = NDArray[np.float32]

SIZES = (100, 160, 400)
SEEDS = (0, 1, 2)
STAGES = (10, 20, 40, 80, 160, 320)
RANK, BATCH, RATE, DECAY = 16, 128, 0.02, 0.01


def main() -> None:
    rows = [compare(size, seed) for size in SIZES for seed in SEEDS]
    write_text(Path(__file__).with_name("network.json"), json.dumps(rows, indent=1) + "\n")
    for row in rows:
        print(row)


def compare(size: int, seed: int) -> dict[str, Any]:
    """Accuracy under `both` and CPU seconds of five folds, by either way of learning products."""
    material = prepare(drawn_task("synergy", size, seed=seed), ProfileSettings(examples=size), seed=seed)
    folds = deal(material.clusters, material.targets, 5, np.random.default_rng(seed))
    question = Question.of(material, np.arange(size))
    row: dict[str, Any] = {"examples": size, "seed": seed}
    for name in ("network", "kernel"):
        right, started = [], time.process_time()
        for fold in range(5):
            taught, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
            labels, prior = question.labels[taught], log_prior(question.labels[taught], 2)
            seen, shown = question.sides("both", taught), question.sides("both", asked)
            if name == "kernel":
                found = bilinear(seen, labels, prior, shown)
            else:
                found = network(seen, labels, prior, shown, np.random.default_rng([seed, fold]))
            right.append((found.argmax(axis=-1) == question.labels[asked]).mean(axis=1))
        row[name] = round(float(np.mean(right, axis=0).max()), 3)
        row[f"{name}_cpu_seconds"] = round(time.process_time() - started, 2)
    return row


def network(seen: Sides, labels: np.ndarray, prior: Array, asked: Sides, rng: np.random.Generator) -> Array:
    """Learn logits = b + J W + ((L A) * (R B)) C: log chances (num_stages, num_asked, num_answers)."""
    joined, gold = seen.joined, np.eye(len(prior), dtype=np.float32)[labels]
    weights = {
        "b": prior.copy(),
        "W": np.zeros((joined.shape[1], len(prior)), np.float32),
        "A": rng.standard_normal((seen.left.shape[1], RANK), np.float32),
        "B": rng.standard_normal((seen.right.shape[1], RANK), np.float32),
        "C": np.zeros((RANK, len(prior)), np.float32),
    }
    moments = {name: (np.zeros_like(array), np.zeros_like(array)) for name, array in weights.items()}
    found = []
    for number in range(1, STAGES[-1] + 1):
        few = rng.integers(len(labels), size=min(BATCH, len(labels)))
        left, right, whole = seen.left[few], seen.right[few], joined[few]
        one, other = left @ weights["A"], right @ weights["B"]
        error = (softmax(weights["b"] + whole @ weights["W"] + (one * other) @ weights["C"]) - gold[few]) / len(few)
        back = error @ weights["C"].T
        slopes = {"b": error.sum(axis=0), "W": whole.T @ error, "C": (one * other).T @ error}
        slopes |= {"A": left.T @ (back * other), "B": right.T @ (back * one)}
        rate = RATE * (1 - 0.99**number) ** 0.5 / (1 - 0.9**number)
        for name, slope in slopes.items():
            mean, square = moments[name]
            mean += 0.1 * (slope - mean)
            square += 0.01 * (slope**2 - square)
            weights[name] *= 1 - RATE * DECAY
            weights[name] -= rate * mean / (np.sqrt(square) + 1e-8)
        if number in STAGES:
            products = (asked.left @ weights["A"]) * (asked.right @ weights["B"])
            found.append(log_softmax(weights["b"] + asked.joined @ weights["W"] + products @ weights["C"]))
    return np.stack(found)


if __name__ == "__main__":
    main()
