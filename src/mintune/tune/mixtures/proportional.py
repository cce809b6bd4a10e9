"""Every task gets the share of the budget that it has of the examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def proportional(sizes: Mapping[str, float]) -> dict[str, float]:
    """The share of each task, from its number of training examples; shares sum to one."""
    total = sum(sizes.values())
    return {task: size / total for task, size in sizes.items()}
