"""What the tasks of a suite hold, in numbers: what one wants to see before believing anything else about them."""

from __future__ import annotations

from collections import Counter

from mintune.records import SPLITS, Record, Split, Suite
from mintune.tasks.findings import Seen, look_at


class TaskStatistics(Record):
    """What a task holds, in numbers."""

    task: str
    domain: str
    metric: str
    instruction: str
    examples: dict[Split, int]
    pictures: int
    quarantined: int
    answers: int
    choices: int | None
    commonest_answer: str
    commonest_share: float
    longest_text: int


def describe_suite(suite: Suite) -> list[TaskStatistics]:
    """What each task of a suite holds."""
    set_aside = Counter(row.task for row in suite.quarantined)
    return [_statistics(each, set_aside[each.task.name]) for each in look_at(suite)]


def _statistics(seen: Seen, quarantined: int) -> TaskStatistics:
    task = seen.task
    answers = Counter(example.targets[0] for example in seen.all if example.targets)
    [(commonest, times)] = answers.most_common(1) or [("", 0)]
    choices = {len(example.choices) for example in seen.all if example.choices is not None}
    return TaskStatistics(
        task=task.name,
        domain=task.domain,
        metric=task.metric,
        instruction=task.instruction,
        examples={split: len(seen.splits[split]) for split in SPLITS},
        pictures=len({image.pixels for example in seen.all for image in example.images}),
        quarantined=quarantined,
        answers=len(answers),
        choices=max(choices, default=None),
        commonest_answer=commonest,
        commonest_share=times / max(1, len(seen.all)),
        longest_text=max((len(example.text) for example in seen.all), default=0),
    )
