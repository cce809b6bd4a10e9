"""What a run will ask and train, and about how long that takes here, said before it starts.

The work is counted from the configuration; the speed is measured on a few of the run's own examples, some seconds long.
It is an estimate: what is cached already costs nothing, and identical questions are asked once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.progress import number_of
from mintune.records import HIDDEN_VIEWS, VIEWS, Example, Task
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


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """What profiling will ask at most, and about how long that takes on this machine.

    Under `profile.rounds` it is less: a task stops when its type is settled. `num_training` counts the examples that
    view adapters are shown, should the backbone need them. `seconds` is None where others than the backbone answer:
    `answered_by` is backbone, server, probes or predictions. `num_hidings` counts the ways in which views are hidden.
    """

    answered_by: str
    num_tasks: int
    num_examples: int
    num_answers: int
    num_training: int
    in_rounds: bool
    seconds: float | None
    num_hidings: int = 1

    @property
    def sentence(self) -> str:
        """The plan in words."""
        if not self.num_answers:
            return f"{number_of(self.num_tasks, 'task')}: the predictions are there, nothing will be asked"
        most = "at most " if self.in_rounds else ""
        views = f"{len(VIEWS)} views" + (f", hidden in {self.num_hidings} ways" if self.num_hidings > 1 else "")
        return (
            f"{number_of(self.num_tasks, 'task')}, {most}{self.num_examples:,} examples under {views}: "
            f"up to {self.num_answers:,} answers and {self.num_training:,} training examples, {self._time(most)}"
        )

    def _time(self, most: str) -> str:
        if self.seconds is None:
            return "as fast as the server answers" if self.answered_by == "server" else "by probes, some seconds a task"
        return f"{most}about {max(1, round(self.seconds / 60))} min on this machine"


def plan_profile(way: Way) -> ProfilePlan:
    """Count the work of profiling alone, and measure this machine's speed at it. Loads suite and backbone."""
    examples, answers, again, training = _profile_work(way)
    per_answer, per_training = speeds(way) if way.asks_backbone else (0.0, 0.0)
    return ProfilePlan(
        answered_by=_answered_by(way),
        num_tasks=len(way.suite.tasks),
        num_examples=examples,
        num_answers=answers + again,
        num_training=training,
        in_rounds=way.config.profile.rounds is not None,
        seconds=_seconds(way, answers * per_answer, again * per_answer + training * per_training),
        num_hidings=len(way.config.profile.hidings),
    )


def _seconds(way: Way, asking: float, others: float) -> float | None:
    """Seconds of asking, within the budget if there is one, and of what no budget holds; None where others answer."""
    if not way.asks_backbone:
        return None if way.config.profile.predictions is None else 0.0
    rounds = way.config.profile.rounds
    passes = 2 if way.config.profile.adapt == "auto" else 1
    if rounds is not None and rounds.seconds is not None:
        asking = min(asking, passes * rounds.seconds)
    return asking + others


def _answered_by(way: Way) -> str:
    if way.asks_backbone:
        return "backbone"
    if way.config.is_probed:
        return "probes"
    return "server" if way.config.profile.predictions is None else "predictions"


def _profile_work(way: Way) -> tuple[int, int, int, int]:
    """Examples to profile on, answers under all views, those hidden in other ways, and training examples, all at most.

    Training is that of view adapters. Other ways of hiding are asked once, of who has answered in the end.
    """
    from mintune.profile.asking import num_asked
    from mintune.profile.repeats import most_times_asked

    tasks, settings = way.suite.tasks, way.config.profile
    if settings.predictions is not None:
        return 0, 0, 0, 0
    numbers = [num_asked(task, settings) for task in tasks]
    times = [most_times_asked(task, settings.repeats) for task in tasks]
    examples, put = sum(numbers), sum(a * b for a, b in zip(numbers, times, strict=True))
    if settings.rounds is not None and settings.rounds.examples is not None:
        examples = min(examples, settings.rounds.examples)
        put = min(put, examples * max(times, default=1))
    answers, again = put * len(VIEWS), put * len(HIDDEN_VIEWS) * len(settings.also_hiding)
    if not way.asks_backbone:
        return examples, answers, again, 0
    # Where `adapt` is `auto` the backbone may prove able; the plan takes the dearer case.
    answers *= 2 if settings.adapt == "auto" else 1
    training = sum(len(task.train) for task in tasks) * settings.adapt_epochs if settings.adapt != "never" else 0
    return examples, answers, again, training


def plan(way: Way) -> Plan:
    """Count the work of all five stages and measure this machine's speed at it. Loads suite and backbone."""
    tasks, settings = way.suite.tasks, way.config
    runs = planned_runs(way)
    _, asked, again, adapting = _profile_work(way) if way.asks_backbone else (0, 0, 0, 0)
    answers = asked + again + sum(len(task.test) for task in tasks) * (1 + len(runs))
    # What is merged is trained as `single` is, once for both.
    trained = {("single" if strategy in MERGED_BY else strategy, seed) for strategy, seed in runs}
    shown = sum(len(task.train) for task in tasks) * len(trained) * settings.tune.epochs + adapting
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
