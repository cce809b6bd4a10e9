"""What stands in the way of a type where a task has none, whether its data can give one, and if shares say anything.

Terminal and report say it, each in its own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from mintune.profile.finding import GOLD_ALIKE, REFUSED, UNSETTLED
from mintune.profile.informed import JUDGED
from mintune.profile.stage import is_informed
from mintune.records import InteractionProfile, Suite

Obstacle = Literal["few_examples", "no_examples", "alike", "unsettled", "unable"]
"""Too few examples for what is seen; none that was answered under every view; gold answers that are nearly all the
same; a place between types; no view that is clearly better than guessing."""


def obstacle(profile: InteractionProfile) -> Obstacle:
    """Why this task, which has no type, has none."""
    if profile.num_examples == 0:
        return "no_examples"
    if profile.examples_needed:
        return "few_examples"
    notes: dict[str, Obstacle] = {GOLD_ALIKE: "alike", UNSETTLED: "unsettled"}
    return next((found for begin, found in notes.items() if any(n.startswith(begin) for n in profile.notes)), "unable")


def examples_held(suite: Suite) -> dict[str, int]:
    """How many examples each task has that may be profiled with: training and validation."""
    return {task.name: len(task.train) + len(task.validation) for task in suite.tasks}


def held_at_most(profile: InteractionProfile, held: Mapping[str, int]) -> int | None:
    """How many examples the task's data has, where a type takes more than that; else None.

    `held` is from `examples_held`; of a task that is not in it nothing is said.
    """
    if not profile.examples_needed or profile.task not in held:
        return None
    return held[profile.task] if profile.num_examples + profile.examples_needed > held[profile.task] else None


def has_shares(profile: InteractionProfile) -> bool:
    """Whether the shares say anything: not where they were refused, nor where nobody is informed.

    Where a task has no type and no view beats its chance, what shares there are is noise cut at zero, and would read as
    if something were known. The record keeps them.
    """
    if any(note.startswith(REFUSED) for note in profile.notes):
        return False
    return profile.type != "undetermined" or any(is_informed(profile, view) for view in JUDGED)
