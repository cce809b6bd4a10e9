"""Predictions on disk: `predictions/<task>/<view>.parquet`, Parquet or CSV with the same columns, or lmms-eval's logs.

    task, example_id, view (none|image|text|both), answer
    optional: scores (list, in the order of choices), gold (list), draw (which of several answers to the example under
    the view, from 0; off: 0), hiding (drop|blank|noise|shuffle, or the profile's)

In CSV a list is written as JSON: scores `[-0.1, -2.3]`, gold `["yes"]`; plain text in `gold` is one answer. A row that
cannot be used (unknown view, scores that are not finite numbers) is set aside with its file, row and reason; a file
that cannot be read is an error.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mintune.errors import DataError
from mintune.names import NAME_PATTERN, NAME_RULE
from mintune.profile import lmms_eval
from mintune.progress import number_of
from mintune.records import HIDINGS, VIEWS, Hiding, Prediction, Quarantined
from mintune.run import write_table

REQUIRED = ("task", "example_id", "view", "answer")
SUFFIXES = (".parquet", ".csv")
ROWS_AT_ONCE = 10_000
EXPECTED = f"*.parquet or *.csv with {', '.join(REQUIRED)}, or *_samples_*.jsonl of lmms-eval"

Place = tuple[Path, int]
"""A file and a line of it, or a row of a Parquet file, from 1."""


def write_task(folder: Path, predictions: Sequence[Prediction]) -> list[Path]:
    """Write one task's predictions as one Parquet file a view into `folder`; the same ones give the same bytes.

    What lay there of other views is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.parquet"):
        if old.stem not in {prediction.view for prediction in predictions}:
            old.unlink()
    by_view = {view: [prediction for prediction in predictions if prediction.view == view] for view in VIEWS}
    return [write(folder / f"{view}.parquet", found) for view, found in by_view.items() if found]


def write(path: Path, predictions: Sequence[Prediction]) -> Path:
    """Write predictions as one Parquet file, whole or not at all, in the order of their example ids and draws.

    There is a column `draw` where an example has several answers; without it files stay what they were before draws.
    """
    import pyarrow as pa

    ordered = sorted(predictions, key=lambda one: (one.task, one.view, one.example_id, one.draw))
    words = pa.list_(pa.string())
    columns = {
        "task": pa.array([prediction.task for prediction in ordered], pa.string()),
        "example_id": pa.array([prediction.example_id for prediction in ordered], pa.string()),
        "view": pa.array([prediction.view for prediction in ordered], pa.string()),
        "answer": pa.array([prediction.answer for prediction in ordered], pa.string()),
        "scores": pa.array([prediction.scores for prediction in ordered], pa.list_(pa.float64())),
        "gold": pa.array([prediction.gold for prediction in ordered], words),
    }
    if any(prediction.draw for prediction in ordered):
        columns["draw"] = pa.array([prediction.draw for prediction in ordered], pa.int32())
    if any(prediction.hiding for prediction in ordered):
        columns["hiding"] = pa.array([prediction.hiding for prediction in ordered], pa.string())
    return write_table(path, columns)


def read(path: Path, *, without: Path | None = None) -> tuple[list[Prediction], list[Quarantined]]:
    """Predictions of one file, or of all prediction files below a folder, with the rows that were set aside.

    Files below `without` do not count: a run folder holds predictions of its own. DataError where nothing is there, a
    file is damaged, or a column is missing.
    """
    predictions: list[Prediction] = []
    aside: list[Quarantined] = []
    for _, found in _placed(path, without):
        if isinstance(found, Quarantined):
            aside.append(found)
        else:
            predictions.append(found)
    return predictions, aside


def _placed(path: Path, without: Path | None) -> Iterator[tuple[Place, Prediction | Quarantined]]:
    """Every row of every file with where it stands: a prediction, or why it is none."""
    for file in _files(path, without):
        first = 2 if file.suffix.lower() == ".csv" else 1  # a CSV's first line names its columns
        for number, row in enumerate(_rows(file, path), start=first):
            try:
                if isinstance(row, ValueError):
                    raise row
                yield (file, number), _prediction(row)
            except ValueError as error:
                task = "" if isinstance(row, ValueError) else str(row.get("task") or "")
                yield (file, number), Quarantined(task=task, file=str(file), line=number, reason=str(error))


