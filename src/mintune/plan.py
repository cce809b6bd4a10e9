"""What a run will ask and train, and about how long that takes here, said before it starts.

The work is counted from the configuration; the speed is measured on a few of the run's own examples, some seconds long.
It is an estimate: what is cached already costs nothing, and identical questions are asked once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.progress import number_of
from mintune.records import VIEWS, Example, Task
from mintune.way import planned_runs

if TYPE_CHECKING:
    from mintune.way import Way

PROBE_EXAMPLES = 32
PROBE_BATCH = 8
"""Questions asked at once: a batch holds prompts of like length, and a few of every task's are not."""

PROBE_ADAPTER = "speed"


@dataclass(frozen=True, slots=True)
class Plan:
    """Answers a model will give, training examples it will be shown (repeats counted), and seconds that may take.

    `learning_rate` is the peak, which goes by the backbone where the configuration gives none.
    """

    num_tasks: int
    num_answers: int
    num_training: int
    num_strategies: int
    learning_rate: float
    seconds: float

    @property
    def sentence(self) -> str:
        """The plan in words."""
        minutes = max(1, round(self.seconds / 60))
        return (
            f"{number_of(self.num_tasks, 'task')}, up to {self.num_answers:,} answers and "
            f"{self.num_training:,} training examples under {number_of(self.num_strategies, 'tuning')} "
            f"with a peak learning rate of {self.learning_rate:g}: "
            f"about {minutes} min on this machine"
        )


def plan(way: Way) -> Plan:
    """Count the work of all five stages and measure this machine's speed at it. Loads suite and backbone."""
    tasks, settings = way.suite.tasks, way.config
    runs = planned_runs(way)
    is_asked = way.asks_backbone
    examples = sum(min(settings.profile.examples, len(task.train) + len(task.validation)) for task in tasks)
    asked = examples * len(VIEWS) if is_asked else 0
    tested = sum(len(task.test) for task in tasks) * (1 + len(runs))
    training = sum(len(task.train) for task in tasks)
    # Where `adapt` is `auto` the backbone may prove able; the plan takes the dearer case.
    adapts = is_asked and settings.profile.adapt != "never"
    answers = asked * (2 if settings.profile.adapt == "auto" else 1) + tested
    shown = training * (len(runs) * settings.tune.epochs + (settings.profile.adapt_epochs if adapts else 0))
    per_answer, per_training = speeds(way)
    return Plan(
        num_tasks=len(tasks),
        num_answers=answers,
        num_training=round(shown),
        num_strategies=len(runs),
        learning_rate=settings.tune.rate_for(settings.backbone),
        seconds=answers * per_answer + shown * per_training,
    )


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

    asking = _second_time(ask)
    attach(way.backbone, way.config.tune.rank, way.config.seed, PROBE_ADAPTER)
    try:
        training = _second_time(train)
    finally:
        drop_adapter(way.backbone, PROBE_ADAPTER)
    return asking / len(sample), training / len(sample)


def _second_time(work: Callable[[], None]) -> float:
    """Seconds of doing the work again: the first time pays for loading code and preparing kernels, once a process."""
    work()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _few(tasks: tuple[Task, ...]) -> list[tuple[Task, Example]]:
    """A few training examples, task after task."""
    return [
        (task, task.train[number])
        for number in range(-(-PROBE_EXAMPLES // len(tasks)))
        for task in tasks
        if number < len(task.train)
    ][:PROBE_EXAMPLES]
