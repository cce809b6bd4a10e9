"""Which examples stand for a task: the commonest patterns of right and wrong over the views, by rule and not by hand.

An example's pattern is whether it was answered rightly from the image, from the text, and from both, such as `001` for
right only with both. Patterns are taken in the order of how many examples show them, one example each (the first by
id), then a second each, until there are enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.answers import bar_of
from mintune.profile.draws import by_view
from mintune.profile.similarity import accepts
from mintune.records import VIEWS
from mintune.tasks.outlines import outlines

if TYPE_CHECKING:
    from mintune.profile.similarity import Similarity
    from mintune.records import Example, Prediction, Task, View

PATTERN_VIEWS: tuple[View, ...] = ("image", "text", "both")


@dataclass(frozen=True)
class ViewAnswer:
    """What was answered under a view, and whether it was right."""

    view: View
    answer: str
    is_right: bool


@dataclass(frozen=True)
class Exemplar:
    """An example that stands for `num_alike` of `num_examples`: those with the same pattern."""

    example: Example
    answers: tuple[ViewAnswer, ...]
    pattern: str
    num_alike: int
    num_examples: int


def choose_exemplars(
    task: Task, predictions: Sequence[Prediction], count: int, *, similarity: Similarity | None = None
) -> list[Exemplar]:
    """At most `count` exemplars of a task; none where no example was answered under image, text and both.

    An answer is right by the rule of the profile (`similarity.accepts`) and by the task's own gold answers, as there.
    A prediction whose example the task no longer has is passed over.
    """
    alike = _by_pattern(task, predictions, similarity)
    total = sum(map(len, alike.values()))
    patterns = sorted(alike, key=lambda pattern: (-len(alike[pattern]), pattern))
    turns = [(pattern, turn) for turn in range(count) for pattern in patterns if turn < len(alike[pattern])][:count]
    examples = _find(task, {alike[pattern][turn][0] for pattern, turn in turns})
    chosen = []
    for pattern, turn in turns:
        example_id, answers = alike[pattern][turn]
        if example_id in examples:
            chosen.append(Exemplar(examples[example_id], answers, pattern, len(alike[pattern]), total))
    return chosen


def _by_pattern(
    task: Task, predictions: Sequence[Prediction], similarity: Similarity | None
) -> dict[str, list[tuple[str, tuple[ViewAnswer, ...]]]]:
    """Example ids with their answers, the first of several under a view, by pattern, in the order of ids."""
    answered, splits = {one.example_id for one in predictions}, (task.train, task.validation)
    known = {outline.id: outline for split in splits for outline in outlines(split) if outline.id in answered}
    is_right = accepts(similarity, bar_of(outline.targets for outline in outlines(task.train)))
    by_example: dict[str, dict[View, ViewAnswer]] = {}
    for view, answers in by_view(predictions).items():
        for example_id, draws in answers.items():
            if example_id in known:
                said = draws[0].answer
                answer = ViewAnswer(view, said, is_right(known[example_id], said))
                by_example.setdefault(example_id, {})[view] = answer
    alike: dict[str, list[tuple[str, tuple[ViewAnswer, ...]]]] = {}
    for example_id, found in sorted(by_example.items()):
        if all(view in found for view in PATTERN_VIEWS):
            pattern = "".join("1" if found[view].is_right else "0" for view in PATTERN_VIEWS)
            alike.setdefault(pattern, []).append((example_id, tuple(found[view] for view in VIEWS if view in found)))
    return alike


def _find(task: Task, ids: set[str]) -> dict[str, Example]:
    """The examples of these ids in the splits that profiling may use; no picture of another is read."""
    return {
        outline.id: split[place]
        for split in (task.train, task.validation)
        for place, outline in enumerate(outlines(split))
        if outline.id in ids
    }
