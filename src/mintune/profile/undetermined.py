"""What stands in the way of a type where a task has none: terminal and report say it, each in its own words."""

from __future__ import annotations

from typing import Literal

from mintune.profile.finding import GOLD_ALIKE, UNSETTLED
from mintune.records import InteractionProfile

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
