"""Scores of validation examples while an adapter is tuned, by the task's own metric.

Chance is what the commonest training answer scores on the same examples: what a model says to instruction and choices
alone is not asked here. Test examples are not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mintune.evaluate.chance import majority_answer
from mintune.evaluate.metrics import best_possible
from mintune.evaluate.stage import metric_values, normalised
from mintune.tasks.outlines import outlines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.records import Example, Task


class Marking:
    """Marks answers; a task's commonest answer is looked up once."""

    def __init__(self) -> None:
        self._majorities: dict[tuple[str, str], str | None] = {}

    def __call__(self, task: Task, examples: Sequence[Example], answers: Sequence[str]) -> tuple[float, float]:
        """The mean metric of one answer an example, in [0, 1], and the same normalised: 0 at chance, 1 at the most."""
        targets = [example.targets for example in outlines(examples)]
        value = float(np.mean(metric_values(task.metric, answers, targets)))
        ceiling = float(np.mean([best_possible(task.metric, accepted) for accepted in targets]))
        majority = self._majority(task)
        guesses = [] if majority is None else metric_values(task.metric, [majority] * len(targets), targets)
        return value, normalised(value, float(np.mean(guesses)) if guesses else 0.0, ceiling)

    def _majority(self, task: Task) -> str | None:
        key = task.name, task.fingerprint
        if key not in self._majorities:
            self._majorities[key] = majority_answer(outlines(task.train))
        return self._majorities[key]
