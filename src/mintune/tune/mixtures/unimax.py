"""As uniform as possible without walking through any task much more often than through all data.

UniMax, Chung et al. 2023, algorithm 1 (arXiv 2304.09151): the budget is dealt evenly, smallest tasks first, and what is
beyond a task's most passes goes to the larger ones. Passes are counted here beside those over all data, so that shares
depend on sizes alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PASSES = 4.0
"""No task is passed through more than so many times as often as all data is."""


def unimax(sizes: Mapping[str, float]) -> dict[str, float]:
    """The share of each task, from its number of training examples; shares sum to one."""
    total, left = sum(sizes.values()), 1.0
    shares: dict[str, float] = {}
    for number, task in enumerate(sorted(sizes, key=lambda task: sizes[task])):
        shares[task] = min(left / (len(sizes) - number), MOST_PASSES * sizes[task] / total)
        left -= shares[task]
    return {task: shares[task] for task in sizes}