def read_for(
    tasks: Sequence[str],
    path: Path,
    *,
    without: Path | None = None,
    hiding: Hiding | None = None,
    golden: Mapping[str, Container[str]] | None = None,
) -> tuple[dict[str, list[Prediction]], list[Quarantined]]:
    """Predictions on the named tasks, by task, and what was set aside; rows on other tasks count as one for each task.

    `hiding` is the profile's own: rows that name it are as those that name none. `golden`, where there is no data, are
    the examples that have gold, by task: the others are left out without a word, as `gold_of` has told of them. Of
    several predictions on one example under one view, with the same draw and hidden the same way, the first counts.
    DataError as `read`, and where no row is on any of the tasks.
    """
    predictions, aside = read(path, without=without)
    if golden is not None:
        predictions = [one for one in predictions if one.example_id in golden.get(one.task, ())]
    predictions = [replace(one, hiding=None) if one.hiding and one.hiding == hiding else one for one in predictions]
    found: dict[str, list[Prediction]] = {task: [] for task in tasks}
    others: Counter[str] = Counter()
    again: Counter[str] = Counter()
    otherwise: dict[str, list[Prediction]] = {}
    seen: dict[tuple[str, str, str, int, str | None], str] = {}
    for prediction in predictions:
        key = prediction.task, prediction.example_id, prediction.view, prediction.draw, prediction.hiding
        if prediction.task not in found:
            others[prediction.task] += 1
        elif key in seen:
            again[prediction.task] += 1
            if prediction.answer != seen[key]:
                otherwise.setdefault(prediction.task, []).append(prediction)
        else:
            found[prediction.task].append(prediction)
            seen[key] = prediction.answer
    if not any(found.values()):
        _require_rows(path, predictions, aside)
        raise DataError(
            f"{path}: holds predictions on {', '.join(sorted(others)[:5]) or 'no task'}; "
            f"none on a task of the suite ({', '.join(tasks[:5])}{', ...' if len(tasks) > 5 else ''})"
        )
    reasons = {"the suite has no task of this name": others} | {"an earlier one is on the same view": again}
    aside += [
        Quarantined(task=task, file=str(path), line=None, reason=f"{number_of(count, 'row')}: {reason}")
        for reason, counts in reasons.items()
        for task, count in sorted(counts.items())
    ]
    aside += [
        Quarantined(
            task=task,
            file=str(path),
            line=None,
            reason=f"{number_of(len(rows), 'row')} of these with another answer, such as example {rows[0].example_id} "
            f"under {rows[0].view}: {rows[0].answer!r}",
        )
        for task, rows in sorted(otherwise.items())
    ]
    return found, aside


def _require_rows(path: Path, predictions: Sequence[Prediction], aside: Sequence[Quarantined]) -> None:
    """DataError where rows were read and none could be used, with the reason of the first."""
    if aside and not predictions:
        first = aside[0]
        where = first.file if first.line is None else f"{first.file}:{first.line}"
        raise DataError(
            f"{path}: none of {number_of(len(aside), 'row')} can be used; the first: {where}: {first.reason}"
        )


def gold_of(
    path: Path, *, without: Path | None = None
) -> tuple[dict[str, dict[str, tuple[str, ...]]], list[Quarantined]]:
    """Accepted answers by task and example, of all rows that have any.

    Set aside once each are examples of which no row has any, with the place of their first row, and those of which rows
    disagree, with that of the first row that does. Rows that cannot be read are not among them (`read` tells of these).
    DataError as `read`, where no row has any, or where a task's name cannot be that of a folder.
    """
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    lacking: dict[tuple[str, str], Place] = {}
    disputed: dict[tuple[str, str], tuple[Place, tuple[str, ...]]] = {}
    unread: list[Quarantined] = []
    for place, row in _placed(path, without):
        if isinstance(row, Quarantined):
            unread.append(row)
            continue
        key, gold = (row.task, row.example_id), tuple(one for one in row.gold or () if one.strip())
        if not gold:
            lacking.setdefault(key, place)
        elif found.setdefault(row.task, {}).setdefault(row.example_id, gold) != gold:
            disputed.setdefault(key, (place, gold))
    if not found:
        if not lacking:
            _require_rows(path, (), unread)
        raise DataError(
            f"{path}: no row has gold; add a column `gold`, or name the tasks' data in mintune.yaml (with `delta`, "
            "too: how often each view is right is told beside it)"
        )
    for task in found:
        if not re.fullmatch(NAME_PATTERN, task):
            raise DataError(f"{path}: task {task!r} is no name of a task; expected {NAME_RULE}")
    aside = [
        _set_aside(task, place, f"gold is missing: no row of example {example} has any")
        for (task, example), place in lacking.items()
        if example not in found.get(task, {})
    ]
    for (task, example), (place, other) in disputed.items():
        earlier = list(found[task].pop(example))
        aside.append(
            _set_aside(task, place, f"gold differs: example {example} has {earlier} before and {list(other)} here")
        )
    return {task: gold for task, gold in found.items() if gold}, aside


def _set_aside(task: str, place: Place, reason: str) -> Quarantined:
    file, line = place
    return Quarantined(task=task, file=str(file), line=line, reason=reason)


