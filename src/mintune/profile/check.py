"""Look at predictions made elsewhere before a profile is built on them.

Found are rows and examples that will be set aside, missing views, answers that cannot be right or that their own scores
speak against, and views that look as if nothing had been hidden. Knows nothing of the model that answered. Severities
are those of `tasks.check`.
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
from mintune.tasks.storage import Outline

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
        by_view, (evidence, unused) = draws.by_view(ours), gather(task, ours)
        findings += [
            *_missing_views(task.name, by_view),
            *rows_set_aside(unused),
            *_outside_choices(task, by_view),
            *_not_the_likeliest(task, by_view, set(evidence.example_ids)),
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
    choices = {name: set(map(normalise, offered)) for name, offered in _offered(task, by_view).items()}
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


def _not_the_likeliest(task: Task, by_view: Answered, kept: Container[str]) -> Iterator[Finding]:
    """Answers that are a choice, and not the one with the highest score of their own, among the examples `kept`.

    Scores count where every answer has them, so elsewhere nothing is looked for; nor is among several answers under a
    view to one example, which may be drawn.
    """
    offered = _offered(task, by_view)
    alone = [
        draw[0] for answers in by_view.values() for name, draw in answers.items() if name in kept and len(draw) == 1
    ]
    if not all(one.scores and one.example_id in offered for one in alone):
        return
    unlikely = [one for one in alone if _is_unlikely(one, offered[one.example_id])]
    if unlikely:
        first = unlikely[0]
        choices, scores = offered[first.example_id], first.scores or ()
        yield _on(
            task.name,
            "not_the_likeliest",
            f"{len(unlikely):,} of {number_of(len(alone), 'answer')} are not the choice with the highest of their "
            f"scores, such as {first.answer[:60]!r} where that is {choices[scores.index(max(scores))][:60]!r}; are "
            f"scores in the order of the choices ({', '.join(choices)[:200]})?",
            unlikely,
        )


def _is_unlikely(one: Prediction, choices: Sequence[str]) -> bool:
    """Whether another choice than the answer has the highest score; an answer that is no choice is not unlikely."""
    scores, named = one.scores or (), [normalise(choice) for choice in choices]
    likeliest = [choice for choice, score in zip(named, scores, strict=True) if score == max(scores)]
    return normalise(one.answer) in named and normalise(one.answer) not in likeliest


def _offered(task: Task, by_view: Answered) -> dict[str, tuple[str, ...]]:
    """The choices of each closed question that was answered, by its id."""
    return {outline.id: outline.choices for outline in _answered(task, by_view) if outline.choices is not None}


def _answered(task: Task, by_view: Answered) -> Iterator[Outline]:
    """The task's examples that predictions may be on and that were answered under any view."""
    names = set().union(*by_view.values())
    return (one for split in (task.train, task.validation) for one in outlines(split) if one.id in names)


def _nothing_hidden(task: Task, by_view: Answered) -> Iterator[Finding]:
    """Image alone and text alone with all answers the same, wrong ones included."""
    image, text = by_view["image"], by_view["text"]
    both = [name for name in image if name in text]
    said = {name: [normalise(draws.commonest(by_view[name])) for by_view in (image, text)] for name in both}
    if not both or any(left != right for left, right in said.values()) or len({left for left, _ in said.values()}) == 1:
        return
    targets = {outline.id: outline.targets for outline in _answered(task, by_view)}
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
