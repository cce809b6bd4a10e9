"""Profiling in rounds: a few examples of every task, then more of those whose type is not settled yet (method: 6).

A task stops when its type is settled or hopeless (`sequential.py`), or when its examples run out. Where a budget does
not do for all that are open, those that are nearest to being settled are asked first: most types for the budget.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from mintune.errors import ConfigError
from mintune.profile.evidence import gather
from mintune.profile.finding import LEAST_EXAMPLES
from mintune.profile.resampling import generator
from mintune.profile.sequential import Settlement, settle
from mintune.profile.similarity import named
from mintune.records import Prediction, Task

if TYPE_CHECKING:
    from mintune.config import ProfileSettings
    from mintune.models.answering import Question

FIRST = LEAST_EXAMPLES
GROWTH = 1.25


def in_drawn_order(questions: Sequence[Question], *, seed: int) -> list[list[Question]]:
    """The questions of one task, example by example, in an order drawn by seed and task: any beginning is a sample."""
    examples = [list(asked) for _, asked in groupby(questions, key=lambda question: question.example_id)]
    order = generator(seed, "rounds", questions[0].task).permutation(len(examples)).tolist()
    return [examples[place] for place in order]


def next_round(
    most: Mapping[str, int], asked: Mapping[str, int], settled: Mapping[str, Settlement], budget: int | None
) -> dict[str, int]:
    """How many examples of which tasks are to have been asked after the next round; none when all is done.

    Args:
        most: examples each task has to ask.
        asked: examples asked so far; all tasks or none.
        settled: what is known of each task that was asked.
        budget: examples of all tasks together, None for no limit.

    Raises:
        ConfigError: the budget does not do for the first round.
    """
    if not asked:
        first = {task: min(FIRST, number) for task, number in most.items()}
        if budget is not None and sum(first.values()) > budget:
            raise ConfigError(
                f"profile.rounds.examples (--budget): {budget} do not do for {len(most)} tasks; the first round "
                f"takes up to {FIRST} of each, {sum(first.values())} in all"
            )
        return first
    left = math.inf if budget is None else budget - sum(asked.values())
    chosen: dict[str, int] = {}
    for task in sorted(most, key=lambda task: (-settled[task].progress, task)):
        wanted = min(most[task], math.ceil(asked[task] * GROWTH))
        if settled[task].is_open and asked[task] < wanted <= asked[task] + left:
            chosen[task] = wanted
            left -= wanted - asked[task]
    return chosen


def settlement(task: Task, predictions: Sequence[Prediction], settings: ProfileSettings, most: int) -> Settlement:
    """What a task's predictions so far settle."""
    similarity = None if settings.similarity is None else named(settings.similarity)
    return settle(gather(task, predictions, similarity=similarity)[0], confidence=settings.confidence, most=most)