def fingerprint(path: Path, *, without: Path | None = None) -> str:
    """Hex digest of the prediction files: their names below `path` and all of their bytes. DataError as `read`."""
    whole = hashlib.sha256()
    for file in _files(path, without):
        try:
            with file.open("rb") as content:
                part = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{file}: cannot be read ({error.strerror})") from error
        whole.update(f"{file.relative_to(path) if path.is_dir() else file.name} {part}\n".encode())
    return whole.hexdigest()[:32]


def _files(path: Path, without: Path | None) -> list[Path]:
    """The prediction files of a folder, or the file itself."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise DataError(f"{path}: does not exist; expected {EXPECTED}")
    outside = without.resolve() if without is not None else None
    files = sorted(
        file
        for file in path.rglob("*")
        if (file.suffix.lower() in SUFFIXES or lmms_eval.is_log(file))
        and not (outside is not None and file.resolve().is_relative_to(outside))
    )
    if not files:
        raise DataError(f"{path}: holds no prediction file; expected {EXPECTED}")
    return files


def _rows(file: Path, root: Path) -> Iterator[dict[str, Any] | ValueError]:
    if lmms_eval.is_log(file):
        return lmms_eval.rows(file, root)
    if file.suffix.lower() not in SUFFIXES:
        raise DataError(f"{file}: is not a prediction file; expected {EXPECTED}")
    return _parquet_rows(file) if file.suffix.lower() == ".parquet" else _csv_rows(file)


def _parquet_rows(file: Path) -> Iterator[dict[str, Any] | ValueError]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as source:
            _require(file, source.schema_arrow.names)
            for batch in source.iter_batches(ROWS_AT_ONCE):
                yield from batch.to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{file}: cannot be read as Parquet ({error})") from error


def _csv_rows(file: Path) -> Iterator[dict[str, Any] | ValueError]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            _require(file, reader.fieldnames or ())
            for row in reader:
                yield {**row, "scores": _listed(row.get("scores")), "gold": _listed(row.get("gold"))}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{file}: cannot be read as UTF-8 CSV ({error})") from error


def _require(file: Path, found: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise DataError(f"{file}: lacks column {', '.join(missing)}; found {', '.join(found) or 'none'}")


def _listed(cell: str | None) -> Any:
    """The list that a CSV cell writes as JSON; other text as it stands, nothing as None."""
    if not cell:
        return None
    try:
        return json.loads(cell) if cell.startswith("[") else cell
    except ValueError:
        return cell


def _prediction(row: dict[str, Any]) -> Prediction:
    """The row as a Prediction; ValueError says what is wrong with it."""
    for name in REQUIRED:
        if row.get(name) is None:
            raise ValueError(f"{name} is missing")
        if name != "answer" and not str(row[name]).strip():  # a model may say nothing
            raise ValueError(f"{name} is empty")
    if row["view"] not in VIEWS:
        raise ValueError(f"view is {row['view']!r}; expected one of {', '.join(VIEWS)}")
    gold = row.get("gold")
    return Prediction(
        task=sys.intern(str(row["task"])),  # a million rows have a few tasks and, mostly, few answers
        example_id=str(row["example_id"]),
        view=VIEWS[VIEWS.index(row["view"])],
        answer=sys.intern(str(row["answer"])),
        scores=_scores(row.get("scores")),
        gold=None if gold is None else _texts(gold),
        draw=_draw(row.get("draw")),
        hiding=_hiding(row.get("hiding")),
    )


def _texts(found: Any) -> tuple[str, ...]:
    """The answers of a list, or the only one; what is null in a list is none."""
    return tuple(str(one) for one in (found if isinstance(found, list) else [found]) if one is not None)


def _draw(found: Any) -> int:
    """The number of an answer, from 0, of a Parquet integer or a CSV cell; 0 where it says nothing."""
    if found in (None, ""):
        return 0
    if not re.fullmatch(r"\d{1,9}", str(found)):
        raise ValueError(f"draw is {found!r}; expected 0, 1, 2, ...: which of several answers this is")
    return int(found)


def _hiding(found: Any) -> Hiding | None:
    """What stood in place of a hidden modality; None where the cell says nothing."""
    if found in (None, ""):
        return None
    for hiding in HIDINGS:
        if hiding == found:
            return hiding
    raise ValueError(f"hiding is {found!r}; expected one of {', '.join(HIDINGS)}, or nothing")


def _scores(found: Any) -> tuple[float, ...] | None:
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(score, int | float) for score in found):
        raise ValueError(f"scores are {found!r}; expected a list of numbers, one a choice")
    try:
        scores = tuple(float(score) for score in found)
    except OverflowError:
        scores = (math.inf,)
    if not all(math.isfinite(score) for score in scores):
        raise ValueError(f"scores hold a value that is not a finite number: {found!r}")
    return scores
