"""How long an open answer may get: as long as the answers that its task is taught with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mintune.models.encoding import MAX_ANSWER_TOKENS, Encoder
from mintune.tasks.outlines import outlines

if TYPE_CHECKING:
    from mintune.models.backbone import Backbone
    from mintune.records import Task

MIN_NEW_TOKENS = 16
"""Every open answer may get so long, that a model which says more than it was asked is heard."""


def longest_answers(backbone: Backbone, tasks: Iterable[Task]) -> dict[str, int]:
    """Tokens that an open answer of each task may have; tasks whose answers are all closed are left out.

    That is the longest target among training and validation examples with its end of turn, never below MIN_NEW_TOKENS
    nor above MAX_ANSWER_TOKENS. Test examples are not looked at.
    """
    encoder = Encoder(backbone)
    found = {}
    for task in tasks:
        if targets := open_targets(task):
            longest = max(len(encoder.answer_ids(target, end=True)) for target in targets)
            found[task.name] = min(max(longest, MIN_NEW_TOKENS), MAX_ANSWER_TOKENS)
    return found


def open_targets(task: Task) -> set[str]:
    """The accepted answers of a task's training and validation examples whose answer is open."""
    return {
        target
        for split in (task.train, task.validation)
        for outline in outlines(split)
        if outline.choices is None
        for target in outline.targets
    }
