"""How validation goes while an adapter is trained: its values so far, which state is the best, when to stop.

Values are noted beside a stretch's checkpoints and before each of them, as training losses are (`history.py`), so that
a resumed run goes on from exactly where its checkpoint stands. Which state is best and whether training is over follow
from the values noted and from nothing else. A finished adapter's folder holds the values of its trunk and its branch as
`validation.parquet`: part, step (0: before the first), task, loss (nats an answer token), metric in [0, 1], normalised
(the metric corrected for chance).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mintune.records import TaskValidation, Validation
from mintune.run import Journal, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.config import ValidationSettings
    from mintune.tune.history import Parts

JOURNAL = "validation.jsonl"
TABLE = "validation.parquet"


@dataclass(frozen=True, slots=True)
class Found:
    """What one task's validation examples said of a state.

    `loss` is in nats an answer token. `metric` is in [0, 1], `normalised` the same corrected for chance; both are None
    where answers are not scored. `examples` counts the examples.
    """

    loss: float
    metric: float | None
    normalised: float | None
    examples: int


@dataclass(frozen=True, slots=True)
class Look:
    """All tasks' values at one optimiser step, of `planned` in the stretch."""

    step: int
    planned: int
    tasks: Mapping[str, Found]


class Course:
    """The validations of one stretch of training, in their order."""

    def __init__(self, folder: Path, settings: ValidationSettings, *, done: int) -> None:
        """Goes on after `done` steps; what a killed process noted beyond them is struck."""
        self._settings = settings
        self._journal = Journal(folder / JOURNAL)
        # Before the first checkpoint a run begins anew, and looks at its beginning again.
        self._looks = [_look(row) for row in self._journal.keep(lambda row: done > 0 and row["step"] <= done)]
        self._new: list[Look] = []

    def note(self, look: Look) -> None:
        """Remember a validation until the next checkpoint."""
        self._looks.append(look)
        self._new.append(look)

    def save(self) -> None:
        """Put what was noted on disk."""
        self._journal.append([asdict(look) for look in self._new])
        self._new = []

    @property
    def has_begun(self) -> bool:
        """Whether there was a validation already."""
        return bool(self._looks)

    @property
    def chooses(self) -> bool:
        """Whether the best state is kept, and not the last."""
        return self._settings.keep != "last"

    @property
    def kept_step(self) -> int:
        """The step of the state to be kept, among those looked at: the best, the first of equals, or the last one."""
        return self._kept().step

    @property
    def planned(self) -> int:
        """Steps of the whole stretch."""
        return self._looks[-1].planned

    @property
    def is_over(self) -> bool:
        """Whether training stops here: the last `patience` validations were no better than the best."""
        patience = self._settings.patience
        if patience is None or not self._looks:
            return False
        return len(self._looks) - 1 - self._looks.index(self._kept()) >= patience

    def verdict(self) -> Validation:
        """What an adapter's card says of it, once the stretch is done."""
        kept = self._kept()
        best = {task: min(self._looks, key=lambda look: self._fault(look.tasks[task])) for task in kept.tasks}
        return Validation(
            kept=self._settings.keep,
            step=kept.step,
            trained_steps=self._looks[-1].step,
            planned_steps=kept.planned,
            examples=sum(found.examples for look in self._looks for found in look.tasks.values()),
            tasks={
                task: TaskValidation(
                    best_step=best[task].step,
                    best_loss=best[task].tasks[task].loss,
                    best_metric=best[task].tasks[task].metric,
                    loss=found.loss,
                    metric=found.metric,
                )
                for task, found in kept.tasks.items()
            },
        )

    def _kept(self) -> Look:
        if not self.chooses:
            return self._looks[-1]
        return min(self._looks, key=lambda look: sum(map(self._fault, look.tasks.values())))

    def _fault(self, found: Found) -> float:
        """What is to be small: the loss, or what the metric falls short of."""
        if self._settings.keep != "best_metric":
            return found.loss
        assert found.normalised is not None  # `Job` has seen to it that answers are scored
        return -found.normalised


def verdict_on(parts: Parts, settings: ValidationSettings) -> Validation | None:
    """What the last of these stretches says of its adapter.

    None where nothing was looked at in it, or the adapter was merged of several branches.
    """
    if [name for name, _ in parts].count("branch") > 1:
        return None
    _, folder = parts[-1]
    looks = [row["step"] for row in Journal(folder / JOURNAL)]
    return Course(folder, settings, done=max(looks)).verdict() if looks and max(looks) > 0 else None


def write_validations(path: Path, parts: Parts) -> Path | None:
    """The values of these stretches as one Parquet file, a row a step and task.

    Without any value there is no file, and one that lies there of other settings is removed.
    """
    import pyarrow as pa

    rows = [
        (part, look.step, task, found.loss, found.metric, found.normalised)
        for part, folder in parts
        for look in map(_look, Journal(folder / JOURNAL))
        for task, found in look.tasks.items()
    ]
    if not rows:
        path.unlink(missing_ok=True)
        return None
    types = {
        "part": pa.string(),
        "step": pa.int32(),
        "task": pa.string(),
        "loss": pa.float32(),
        "metric": pa.float32(),
        "normalised": pa.float32(),
    }
    columns = zip(*rows, strict=True)
    table = {name: pa.array(values, kind) for (name, kind), values in zip(types.items(), columns, strict=True)}
    return write_table(path, table)


def _look(row: Mapping[str, Any]) -> Look:
    return Look(row["step"], row["planned"], {task: Found(**found) for task, found in row["tasks"].items()})
