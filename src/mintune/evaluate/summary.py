"""Scores of a strategy by the type of task: mean with interval, median, and how many tasks are solved.

A few tasks that switch from chance to solved dominate a mean over few tasks; the median and the count stand beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mintune.evaluate.comparison import score_table
from mintune.evaluate.interval import NUM_RESAMPLES, percentiles
from mintune.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mintune.records import Score

SOLVED = 0.9
"""Normalised score from which a task counts as solved."""


class Summary(Record):
    """Normalised scores of a strategy over the tasks of one type, each task's the mean over seeds.

    `type` is `all` over all tasks. `seed_spread` is the standard deviation over seeds of the mean over tasks, None with
    one seed.
    """

    strategy: str
    type: str
    num_tasks: int
    num_seeds: int
    mean: float
    low: float
    high: float
    median: float
    num_solved: int
    seed_spread: float | None


def summarise(scores: Sequence[Score], types: Mapping[str, str], *, confidence: float, seed: int) -> list[Summary]:
    """Summaries of every strategy, over all tasks and then by type in the order of first task.

    `types` gives the type of each task; a task without one counts only under `all`. Intervals are by bootstrap over
    tasks, and of one task its value alone. DataError where a strategy lacks a task under some seed.
    """
    tasks = list(dict.fromkeys(score.task for score in scores))
    kinds = list(dict.fromkeys(types[task] for task in tasks if task in types))
    parts = {"all": tasks} | {kind: [task for task in tasks if types.get(task) == kind] for kind in kinds}
    strategies = list(dict.fromkeys(score.strategy for score in scores))
    return [_summary(scores, name, kind, parts[kind], confidence, seed) for name in strategies for kind in parts]


def _summary(
    scores: Sequence[Score], strategy: str, kind: str, tasks: Sequence[str], confidence: float, seed: int
) -> Summary:
    table = score_table(scores, strategy, tasks)
    values = table.mean(axis=0)
    generator = np.random.default_rng(seed)
    means = generator.choice(values, size=(NUM_RESAMPLES, len(values))).mean(axis=1)
    low, high = percentiles(means, confidence)
    return Summary(
        strategy=strategy,
        type=kind,
        num_tasks=len(tasks),
        num_seeds=len(table),
        mean=float(values.mean()),
        low=low,
        high=high,
        median=float(np.median(values)),
        num_solved=int((values >= SOLVED).sum()),
        seed_spread=float(table.mean(axis=1).std(ddof=1)) if len(table) > 1 else None,
    )
