"""What each step of training saw: the loss of each task, the learning rate, the length of the gradient.

Noted beside a stretch's checkpoints before each of them, so that a resumed run goes on from exactly where the
checkpoint stands and ends with the same rows. A finished adapter's folder holds the rows of its trunk and its branch as
`losses.parquet`: part, step, task, loss (nats an answer token), learning_rate, gradient_norm (before it is clipped).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mintune.run import Journal, write_table

JOURNAL = "losses.jsonl"
TABLE = "losses.parquet"

Parts = Sequence[tuple[str, Path]]
"""The stretches that led to an adapter, by name and the folder of their checkpoints."""


class History:
    """The rows of one stretch, one a step."""

    def __init__(self, folder: Path, *, done: int) -> None:
        """Goes on after `done` steps; what a killed process noted beyond them is struck."""
        self._journal = Journal(folder / JOURNAL)
        self._new: list[dict[str, Any]] = []
        self._journal.keep(lambda row: row["step"] <= done)

    def note(self, step: int, losses: Mapping[str, float], *, learning_rate: float, gradient_norm: float) -> None:
        """Remember a step (from 1) until the next checkpoint."""
        self._new.append(
            {"step": step, "losses": dict(losses), "learning_rate": learning_rate, "gradient_norm": gradient_norm}
        )

    def keep(self) -> None:
        """Put what was noted on disk."""
        self._journal.append(self._new)
        self._new = []


def write_history(path: Path, parts: Parts) -> Path:
    """The rows of these stretches as one Parquet file, a row a step and task; a stretch without a journal has none."""
    import pyarrow as pa

    columns: dict[str, list[Any]] = {
        name: [] for name in ("part", "step", "task", "loss", "learning_rate", "gradient_norm")
    }
    for part, folder in parts:
        for row in Journal(folder / JOURNAL):
            for task, loss in row["losses"].items():
                values = (part, row["step"], task, loss, row["learning_rate"], row["gradient_norm"])
                for column, value in zip(columns.values(), values, strict=True):
                    column.append(value)
    types = (pa.string(), pa.int32(), pa.string(), pa.float32(), pa.float32(), pa.float32())
    arrays = {name: pa.array(values, kind) for (name, values), kind in zip(columns.items(), types, strict=True)}
    return write_table(path, arrays)
