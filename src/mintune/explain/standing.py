"""How strategies and tasks stand after tuning: means over tasks and over seeds, each with its interval.

The interval of a mean speaks of these tasks with other test examples (and other seeds, where there were several), not
of other tasks: it combines the intervals of the scores, taken as normal and independent between tasks. It is a
description; whether one strategy beats another is decided by the paired comparisons, which are narrower.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance
from typing import TYPE_CHECKING

from mintune.records import Estimate

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.records import Score


@dataclass(frozen=True)
class TaskStanding:
    """One task under every strategy: scores are means over seeds, `chance` and `ceiling` those of the strategy in use.

    `is_seen` is false where no strategy lifts the task's interval above chance: the backbone cannot do it yet, and
    nothing follows from it about groups. `is_harmed` says that the whole interval of the strategy in use lies below
    that of the reference strategy.
    """

    task: str
    metric: str
    chance: float
    ceiling: float
    values: dict[str, Estimate]
    is_seen: bool
    is_harmed: bool


def mean_normalised(
    scores: Sequence[Score], strategy: str, confidence: float, tasks: Collection[str] | None = None
) -> Estimate | None:
    """Mean over tasks of the normalised score (1 is perfect, 0 is chance), or None where the strategy has none.

    `tasks` restricts the mean; off, it is over all tasks that the strategy was scored on.
    """
    by_task: dict[str, list[Score]] = {}
    for score in scores:
        if score.strategy == strategy and (tasks is None or score.task in tasks):
            by_task.setdefault(score.task, []).append(score)
    if not by_task:
        return None
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    mean = fmean(fmean(score.normalised for score in seeds) for seeds in by_task.values())
    total_variance = sum(_variance(seeds, quantile) for seeds in by_task.values())
    reach = quantile * math.sqrt(total_variance) / len(by_task)
    # No task can score above its ceiling, which is 1 here; below chance there is room.
    return Estimate(value=mean, low=mean - reach, high=max(mean, min(1.0, mean + reach)))


def normalised_by_task(scores: Sequence[Score], strategy: str) -> dict[str, float]:
    """Each task's normalised score under a strategy, the mean over seeds."""
    found: dict[str, list[float]] = {}
    for score in scores:
        if score.strategy == strategy:
            found.setdefault(score.task, []).append(score.normalised)
    return {task: fmean(values) for task, values in found.items()}


def stand_tasks(report: ReportData, reference: str | None) -> list[TaskStanding]:
    """Every scored task, in the suite's order; `reference` is the strategy that harm is measured against."""
    scores = report.scores.scores if report.scores else ()
    by_task: dict[str, dict[str, list[Score]]] = {}
    for score in scores:
        by_task.setdefault(score.task, {}).setdefault(score.strategy, []).append(score)
    order = {task.name: place for place, task in enumerate(report.suite.tasks)}
    return [
        _stand(task, by_task[task], report.main, reference)
        for task in sorted(by_task, key=lambda task: order.get(task, len(order)))
    ]


def _stand(task: str, by_strategy: dict[str, list[Score]], main: str, reference: str | None) -> TaskStanding:
    seeds = by_strategy.get(main) or next(iter(by_strategy.values()))
    values = {strategy: _over_seeds(found) for strategy, found in by_strategy.items()}
    lows = [value.low - fmean(score.chance for score in by_strategy[name]) for name, value in values.items()]
    mine, theirs = values.get(main), values.get(reference or "")
    return TaskStanding(
        task=task,
        metric=seeds[0].metric,
        chance=fmean(score.chance for score in seeds),
        ceiling=fmean(score.ceiling for score in seeds),
        values=values,
        is_seen=max(lows) > 0,
        is_harmed=mine is not None and theirs is not None and mine.high < theirs.low,
    )


def _over_seeds(scores: Sequence[Score]) -> Estimate:
    return Estimate(
        value=fmean(score.value for score in scores),
        low=fmean(score.low for score in scores),
        high=fmean(score.high for score in scores),
    )


def _variance(seeds: Sequence[Score], quantile: float) -> float:
    """Variance of one task's normalised score: that of its test examples, which seeds share, and that of its seeds."""
    of_examples = fmean(
        ((score.high - score.low) / (2 * quantile) / max(score.ceiling - score.chance, 1e-9)) ** 2 for score in seeds
    )
    of_seeds = variance([score.normalised for score in seeds]) / len(seeds) if len(seeds) > 1 else 0.0
    return of_examples + of_seeds
