"""Every task gets the same share of the budget, so small tasks are walked through more often."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def uniform(sizes: Mapping[str, float]) -> dict[str, float]:
    """The same share for each task; shares sum to one."""
    return dict.fromkeys(sizes, 1 / len(sizes))
