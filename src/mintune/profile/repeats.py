"""Several answers to one example under one view: in other wordings, sampled, or drawn from the scores of its choices.

Where a task's instruction has several wordings, each answer is asked in one of its own. Elsewhere, where there is a
temperature, open answers are sampled, each with a seed of its own, and a closed question is asked once: its answers are
drawn from the scores of its choices, so that any number of them costs nothing. What is drawn depends on the run's seed,
the task, the example, the view and the number of the draw, and on nothing else.

What differs between drawn answers is what the model is unsure of, by its own scores, and drawing adds slips that its
likeliest answer does not have. What it is wrongly sure of it repeats; other wordings move that, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mintune.errors import ConfigError
from mintune.profile.resampling import generator
from mintune.profile.similarity import probabilities
from mintune.records import Example, Prediction, Suite, Task, View
from mintune.tasks.outlines import outlines

if TYPE_CHECKING:
    from mintune.config import RepeatsSettings
    from mintune.models.answering import Question
    from mintune.models.generating import Sampling


def check_settings(settings: RepeatsSettings, suite: Suite) -> None:
    """ConfigError where wordings are of a task that is not there, or too few for the answers."""
    names = [task.name for task in suite.tasks]
    for name, others in settings.wordings.items():
        if name not in names:
            known = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
            raise ConfigError(f"profile.repeats.wordings.{name}: the suite has no such task; it has {known}")
        if len(others) + 1 < settings.answers:
            raise ConfigError(
                f"profile.repeats.wordings.{name}: {len(others)} besides the data's own are too few for "
                f"{settings.answers} answers; expected {settings.answers - 1}"
            )


def times_asked(task: Task, is_open: bool, settings: RepeatsSettings | None) -> int:
    """How often a question on the task is really put, closed or open."""
    if settings is None:
        return 1
    is_sampled = is_open and settings.temperature is not None
    return settings.answers if is_sampled or task.name in settings.wordings else 1


def most_times_asked(task: Task, settings: RepeatsSettings | None) -> int:
    """The most often that a question on the task is put: as an open one, where any of its examples is open."""
    if settings is None:
        return 1
    any_open = any(outline.choices is None for split in (task.train, task.validation) for outline in outlines(split))
    return times_asked(task, any_open, settings)


def wordings(task: Task, is_open: bool, settings: RepeatsSettings | None) -> list[Task]:
    """The task as each question on it words it, one for each time that it is put."""
    others = settings.wordings.get(task.name, ()) if settings is not None else ()
    number = times_asked(task, is_open, settings)
    return [task, *(replace(task, instruction=words) for words in others)][:number] if others else [task] * number


def sampling(
    task: str, example: Example, view: View, draw: int, settings: RepeatsSettings | None, *, seed: int
) -> Sampling | None:
    """How an open answer is sampled; None where it is closed, asked in a wording of its own, or nothing is drawn."""
    if settings is None or settings.temperature is None or example.choices is not None or task in settings.wordings:
        return None
    from mintune.models.generating import Sampling

    own_seed = generator(seed, "sampled", task, example.id, view, str(draw)).integers(2**31)
    return Sampling(settings.temperature, int(own_seed))


def drawn(
    questions: Sequence[Question],
    predictions: Sequence[Prediction],
    settings: RepeatsSettings | None,
    *,
    seed: int,
) -> list[Prediction]:
    """Predictions with those that have scores, and were asked in one wording, drawn `answers` times each.

    Predictions are in the order of their questions. A closed one without scores (of a server that tells none) stays the
    one answer that it is.
    """
    if settings is None or settings.temperature is None:
        return list(predictions)
    found: list[Prediction] = []
    for question, one in zip(questions, predictions, strict=True):
        if one.scores is None or not question.choices or one.task in settings.wordings:
            found.append(one)
            continue
        chances = probabilities([score / settings.temperature for score in one.scores])
        rng = generator(seed, "drawn", one.task, one.example_id, one.view)
        places = rng.choice(len(chances), size=settings.answers, p=chances).tolist()
        found += [replace(one, answer=question.choices[place], draw=draw) for draw, place in enumerate(places)]
    return found
