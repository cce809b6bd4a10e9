"""The strategy in use against each other one: paired over tasks, with an interval, a test, and counts.

A task's difference is between means over seeds (and draws) of its normalised score. The interval resamples tasks, and
within each strategy its seeds; with one seed it cannot see how much training varies, and is then too narrow. The test
flips the signs of the tasks' differences; p-values are corrected by Holm for the number of strategies compared.

Tasks of a suite are treated as a sample of tasks like them. Fewer than six tasks cannot reach p < 0.05 by sign flips.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from mintune.errors import DataError
from mintune.evaluate.interval import NUM_RESAMPLES, percentiles
from mintune.records import Comparison

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.evaluate.interval import Array
    from mintune.records import Score

EXACT_UP_TO = 14
"""Up to so many tasks all sign flips are counted; above, NUM_FLIPS are drawn."""

NUM_FLIPS = 20_000

SAME = 1e-9
"""Differences smaller than this are none."""


def compare(scores: Sequence[Score], *, strategy: str, confidence: float, seed: int) -> tuple[Comparison, ...]:
    """Compare a strategy with each other one that has scores, in order of their first score.

    `difference` is positive where `strategy` is better. DataError where the strategies were not scored on the same
    tasks with every seed, or where `strategy` has no scores.
    """
    strategies = list(dict.fromkeys(score.strategy for score in scores))
    if strategy not in strategies:
        raise DataError(f"no scores of strategy {strategy}; there are scores of {', '.join(strategies) or 'none'}")
    tasks = sorted({score.task for score in scores})
    table = {name: score_table(scores, name, tasks) for name in strategies}
    others = [name for name in strategies if name != strategy]
    generator = np.random.default_rng(seed)
    found = [_compare_two(table[strategy], table[other], confidence, generator) for other in others]
    adjusted = holm([p for *_, p in found])
    return tuple(
        Comparison(
            strategy=strategy,
            against=other,
            difference=float(differences.mean()),
            low=low,
            high=high,
            p_value=p_value,
            num_tasks=len(tasks),
            num_comparisons=len(others),
            num_better=int((differences > SAME).sum()),
            num_worse=int((differences < -SAME).sum()),
        )
        for other, (differences, low, high, _), p_value in zip(others, found, adjusted, strict=True)
    )


def score_table(scores: Sequence[Score], strategy: str, tasks: Sequence[str]) -> Array:
    """Normalised scores of a strategy, (num_seeds, num_tasks). DataError where a seed lacks a task."""
    by_seed: dict[int, dict[str, float]] = {}
    for score in scores:
        if score.strategy == strategy:
            by_seed.setdefault(score.seed, {})[score.task] = score.normalised
    for seed, of_tasks in by_seed.items():
        missing = [task for task in tasks if task not in of_tasks]
        if missing:
            raise DataError(
                f"strategy {strategy}, seed {seed}: no score of {', '.join(missing)}; "
                "evaluate every strategy on the same tasks"
            )
    return np.array([[of_tasks[task] for task in tasks] for of_tasks in by_seed.values()])


def sign_flip_p_value(differences: Array, generator: np.random.Generator) -> float:
    """Two-sided p of a mean as far from 0 as this one, were each task's difference as likely to be its opposite.

    All flips are counted up to EXACT_UP_TO tasks; above, NUM_FLIPS are drawn and the observed one is counted with them.
    """
    observed = abs(differences.sum()) - SAME
    if len(differences) <= EXACT_UP_TO:
        flips = np.array(list(product((1.0, -1.0), repeat=len(differences))))
        return float((np.abs(flips @ differences) >= observed).mean())
    flips = generator.choice((1.0, -1.0), size=(NUM_FLIPS, len(differences)))
    return float((1 + (np.abs(flips @ differences) >= observed).sum()) / (1 + NUM_FLIPS))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm-adjusted p-values in the same order (Holm 1979).

    The i-th smallest of m is multiplied by m - i + 1, made no smaller than the one before it, and cut at 1.
    """
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        running = max(running, min(1.0, p_values[index] * (len(p_values) - rank)))
        adjusted[index] = running
    return adjusted


def _compare_two(
    one: Array, other: Array, confidence: float, generator: np.random.Generator
) -> tuple[Array, float, float, float]:
    """Differences (num_tasks,), their mean's interval, and the uncorrected p-value."""
    differences = one.mean(axis=0) - other.mean(axis=0)
    resampled = _seeds_drawn(one, generator) - _seeds_drawn(other, generator)
    tasks = generator.integers(len(differences), size=(NUM_RESAMPLES, len(differences)))
    means = np.take_along_axis(resampled, tasks, axis=1).mean(axis=1)
    return differences, *percentiles(means, confidence), sign_flip_p_value(differences, generator)


def _seeds_drawn(table: Array, generator: np.random.Generator) -> Array:
    """Mean over seeds drawn with replacement, (NUM_RESAMPLES, num_tasks)."""
    num_seeds = len(table)
    weights = generator.multinomial(num_seeds, np.full(num_seeds, 1 / num_seeds), size=NUM_RESAMPLES) / num_seeds
    return np.asarray(weights @ table)
