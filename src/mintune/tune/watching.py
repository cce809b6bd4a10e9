"""What looks on while the loop trains: validation, which may stop it and keeps the best weights, and trackers.

The loop calls `begin` before its first step, `after` behind each step and `save` before each checkpoint. Nothing here
changes a weight: a stretch that is watched and not stopped ends in the same state as one that is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mintune.errors import RunError
from mintune.run import write_bytes
from mintune.tune.course import Course, Found, Look

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from mintune.tune.examining import Examiner
    from mintune.tune.loop import Lesson
    from mintune.tune.trackers import Trackers

MOST_NAMED = 8
"""So many tasks are told one by one on the terminal; of more only the lowest and the highest loss."""

Weights = Mapping[str, "Tensor"]


class Watcher:
    """Sees every step and does nothing: what the loop has where nobody looks on."""

    def begin(self) -> None:
        """Before the first step, or the first after an interruption."""

    def after(self, _step: int, _losses: Mapping[str, float], _rate: float, _norm: float, /) -> bool:
        """After a step (from 1), with each task's loss, the learning rate, and the gradient's length before clipping.

        Says whether training stops here.
        """
        return False

    def save(self, *, is_main: bool) -> None:
        """Before a checkpoint: put on disk what a resumed run needs."""


@dataclass
class Validating:
    """Validation of one stretch: who is asked, every how many steps, how it goes, and where the best weights lie.

    `adapter` names the one in training, `weights` reads its weights as they are. `best` is a step and its weights,
    where this process found it; `on_disk` are the steps whose weights the last checkpoint needs.
    """

    examiner: Examiner
    course: Course
    folder: Path
    adapter: str
    every: int
    weights: Callable[[], Weights]
    best: tuple[int, Weights] | None = None
    on_disk: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.on_disk = {self.course.kept_step} if self.course.has_begun else set()

    def look(self, step: int, lesson: Lesson) -> dict[str, Found]:
        """Ask the adapter now, note what it says, and take its weights where they are the best so far."""
        found = self.examiner.ask(lesson.sampler.tasks, self.adapter)
        self.course.note(Look(step, lesson.sampler.budget.steps, found))
        if self.course.chooses and self.course.kept_step == step:
            self.best = step, {name: weight.detach().cpu().clone() for name, weight in self.weights().items()}
        return found

    def save(self) -> None:
        """Put the best weights and the values on disk; weights that the last checkpoint needs stay until the next."""
        if self.course.chooses:
            step = self.course.kept_step
            if self.best is not None and step not in self.on_disk:
                save_weights(self.folder, *self.best)
            keep_only(self.folder, {step} | self.on_disk)
            self.on_disk = {step}
        self.course.save()


class Watching(Watcher):
    """Looks on at one stretch of training, with trackers, with validation (None: without), or both."""

    def __init__(self, lesson: Lesson, validating: Validating | None, trackers: Trackers) -> None:
        self._lesson = lesson
        self._validating = validating
        self._trackers = trackers

    def begin(self) -> None:
        """The state in which the stretch begins is looked at, too: it may be the best."""
        if self._validating is not None and not self._validating.course.has_begun:
            self._send(0, self._look(self._validating, 0))

    def after(self, step: int, losses: Mapping[str, float], rate: float, norm: float, /) -> bool:
        """Send what the step saw; look at validation examples where it is time."""
        values = {f"train/loss/{task}": loss for task, loss in losses.items()}
        values |= {"train/learning_rate": rate, "train/gradient_norm": norm}
        validating, is_over = self._validating, False
        if validating is not None and (step % validating.every == 0 or step == self._lesson.sampler.budget.steps):
            values |= self._look(validating, step)
            is_over = validating.course.is_over
        self._send(step, values)
        return is_over

    def save(self, *, is_main: bool) -> None:
        """Values and best weights go to disk before the checkpoint that counts on them."""
        if is_main and self._validating is not None:
            self._validating.save()

    def _look(self, validating: Validating, step: int) -> dict[str, float]:
        found = validating.look(step, self._lesson)
        if _is_main():
            validating.examiner.say(sentence(self._lesson.name, validating.course, found, step))
        return tracked(found)

    def _send(self, step: int, values: Mapping[str, float]) -> None:
        if _is_main():
            self._trackers.send(step, values)


def tracked(found: Mapping[str, Found]) -> dict[str, float]:
    """Validation as trackers name it: each task's loss and metric, and the means that say which state is best."""
    values = {f"validation/loss/{task}": one.loss for task, one in found.items()}
    values |= {f"validation/metric/{task}": one.metric for task, one in found.items() if one.metric is not None}
    values["validation/mean_loss"] = sum(one.loss for one in found.values()) / len(found)
    marks = [one.normalised for one in found.values() if one.normalised is not None]
    return values | ({"validation/mean_normalised": sum(marks) / len(marks)} if marks else {})


def sentence(name: str, course: Course, found: Mapping[str, Found], step: int) -> str:
    """One line on a validation: where training is, each task's loss and metric, and whether it stops."""
    ranked = sorted(found, key=lambda task: found[task].loss)
    if len(found) > MOST_NAMED:
        mean = sum(one.loss for one in found.values()) / len(found)
        told = [
            f"mean of {len(found)} tasks {mean:.3f}, lowest {_worded(ranked[0], found)}",
            f"highest {_worded(ranked[-1], found)}",
        ]
    else:
        told = [_worded(task, found) for task in found]
    if course.chooses and step > 0:
        told.append(f"best at step {course.kept_step}")
    if course.is_over and step < course.planned:
        told.append("stops here")
    return f"{name}, step {step} of {course.planned}, validation loss: {', '.join(told)}"


def _worded(task: str, found: Mapping[str, Found]) -> str:
    one = found[task]
    return f"{task} {one.loss:.3f}" + ("" if one.metric is None else f" ({one.metric:.0%})")


def best_path(folder: Path, step: int) -> Path:
    """Where the weights of the step that is best so far lie."""
    return folder / f"best-{step}.safetensors"


def save_weights(folder: Path, step: int, weights: Weights) -> None:
    """Write the weights of a step, whole or not at all."""
    from safetensors.torch import save

    write_bytes(best_path(folder, step), save({name: weight.contiguous() for name, weight in weights.items()}))


def keep_only(folder: Path, steps: set[int]) -> None:
    """Delete the weights of all other steps."""
    kept = {best_path(folder, step) for step in steps}
    for path in folder.glob(best_path(folder, 0).name.replace("0", "*")):
        if path not in kept:
            path.unlink(missing_ok=True)


def load_weights(folder: Path, step: int) -> dict[str, Tensor]:
    """The weights of a step. RunError where they are gone or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    path = best_path(folder, step)
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise RunError(f"{path}: cannot be read ({error}); delete {folder} to train again") from error


def _is_main() -> bool:
    from accelerate.state import PartialState

    return bool(PartialState().is_main_process)
