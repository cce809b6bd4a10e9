"""What a task loses to the company it keeps: its score tuned alone, less its score tuned in a group.

Positive is interference, negative is help. In units of normalised score, between means over seeds, and only where
`single` was run. The interval adds the two scores' own intervals as if they were independent; both were taken on the
same test examples, so it is rather too wide. At equal budgets the adapters also differ in rank (`budget.py`).
"""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from mintune.records import Interference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.records import Score


def interference(scores: Sequence[Score], groups: dict[str, dict[str, str]]) -> list[Interference]:
    """Interference of each task under each strategy but `single`, in the order of the scores.

    `groups` gives for each strategy the group of each task (of one draw, where it has several); "" where not given.
    Empty where `single` has no scores.
    """
    by_task: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        by_task.setdefault((score.strategy, score.task), []).append(score)
    found = []
    for (strategy, task), together in by_task.items():
        alone = by_task.get(("single", task))
        if strategy == "single" or alone is None:
            continue
        value = _mean(alone) - _mean(together)
        half = hypot(_half_width(alone), _half_width(together))
        found.append(
            Interference(
                task=task,
                strategy=strategy,
                group=groups.get(strategy, {}).get(task, ""),
                value=value,
                low=value - half,
                high=value + half,
                num_seeds=min(len(alone), len(together)),
            )
        )
    return found


def _mean(scores: Sequence[Score]) -> float:
    return sum(score.normalised for score in scores) / len(scores)


def _half_width(scores: Sequence[Score]) -> float:
    """Half the mean interval, in units of normalised score: seeds share test examples, so more do not narrow it."""
    widths = [(score.high - score.low) / max(score.ceiling - score.chance, 1e-9) for score in scores]
    return sum(widths) / len(widths) / 2
