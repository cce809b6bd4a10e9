"""Look at predictions made elsewhere before a profile is built on them.

Found are rows and examples that will be set aside, missing views, answers that cannot be right, and views that look as
if nothing had been hidden. Knows nothing of the model that answered. Severities are those of `tasks.check`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from mintune.answers import matches, normalise
from mintune.profile import draws
from mintune.profile.evidence import HELD_OUT, gather
from mintune.profile.predictions import read_for
from mintune.progress import number_of
from mintune.records import VIEWS, Hiding, Prediction, Quarantined, Suite, Task, View
from mintune.tasks.findings import SHOWN, Finding
from mintune.tasks.outlines import outlines

Answered = Mapping[View, Mapping[str, Sequence[Prediction]]]
"""Predictions by view and example."""

ALIKE_AND_WRONG = 5
"""So many wrong answers that image and text share are no accident, if all of their answers are the same."""


def check_predictions(
    suite: Suite, path: Path, *, without: Path, hiding: Hiding, golden: Mapping[str, Container[str]] | None = None
) -> list[Finding]:
    """What is found in predictions on the suite's tasks, in the order of the tasks.

    Args:
        suite: the tasks; their training and validation examples are those that predictions may be on.
        path: a file of predictions, or a folder of them.
        without: files below this folder do not count (a run folder holds predictions of its own).
        hiding: the profile's way of hiding; answers under another are not looked at.
        golden: where there is no data, the examples that have gold, by task (`read_for`).

    Raises:
        DataError: nothing is there, a file is damaged, or no row is on any of the tasks.
    """
    names = [task.name for task in suite.tasks]
    found, aside = read_for(names, path, without=without, hiding=hiding, golden=golden)
    findings = list(rows_set_aside(aside))
    for task in suite.tasks:
        ours = [prediction for prediction in found[task.name] if prediction.hiding is None]
        by_view = draws.by_view(ours)
        findings += [
            *_missing_views(task.name, by_view),
            *rows_set_aside(gather(task, ours)[1]),
            *_outside_choices(task, by_view),
            *_nothing_hidden(task, by_view),
        ]
    return findings


def rows_set_aside(rows: Iterable[Quarantined]) -> Iterator[Finding]:
    """One finding for each task and reason for which rows or examples of predictions will not count.

    Whoever answers everything answers test examples, too: that costs nothing, and is no fault.
    """
    groups: dict[tuple[str, str], list[Quarantined]] = defaultdict(list)
    for row in rows:
        groups[row.task, _kind(row)].append(row)
    for (task, kind), alike in groups.items():
        first = alike[0]
        where = tuple(f"{row.file}:{row.line}" for row in alike[:SHOWN] if row.line is not None)
        yield Finding(
            severity="note" if kind == HELD_OUT else "error",
            task=task,
            code="set_aside",
            message=f"{len(alike):,} set aside; the first: {first.reason}",
            count=len(alike),
            where=where or (first.file,),
        )


def _kind(row: Quarantined) -> str:
    """What was wrong, without the example or the value: a row's reason begins with its column and a verb."""
    return " ".join(row.reason.split(" ")[:2]) if row.line is not None else re.sub(r"^example .*?: ", "", row.reason)


def _missing_views(task: str, by_view: Answered) -> Iterator[Finding]:
    answered = [view for view in VIEWS if by_view[view]]
    if not answered:
        yield Finding(severity="error", task=task, code="no_predictions", message="no predictions: it has no profile")
        return
    for view in VIEWS:
        if not by_view[view]:
            severity: Literal["warning", "error"] = "warning" if view == "none" else "error"
            lost = "chance is that of the answers alone" if view == "none" else "no type can be found"
            yield Finding(severity=severity, task=task, code="no_view", message=f"no answers under view {view}: {lost}")


def _outside_choices(task: Task, by_view: Answered) -> Iterator[Finding]:
    """Answers to closed questions that are none of their choices, which count as wrong."""
    choices = {
        outline.id: {normalise(choice) for choice in outline.choices}
        for split in (task.train, task.validation)
        for outline in outlines(split)
        if outline.choices is not None
    }
    said = [
        one for answers in by_view.values() for draw in answers.values() for one in draw if one.example_id in choices
    ]
    outside = [one for one in said if normalise(one.answer) not in choices[one.example_id]]
    if outside:
        yield _on(
            task.name,
            "answer_outside_choices",
            f"{len(outside):,} of {number_of(len(said), 'answer')} not among the choices and so counted as wrong, such "
            f"as {outside[0].answer[:60]!r}",
            outside,
        )


def _nothing_hidden(task: Task, by_view: Answered) -> Iterator[Finding]:
    """Image alone and text alone with all answers the same, wrong ones included."""
    image, text = by_view["image"], by_view["text"]
    both = [name for name in image if name in text]
    said = {name: [normalise(draws.commonest(by_view[name])) for by_view in (image, text)] for name in both}
    if not both or any(left != right for left, right in said.values()) or len({left for left, _ in said.values()}) == 1:
        return
    targets = {outline.id: outline.targets for split in (task.train, task.validation) for outline in outlines(split)}
    wrong = [image[name][0] for name in both if name in targets and not matches(said[name][0], targets[name])]
    if len(wrong) >= ALIKE_AND_WRONG:
        yield _on(
            task.name,
            "nothing_hidden",
            f"image alone and text alone have the same answer to all of {number_of(len(both), 'example')}, "
            f"{len(wrong):,} wrong ones included; was the other modality really hidden?",
            wrong,
        )


def _on(task: str, code: str, message: str, predictions: Sequence[Prediction]) -> Finding:
    """A warning on answers, with the first few examples and views."""
    where = tuple(f"example {one.example_id}, view {one.view}" for one in predictions[:SHOWN])
    return Finding(severity="warning", task=task, code=code, message=message, count=len(predictions), where=where)
