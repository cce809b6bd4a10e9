"""All tasks of a suite answered by probes: the third way to predictions, beside a backbone and files brought along.

Tasks are worked on in as many processes as there are cores, one thread each; what is found depends neither on their
number nor on which other tasks there are.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.errors import ConfigError
from mintune.profile.own import find, require_arguments
from mintune.profile.probes import pictures, words
from mintune.profile.probes.own import GIVEN, IMAGE_KEY, TEXT_KEY
from mintune.records import Cost, Prediction, Quarantined, Suite

if TYPE_CHECKING:
    from mintune.config import FeatureSettings, ProfileSettings
    from mintune.records import Task

VERSION = 2
"""Raised when the same data would give other answers, so that profiles made before are made again."""

ALL_ALIKE = (
    "all examples share a picture, or without pictures their words, so none can be held out and none is answered"
)

INSTALL = "pip install 'mintune[probes]'"


@dataclass(frozen=True)
class Answered:
    """Predictions by task, none of one that could not be answered, and what they took."""

    predictions: dict[str, list[Prediction]]
    cost: Cost

    @property
    def aside(self) -> tuple[Quarantined, ...]:
        """The tasks that could not be answered, with the reason."""
        return tuple(
            Quarantined(task=task, file="probes", line=None, reason=ALL_ALIKE)
            for task, predictions in self.predictions.items()
            if not predictions
        )


def features(own: FeatureSettings) -> str:
    """What probes see here, in words: it hangs on what is installed, and so is part of what a profile is made from."""
    return f"{own.image or pictures.NAME}; {own.text or words.name_of_words()}"


def own_functions(own: FeatureSettings) -> dict[str, str]:
    """The user's own functions by the key under which mintune.yaml names them."""
    named = {IMAGE_KEY: own.image, TEXT_KEY: own.text}
    return {key: name for key, name in named.items() if name is not None}


def check_settings(settings: ProfileSettings) -> None:
    """ConfigError where settings ask of probes what only a model can do, or what features are taken by will not do."""
    if settings.hiding != "drop":
        raise ConfigError(
            f"profile.hiding: is {settings.hiding!r}, but `backbone: none` leaves hidden sides out; accepted: drop"
        )
    if settings.also_hiding:
        raise ConfigError(
            f"profile.also_hiding: is {', '.join(settings.also_hiding)}, but `backbone: none` leaves hidden sides out "
            "and has no other way; leave the key out"
        )
    if settings.adapt == "always":
        raise ConfigError(
            "profile.adapt: is 'always', and with `backbone: none` there is nothing to adapt; accepted: auto, never"
        )
    for key, name in own_functions(settings.features).items():
        require_arguments(key, name, find(key, name), GIVEN[key])
    if settings.features.image is None and importlib.util.find_spec("skimage") is None:
        raise ConfigError(f"backbone: `none` takes features of pictures from scikit-image, which is missing; {INSTALL}")


def answer_suite(
    suite: Suite, settings: ProfileSettings, *, seed: int, advance: Callable[[int], None], processes: int | None = None
) -> Answered:
    """Answer every task's chosen examples under the four views.

    Args:
        suite: the tasks.
        settings: how many examples of a task are asked.
        seed: of everything that draws.
        advance: told of each task that is done.
        processes: how many work at once, off: one a core; with one, work stays in this process.

    Raises:
        DataError: a task has no example to ask, or a picture cannot be decoded.
        EstimationError: a function of the user's own gives no features.
    """
    from joblib import Parallel, cpu_count, delayed

    started = time.perf_counter()
    at_once = max(1, min(cpu_count() if processes is None else processes, len(suite.tasks)))
    work = (delayed(answer_task)(task, settings, seed) for task in suite.tasks)
    found: dict[str, list[Prediction]] = {}
    for task, predictions in zip(suite.tasks, Parallel(at_once, return_as="generator")(work), strict=True):
        found[task.name] = predictions
        advance(1)
    return Answered(found, Cost(seconds=time.perf_counter() - started, examples=sum(map(len, found.values()))))


def answer_task(task: Task, settings: ProfileSettings, seed: int) -> list[Prediction]:
    """Predictions of one task's chosen examples under the four views, on one thread; none where no fold can be made."""
    from threadpoolctl import threadpool_limits

    from mintune.profile.probes.crossfit import answer
    from mintune.profile.probes.material import prepare

    with threadpool_limits(1):  # sums in another order would be other sums
        return answer(prepare(task, settings, seed=seed))
