"""From predictions on test examples to scores: pure, no model, no files.

`questions` says what to ask; whoever has a model (or predictions made elsewhere) answers. `set_exams` reads once a run
what scoring needs of the test examples; `score_predictions` scores each strategy on that. Every test example must be
answered exactly once: a missing answer is an error, never a smaller denominator.
"""

from __future__ import annotations

import difflib
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mintune.errors import DataError
from mintune.evaluate.chance import majority_answer
from mintune.evaluate.interval import mean_interval
from mintune.evaluate.metrics import METRICS, best_possible
from mintune.records import Score
from mintune.tasks.clusters import picture_clusters
from mintune.tasks.outlines import outlines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mintune.models.answering import Question
    from mintune.records import Prediction, Suite, Task, View

VERSION = 3
"""Raised when the same answers would score otherwise (metrics, chance, intervals, comparisons) or strategies would be
compared otherwise (ranks, learning rates), so that scores made before are made again."""


def questions(task: Task, view: View) -> list[Question]:
    """What to ask a model about the task's test examples.

    Answers under `both` are scored; those under `none` tell what the instruction and the choices give away, and need be
    asked once of a backbone.
    """
    from mintune.models.answering import Question
    from mintune.models.showing import show

    return [Question(task.name, example.id, view, show(task, example, view), example.choices) for example in task.test]


@dataclass(frozen=True, slots=True)
class Exam:
    """What scoring needs of a task's test examples, whoever answers them: read once a run, and without pictures.

    `ids`, `targets` and `clusters` are (num_examples,), `clusters` numbers the examples that share images; `chance` and
    `ceiling` are the scores of who knows nothing and of who knows everything.
    """

    task: str
    metric: str
    ids: tuple[str, ...]
    targets: tuple[tuple[str, ...], ...]
    clusters: tuple[int, ...]
    chance: float
    ceiling: float


def set_exams(suite: Suite, none_predictions: Mapping[str, Sequence[Prediction]]) -> list[Exam]:
    """An Exam for each task that has test examples, in the order of the suite.

    `none_predictions` are, by task, answers to the test examples under view `none`; a task may be left out, and its
    chance is then the majority answer's. Every strategy is scored on the same exams: scores normalised by different
    chances cannot be compared. DataError as `score_predictions`.
    """
    _check_tasks(none_predictions, [task.name for task in suite.tasks])
    return [_set_exam(task, none_predictions.get(task.name)) for task in suite.tasks if len(task.test)]


def _set_exam(task: Task, none_predictions: Sequence[Prediction] | None) -> Exam:
    test = list(outlines(task.test))
    targets = tuple(example.targets for example in test)
    majority = majority_answer(outlines(task.train))
    unseen = Exam(
        task=task.name,
        metric=task.metric,
        ids=tuple(example.id for example in test),
        targets=targets,
        clusters=tuple(picture_clusters(task.test)),
        chance=0.0 if majority is None else float(np.mean(metric_values(task.metric, [majority] * len(test), targets))),
        ceiling=float(np.mean([best_possible(task.metric, accepted) for accepted in targets])),
    )
    if none_predictions is None:
        return unseen
    blind = float(np.mean(metric_values(task.metric, _in_order(unseen, "none", none_predictions), targets)))
    return replace(unseen, chance=max(unseen.chance, blind))


def score_predictions(
    exams: Sequence[Exam],
    predictions: Mapping[str, Sequence[Prediction]],
    *,
    strategy: str,
    seed: int,
    confidence: float,
) -> list[Score]:
    """Score predictions under view `both` on the test examples of every task, in the order of the exams.

    Args:
        exams: what is asked of each task.
        predictions: by task, one for each test example, in any order.
        strategy: the strategy whose adapters answered.
        seed: the seed they were trained with.
        confidence: level of the intervals.

    Returns:
        One Score an exam. `normalised` is 0 where chance leaves no room below the ceiling.

    Raises:
        DataError: a prediction of an unknown task or example, a second one of an example, or a missing one.
    """
    _check_tasks(predictions, [exam.task for exam in exams])
    return [
        _score(exam, _in_order(exam, "both", predictions.get(exam.task, ())), strategy, seed, confidence)
        for exam in exams
    ]


def metric_values(metric: str, answers: Sequence[str], targets: Sequence[Sequence[str]]) -> list[float]:
    """The metric of each answer, in [0, 1], against the answers accepted for its example."""
    score = METRICS[metric]
    return [score(answer, accepted) for answer, accepted in zip(answers, targets, strict=True)]


def _score(exam: Exam, answers: Sequence[str], strategy: str, seed: int, confidence: float) -> Score:
    values = metric_values(exam.metric, answers, exam.targets)
    value = float(np.mean(values))
    generator = np.random.default_rng([zlib.crc32(exam.task.encode()), seed])
    low, high = mean_interval(values, exam.clusters, confidence=confidence, generator=generator)
    return Score(
        task=exam.task,
        strategy=strategy,
        seed=seed,
        metric=exam.metric,
        value=value,
        low=low,
        high=high,
        chance=exam.chance,
        ceiling=exam.ceiling,
        normalised=normalised(value, exam.chance, exam.ceiling),
        num_examples=len(values),
    )


def normalised(value: float, chance: float, ceiling: float) -> float:
    """(value - chance) / (ceiling - chance): 0 at chance, 1 at the ceiling; 0 where the two meet."""
    room = ceiling - chance
    return (value - chance) / room if room > 1e-9 else 0.0


def _check_tasks(predicted: Iterable[str], tasks: Sequence[str]) -> None:
    for name in predicted:
        if name not in tasks:
            near = difflib.get_close_matches(name, tasks, n=1, cutoff=0.0)
            raise DataError(f"predictions of unknown task {name}; the suite has {near[0] if near else 'no task'}")


def _in_order(exam: Exam, view: View, predictions: Sequence[Prediction]) -> list[str]:
    """Answers in the order of the test examples, checked to be one for each."""
    given: dict[str, str] = {}
    wanted = set(exam.ids)
    for prediction in predictions:
        where = f"task {exam.task}, view {view}, example {prediction.example_id}"
        if prediction.view != view:
            raise DataError(f"{where}: the prediction is of view {prediction.view}")
        if prediction.example_id not in wanted:
            raise DataError(f"{where}: is not among the task's {len(wanted)} test examples")
        if prediction.example_id in given:
            raise DataError(f"{where}: was predicted twice")
        given[prediction.example_id] = prediction.answer
    missing = [name for name in exam.ids if name not in given]
    if missing:
        raise DataError(
            f"task {exam.task}, view {view}: {len(missing)} of {len(wanted)} test examples have no prediction "
            f"(the first is {missing[0]}); predict them, or take the task out of the suite"
        )
    return [given[name] for name in exam.ids]
