"""How fast this machine answers and trains, measured on a few of the run's own examples, some seconds long."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from mintune.records import Example, Task

if TYPE_CHECKING:
    from mintune.way import Way

PROBE_EXAMPLES = 32
PROBE_BATCH = 8
"""Questions asked at once: a batch holds prompts of like length, and a few of every task's are not."""

PROBE_ADAPTER = "speed"


def examples_in(seconds: float, per_training: float) -> int:
    """How many training examples go into a time, at least one."""
    return max(1, int(seconds / per_training))


def speeds(way: Way) -> tuple[float, float]:
    """Seconds an answer and seconds a training example, measured on a few examples of every task in turn.

    In pieces of like length, as in a run: all of them in one batch would be padded to the longest of any task.
    """
    from mintune.models.adapters import activated, attach, drop_adapter
    from mintune.models.answering import Question, answer
    from mintune.models.encoding import Encoder
    from mintune.models.loss import answer_losses
    from mintune.models.precision import as_in_training
    from mintune.models.showing import show
    from mintune.tune.rows import split_by_length

    sample = _few(way.suite.tasks)
    shown = [show(task, example, "both") for task, example in sample]
    questions = [
        Question(task.name, example.id, "both", what, example.choices)
        for (task, example), what in zip(sample, shown, strict=True)
    ]
    encoder = Encoder(way.backbone)

    def ask() -> None:
        answer(way.backbone, questions, batch_size=min(PROBE_BATCH, way.config.batch_size))

    def train() -> None:
        rows = encoder.with_answers(shown, [example.targets[0] for _, example in sample])
        with activated(way.backbone, PROBE_ADAPTER), as_in_training(way.backbone):
            for piece in split_by_length([len(row) for row in rows]):
                answer_losses(way.backbone, encoder.collate([rows[index] for index in piece])).mean().backward()

    asking = _usual_time(ask)
    attach(way.backbone, way.config.tune.rank, way.config.seed, PROBE_ADAPTER)
    try:
        training = _usual_time(train)
    finally:
        drop_adapter(way.backbone, PROBE_ADAPTER)
    return asking / len(sample), training / len(sample)


def _usual_time(work: Callable[[], None]) -> float:
    """Seconds of doing the work again, the better of two.

    The first time pays for loading code and preparing kernels, once a process; and on a machine that does other work
    threads that wait for one another can take ten times as long for a moment.
    """
    work()
    times = []
    for _ in range(2):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def _few(tasks: tuple[Task, ...]) -> list[tuple[Task, Example]]:
    """A few training examples, task after task."""
    return [
        (task, task.train[number])
        for number in range(-(-PROBE_EXAMPLES // len(tasks)))
        for task in tasks
        if number < len(task.train)
    ][:PROBE_EXAMPLES]
