"""Which tasks have no bits though they were asked for, and why: terminal and report say it, each in its own words."""

from __future__ import annotations

from collections.abc import Iterable

from mintune.profile.bits import NO_BITS
from mintune.records import InteractionProfile


def without_bits(profiles: Iterable[InteractionProfile]) -> dict[str, list[str]]:
    """Tasks by the reason, as the notes say it; empty where all have bits or none were asked for."""
    found: dict[str, list[str]] = {}
    for profile in profiles:
        for note in profile.notes:
            if note.startswith(NO_BITS):
                found.setdefault(note.removeprefix(NO_BITS).removeprefix("information: "), []).append(profile.task)
    return found
