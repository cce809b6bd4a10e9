"""Sample logs of lmms-eval (`<date>_samples_<task>.jsonl`) as predictions: one run of it a view.

lmms-eval does not know of views, so a folder below the one that is read says which one a run was:
`image/.../2025_samples_mmmu.jsonl`. Runs are joined on task and doc_id, and on doc_hash and target, as the hash is that
of nothing in many versions: where these differ, the documents do, and the example lacks a view.

Targets are logged as text, lists as Python writes them. A multiple-choice request logs a log-likelihood for each
choice; answer and gold are then places among the choices. Source: `EvaluationTracker.save_results_samples` of
lmms-eval, commit 0716c69.
"""

from __future__ import annotations

import ast
import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mintune.errors import DataError
from mintune.records import VIEWS
from mintune.run import digest

_NAME = re.compile(r"(?:.*_)?samples_(?P<task>.+?)(?:_\d{4}-\d{2}-\d{2}T[\d.:-]+)?\.jsonl")
"""lmms-eval puts the date in front, lm-eval behind."""

NOTHING = ("", "None")
"""Targets that are none."""


def is_log(path: Path) -> bool:
    """Whether a file is named as such a log."""
    return _NAME.fullmatch(path.name) is not None


def rows(path: Path, root: Path) -> Iterator[dict[str, Any] | ValueError]:
    """The rows of a log as prediction files have them; of one that cannot be used, what is wrong with it.

    DataError where the file cannot be read, or no folder between it and `root`, that included, names a view.
    """
    named = _NAME.fullmatch(path.name)
    assert named is not None
    folders = [root.name, *path.parent.relative_to(root).parts] if path != root else [path.parent.name]
    view = next((folder for folder in reversed(folders) if folder in VIEWS), None)
    if view is None:
        raise DataError(
            f"{path}: lies in no folder that names its view; put the log of each run below a folder named "
            f"{', '.join(VIEWS)}"
        )
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if line.strip():
                    yield _row(line, named["task"], view)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as UTF-8 text ({error})") from error


def _row(line: str, task: str, view: str) -> dict[str, Any] | ValueError:
    try:
        sample = json.loads(line)
    except ValueError as error:
        return ValueError(f"is not JSON ({error})")
    if not isinstance(sample, dict):
        return ValueError(f"is {type(sample).__name__}; expected an object with doc_id, target and filtered_resps")
    said, target, name = sample.get("filtered_resps"), sample.get("target"), sample.get("doc_id")
    scores = _likelihoods(said)
    gold = _gold(target)
    if scores is not None and gold is not None and not all(one.isdigit() and int(one) < len(scores) for one in gold):
        return ValueError(f"target is {target!r}; expected the place of one of {len(scores)} choices")
    while isinstance(said, list):
        said = said[0] if said else None
    return {
        "task": task,
        "example_id": None if name is None else f"{name}-{digest(sample.get('doc_hash'), str(target))[:8]}",
        "view": view,
        "answer": said if scores is None else str(scores.index(max(scores))),
        "scores": scores,
        "gold": gold,
    }


def _gold(target: object) -> list[str] | None:
    """Accepted answers: the target, or what is in the list that it writes."""
    if isinstance(target, str) and target[:1] in "[(" and target[-1:] in "])":
        with contextlib.suppress(ValueError, SyntaxError):  # an answer in brackets
            target = ast.literal_eval(target)
    answers = [str(one) for one in (target if isinstance(target, list | tuple) else [target])]
    return [answer for answer in answers if answer not in NOTHING] or None


def _likelihoods(said: object) -> list[float] | None:
    """Log-likelihoods of a multiple-choice request, logged as [value, is greedy] a choice; None for other requests."""
    if not isinstance(said, list) or len(said) < 2:
        return None
    pairs = [choice for choice in said if isinstance(choice, list) and len(choice) == 2]
    if len(pairs) != len(said) or any(str(greedy) not in ("True", "False") for _, greedy in pairs):
        return None
    try:
        return [float(value) for value, _ in pairs]
    except ValueError:
        return None
