"""From predictions on test examples to scores: pure, no model, no files.

`questions` says what to ask; whoever has a model (or predictions made elsewhere) answers; `score_predictions` scores.
Every test example must be answered exactly once: a missing answer is an error, never a smaller denominator.
"""

from __future__ import annotations

import difflib
import zlib
from typing import TYPE_CHECKING

import numpy as np

from mintune.errors import DataError
from mintune.evaluate.chance import chance_level
from mintune.evaluate.interval import image_clusters, mean_interval
from mintune.evaluate.metrics import METRICS, best_possible
from mintune.records import Score

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mintune.models.answering import Question
    from mintune.records import Prediction, Suite, Task, View

VIEWS_ASKED: tuple[View, ...] = ("none", "both")


def questions(task: Task, views: Sequence[View] = VIEWS_ASKED) -> list[Question]:
    """What to ask a model about the task's test examples: all under one view, then all under the next.

    `both` is scored; `none` tells what the instruction and the choices give away and need be asked once of an adapter.
    """
    from mintune.models.answering import Question
    from mintune.models.showing import show

    return [
        Question(task.name, example.id, view, show(task, example, view), example.choices)
        for view in views
        for example in task.test
    ]


def score_predictions(
    suite: Suite,
    predictions: Mapping[str, Sequence[Prediction]],
    *,
    strategy: str,
    seed: int,
    none_predictions: Mapping[str, Sequence[Prediction]],
    confidence: float,
) -> list[Score]:
    """Score predictions under view `both` on the test examples of every task, in the order of the suite.

    Args:
        suite: the tasks; one without test examples is passed over.
        predictions: by task, one for each test example, in any order.
        strategy: the strategy whose adapters answered.
        seed: the seed they were trained with.
        none_predictions: by task, answers to the test examples under view `none`; a task may be left out, and its
            chance is then the majority answer's. Give every strategy the same ones (of the backbone, say): scores
            normalised by different chances cannot be compared.
        confidence: level of the intervals.

    Returns:
        One Score a task. `normalised` is 0 where chance leaves no room below the ceiling.

    Raises:
        DataError: a prediction of an unknown task or example, a second one of an example, or a missing one.
    """
    names = [task.name for task in suite.tasks]
    for name in (*predictions, *none_predictions):
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.0)
            raise DataError(f"predictions of unknown task {name}; the suite has {near[0] if near else 'no task'}")
    return [
        _score_task(
            task,
            _in_order(task, "both", predictions.get(task.name, ())),
            _in_order(task, "none", none_predictions[task.name]) if task.name in none_predictions else [],
            strategy=strategy,
            seed=seed,
            confidence=confidence,
        )
        for task in suite.tasks
        if len(task.test)
    ]


def example_scores(task: Task, answers: Sequence[str]) -> list[float]:
    """The metric of each test example's answer, in [0, 1]."""
    metric = METRICS[task.metric]
    return [metric(answer, example.targets) for answer, example in zip(answers, task.test, strict=True)]


def _score_task(
    task: Task, answers: list[str], none_answers: list[str], *, strategy: str, seed: int, confidence: float
) -> Score:
    values = example_scores(task, answers)
    value = float(np.mean(values))
    chance = chance_level(task, example_scores(task, none_answers) if none_answers else [])
    ceiling = float(np.mean([best_possible(task.metric, example.targets) for example in task.test]))
    generator = np.random.default_rng([zlib.crc32(task.name.encode()), seed])
    low, high = mean_interval(values, image_clusters(task.test), confidence=confidence, generator=generator)
    return Score(
        task=task.name,
        strategy=strategy,
        seed=seed,
        metric=task.metric,
        value=value,
        low=low,
        high=high,
        chance=chance,
        ceiling=ceiling,
        normalised=normalised(value, chance, ceiling),
        num_examples=len(values),
    )


def normalised(value: float, chance: float, ceiling: float) -> float:
    """(value - chance) / (ceiling - chance): 0 at chance, 1 at the ceiling; 0 where the two meet."""
    room = ceiling - chance
    return (value - chance) / room if room > 1e-9 else 0.0


def _in_order(task: Task, view: View, predictions: Sequence[Prediction]) -> list[str]:
    """Answers in the order of the test examples, checked to be one for each."""
    given: dict[str, str] = {}
    wanted = {example.id for example in task.test}
    for prediction in predictions:
        where = f"task {task.name}, view {view}, example {prediction.example_id}"
        if prediction.view != view:
            raise DataError(f"{where}: the prediction is of view {prediction.view}")
        if prediction.example_id not in wanted:
            raise DataError(f"{where}: is not among the task's {len(wanted)} test examples")
        if prediction.example_id in given:
            raise DataError(f"{where}: was predicted twice")
        given[prediction.example_id] = prediction.answer
    missing = [example.id for example in task.test if example.id not in given]
    if missing:
        raise DataError(
            f"task {task.name}, view {view}: {len(missing)} of {len(wanted)} test examples have no prediction "
            f"(the first is {missing[0]}); predict them, or take the task out of the suite"
        )
    return [given[example.id] for example in task.test]
