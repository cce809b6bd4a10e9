"""Sample logs of lmms-eval (`<date>_samples_<task>.jsonl`) as predictions: one run of it a view.

lmms-eval does not know of views, so the folder says which one a run was: `image/.../2025_samples_mmmu.jsonl`.
Runs are joined on task, doc_id and doc_hash: where the hash differs, the documents do, and the example lacks a view.
A multiple-choice request logs a log-likelihood for each choice; answer and gold are then places among the choices.
Source: `EvaluationTracker.save_results_samples` of lmms-eval, commit 0716c69.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mintune.errors import DataError
from mintune.records import VIEWS

_NAME = re.compile(r"(?:.*_)?samples_(?P<task>.+?)(?:_\d{4}-\d{2}-\d{2}T[\d.:-]+)?\.jsonl")
"""lmms-eval puts the date in front, lm-eval behind."""


def is_log(path: Path) -> bool:
    """Whether a file is named as such a log."""
    return _NAME.fullmatch(path.name) is not None


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a log, as prediction files have them. DataError where the view or the file cannot be told."""
    named = _NAME.fullmatch(path.name)
    assert named is not None
    view = next((part for part in reversed(path.parent.parts) if part in VIEWS), None)
    if view is None:
        raise DataError(
            f"{path}: lies in no folder that names its view; put the log of each run below a folder named "
            f"{', '.join(VIEWS)}"
        )
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield _row(json.loads(line), named["task"], view)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read as a sample log ({error})") from error


def _row(sample: dict[str, Any], task: str, view: str) -> dict[str, Any]:
    said = sample.get("filtered_resps")
    scores = _likelihoods(said)
    while isinstance(said, list):
        said = said[0] if said else None
    name = sample.get("doc_id")
    return {
        "task": task,
        "example_id": None if name is None else f"{name}-{str(sample.get('doc_hash', ''))[:12]}",
        "view": view,
        "answer": said if scores is None else str(scores.index(max(scores))),
        "scores": scores,
        "gold": None if sample.get("target") is None else [str(sample["target"])],
    }


def _likelihoods(said: object) -> list[float] | None:
    """Log-likelihoods of a multiple-choice request, logged as [value, is greedy] a choice; None for other requests."""
    if not isinstance(said, list) or len(said) < 2:
        return None
    pairs = [choice for choice in said if isinstance(choice, list) and len(choice) == 2]
    if len(pairs) != len(said) or any(str(greedy) not in ("True", "False") for _, greedy in pairs):
        return None
    return [float(value) for value, _ in pairs]
