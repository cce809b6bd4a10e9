"""What tuning may spend, and how it is shared: between trunk and branches, and among the branches.

Shares are whole examples and whole steps that sum exactly to the budget, so that strategies with one group and with
forty are compared at the same number of both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.config import read_budget
from mintune.errors import TrainingError
from mintune.progress import number_of

if TYPE_CHECKING:
    from mintune.config import TuneSettings
    from mintune.records import Suite


@dataclass(frozen=True, slots=True)
class Budget:
    """Examples shown in training (repeats counted) and optimiser steps taken; at least one example a step."""

    examples: int
    steps: int

    def __post_init__(self) -> None:
        if not 0 <= self.steps <= self.examples or (self.steps == 0 < self.examples):
            raise TrainingError(
                f"a budget of {self.examples} examples in {self.steps} steps: a step needs at least one example, "
                "and examples need a step"
            )


def budget_of(suite: Suite, settings: TuneSettings) -> Budget:
    """What every strategy spends on this suite in batches of `batch_size`: `budget`, or `epochs` passes over all of it.

    TrainingError where a task has no training example, or the budget is time that is not told as examples yet.
    """
    empty = [task.name for task in suite.tasks if len(task.train) == 0]
    if empty or not suite.tasks:
        raise TrainingError(
            f"no training examples in {', '.join(empty) or 'a suite without tasks'}; add some or leave it out"
        )
    if settings.budget is None:
        examples = max(1, round(settings.epochs * sum(len(task.train) for task in suite.tasks)))
    else:
        given, _ = read_budget(settings.budget)
        if given is None:
            raise TrainingError(
                f"tune.budget: {settings.budget} is time, and a stage takes examples; give a number of them"
            )
        examples = given
    return budget_for(examples, settings)


def budget_for(examples: int, settings: TuneSettings) -> Budget:
    """So many examples in batches of `batch_size`."""
    return Budget(examples, math.ceil(examples / settings.batch_size))


def split_trunk(budget: Budget, trunk: float) -> tuple[Budget, Budget]:
    """The trunk's part, a share `trunk` in [0, 1] of the steps, and what is left for the branches."""
    steps = round(trunk * budget.steps)
    examples = 0 if steps == 0 else budget.examples * steps // budget.steps
    return Budget(examples, steps), Budget(budget.examples - examples, budget.steps - steps)


def split_branches(budget: Budget, shares: Mapping[str, float]) -> dict[str, Budget]:
    """Each group's part of the branches' budget, by its share; every group takes at least one step.

    An empty budget gives empty parts. TrainingError where there are fewer steps than groups.
    """
    if budget.steps == 0:
        return dict.fromkeys(shares, Budget(0, 0))
    if budget.steps < len(shares):
        raise TrainingError(
            f"{number_of(budget.steps, 'optimiser step')} cannot be shared by {len(shares)} groups (what the trunk "
            "takes is not for them); raise tune.epochs (tune.budget), or lower tune.batch_size or tune.trunk"
        )
    steps = _at_least_one(apportion(budget.steps, shares))
    # Every step has one example; the others are shared. So no group gets steps without examples.
    spare = apportion(budget.examples - budget.steps, {group: float(count) for group, count in steps.items()})
    return {group: Budget(steps[group] + spare[group], steps[group]) for group in shares}


def apportion(total: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers in proportion to `shares` that sum to `total`, by largest remainder; ties go to the earlier key."""
    whole = sum(shares.values())
    quotas = {key: total * share / whole for key, share in shares.items()}
    counts = {key: math.floor(quota) for key, quota in quotas.items()}
    by_remainder = sorted(shares, key=lambda key: counts[key] - quotas[key])
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def _at_least_one(counts: dict[str, int]) -> dict[str, int]:
    """The same total with a unit moved from the largest count to each count of zero."""
    counts = dict(counts)
    for key in [key for key, count in counts.items() if count == 0]:
        counts[max(counts, key=lambda other: counts[other])] -= 1
        counts[key] = 1
    return counts
