"""Ask an adapter in training some validation examples of each task: their loss, and the task's metric on its answers.

Each task is asked by itself and always the same examples in the same batches, so its values do not depend on the tasks
beside it. The loss is in the base's own precision, as answers are. Test examples are never looked at. How an answer is
scored is told by a `Judge`, as metrics belong to `evaluate`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mintune.errors import ConfigError, TrainingError
from mintune.tune.chosen import Chosen
from mintune.tune.course import Found
from mintune.tune.rows import Rows, look
from mintune.tune.sampler import Slot, generator

if TYPE_CHECKING:
    from mintune.config import TuneSettings
    from mintune.models.backbone import Backbone
    from mintune.records import Example, Suite, Task


def unheard(_line: str) -> None:
    """Says nothing to anybody."""


@dataclass(frozen=True)
class Judge:
    """How answers are scored, by code of this `version`, and who hears how validation goes and where training goes on.

    `mark` takes a task, examples of it and an answer to each, and gives the task's metric in [0, 1] and the same
    corrected for chance.
    """

    version: int
    mark: Callable[[Task, Sequence[Example], Sequence[str]], tuple[float, float]]
    say: Callable[[str], None] = unheard


def check_examples(suite: Suite, key: str) -> None:
    """ConfigError where a task has no validation example, which `key` of the configuration takes."""
    empty = [task.name for task in suite.tasks if len(task.validation) == 0]
    if empty:
        raise ConfigError(
            f"{key}: no validation examples in {', '.join(empty)}; give them a validation split, raise "
            f"suite.validation, or leave {key} out"
        )


class Examiner:
    """Asks the active adapter of a backbone; ConfigError where a task has no validation example."""

    def __init__(
        self, backbone: Backbone, suite: Suite, settings: TuneSettings, *, seed: int, judge: Judge | None
    ) -> None:
        assert settings.validation is not None
        check_examples(suite, "tune.validation")
        self.say = unheard if judge is None else judge.say
        self._backbone = backbone
        self._judge = judge
        self._batch_size = settings.batch_size
        self._tasks = {task.name: drawn(task, settings.validation.examples, seed) for task in suite.tasks}
        self._rows = Rows(backbone, self._tasks.values())
        self._suite = suite

    def prepare(self) -> None:
        """Compute the features of all pictures that will be shown, in the same order whenever a run is resumed."""
        look(self._backbone, self._tasks.values())

    def ask(self, names: Iterable[str], adapter: str) -> dict[str, Found]:
        """What these tasks say of the adapter of that name, which is active. TrainingError where a loss is no number.

        Under several processes each asks some of the tasks, and all get all values.
        """
        from accelerate.state import PartialState
        from accelerate.utils import gather_object

        names, state = list(names), PartialState()
        own = names[state.process_index :: state.num_processes]
        from mintune.models.backbone import evaluating

        with evaluating(self._backbone):
            asked = gather_object([(name, self._found(self._tasks[name], adapter)) for name in own])
        found = dict(asked)
        return {name: found[name] for name in names}

    def _found(self, task: Task, adapter: str) -> Found:
        loss = mean_loss(self._backbone, self._rows, task, self._batch_size)
        if not math.isfinite(loss):
            raise TrainingError(f"the validation loss of {task.name} is {loss}, no finite number")
        if self._judge is None:
            return Found(loss, None, None, len(task.train))
        metric, normalised = self._judge.mark(self._suite[task.name], task.train, self._answers(task, adapter))
        return Found(loss, metric, normalised, len(task.train))

    def _answers(self, task: Task, adapter: str) -> list[str]:
        from mintune.models.answering import Question, answer
        from mintune.models.showing import show

        questions = [
            Question(task.name, str(number), "both", show(task, example, "both"), example.choices)
            for number, example in enumerate(task.train)
        ]
        predictions = answer(
            self._backbone,
            questions,
            batch_size=self._batch_size,
            adapter=adapter,
            max_new_tokens=self._longest_answers,
        )
        return [prediction.answer for prediction in predictions]

    @cached_property
    def _longest_answers(self) -> dict[str, int]:
        from mintune.models.lengths import longest_answers

        return longest_answers(self._backbone, self._suite.tasks)


def mean_loss(backbone: Backbone, rows: Rows, task: Task, batch_size: int) -> float:
    """The mean over a task's training examples of the mean over their answer tokens, in nats, by who is active."""
    import torch

    from mintune.models.loss import answer_losses

    slots = [Slot(task.name, index, 0) for index in range(len(task.train))]
    total = 0.0
    with torch.no_grad():
        for begin in range(0, len(slots), batch_size):
            for _, batch in rows.batches(rows.of(slots[begin : begin + batch_size])):
                total += float(answer_losses(backbone, batch).double().sum())
    return total / len(slots)


def drawn(task: Task, most: int, seed: int) -> Task:
    """The task with at most so many of its validation examples in place of its training examples."""
    indices = generator(seed, "validation", task.name).permutation(len(task.validation))[:most]
    chosen = Chosen(task.validation, sorted(indices.tolist()))
    return dataclasses.replace(task, splits={"train": chosen})
