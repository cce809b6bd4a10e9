"""Which examples a task is profiled on, and the questions put to a predictor: each example under four views.

Only training and validation examples are asked; test examples are touched by `evaluate` alone.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from mintune.errors import DataError
from mintune.models.showing import show
from mintune.profile.repeats import sampling, wordings
from mintune.profile.resampling import generator
from mintune.records import HIDDEN_VIEWS, VIEWS, Example, Hiding, Task

if TYPE_CHECKING:
    from mintune.config import ProfileSettings
    from mintune.models.answering import Question


def questions(task: Task, settings: ProfileSettings, *, seed: int) -> list[Question]:
    """Every chosen example under `none`, `image`, `text` and `both`, examples in the order of the data.

    With `repeats` a question is put once for each answer that takes asking (`repeats.py`). Where hidden modalities are
    shuffled, each example's stand-in is the next chosen one. DataError where the task has no example to ask, or only
    one to shuffle.
    """
    from mintune.models.answering import Question  # loads a model's libraries, which choosing examples does not need

    chosen = choose(task, settings.examples, seed=seed)
    partners: Sequence[Example | None] = [None] * len(chosen)
    if settings.hiding == "shuffle":
        if len(chosen) < 2:
            raise DataError(f"task {task.name}: hiding=shuffle takes 2 examples or more; found 1")
        partners = [*chosen[1:], chosen[0]]
    return [
        Question(
            task=task.name,
            example_id=example.id,
            view=view,
            shown=show(worded, example, view, hiding=settings.hiding, partner=partner),
            choices=example.choices,
            draw=draw,
            sampling=sampling(task.name, example, view, draw, settings.repeats, seed=seed),
        )
        for example, partner in zip(chosen, partners, strict=True)
        for view in VIEWS
        for draw, worded in enumerate(wordings(task, example.choices is None, settings.repeats))
    ]


def hidden_questions(
    task: Task, settings: ProfileSettings, hiding: Hiding, *, among: Container[str], seed: int
) -> list[Question]:
    """The views that hide something, hidden another way, of the chosen examples whose ids are `among` those given.

    Stand-ins are those that `questions` would take under `hiding`, and errors as there.
    """
    asked = questions(task, settings.model_copy(update={"hiding": hiding}), seed=seed)
    return [question for question in asked if question.view in HIDDEN_VIEWS and question.example_id in among]


def num_asked(task: Task, settings: ProfileSettings) -> int:
    """How many examples of a task are asked at most."""
    return min(settings.examples, len(task.train) + len(task.validation))


def choose(task: Task, most: int, *, seed: int) -> list[Example]:
    """Draw at most `most` training and validation examples by seed and task name; they keep the order of the data.

    DataError where the task has none.
    """
    train, validation = task.train, task.validation
    size = len(train) + len(validation)
    if size == 0:
        raise DataError(f"task {task.name}: has no training or validation example to profile; give it a train split")
    chosen: Sequence[int] = range(size)
    if size > most:
        drawn = generator(seed, "asking", task.name).choice(size, size=most, replace=False)
        chosen = sorted(drawn.tolist())
    return [train[place] if place < len(train) else validation[place - len(train)] for place in chosen]
