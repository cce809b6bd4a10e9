"""What a task scores without looking: the larger of two ways to know nothing of an example.

- `none` view: the answers given when instruction and choices are shown alone.
- majority: the commonest training answer, given to every test example.

Both are measured on the test examples with the task's metric. The larger of two noisy numbers is a little too large, so
normalised scores err on the low side. Answers that a skilled guesser would read off the wording (a longer choice, say)
are not covered.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mintune.answers import normalise
from mintune.evaluate.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.records import Example, Task


def chance_level(task: Task, none_scores: Sequence[float]) -> float:
    """The larger of the mean score under view `none` (where it was asked) and the majority answer's, in [0, 1]."""
    levels = [majority_level(task)]
    if none_scores:
        levels.append(sum(none_scores) / len(none_scores))
    return max(levels)


def majority_level(task: Task) -> float:
    """Mean test score of always giving the commonest training answer; 0 where there are no training examples."""
    answer = majority_answer(task.train)
    if answer is None:
        return 0.0
    metric = METRICS[task.metric]
    return sum(metric(answer, example.targets) for example in task.test) / len(task.test)


def majority_answer(examples: Sequence[Example]) -> str | None:
    """The commonest first accepted answer, equal ones counted together; the first met among equals."""
    said: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for example in examples:
        form = normalise(example.targets[0])
        said.setdefault(form, example.targets[0])
        counts[form] += 1
    return said[counts.most_common(1)[0][0]] if counts else None
