"""How many groups: the number that leaves the widest gap, weighed by how well it holds.

For each number of groups k, `gap` is how much farther apart the two nearest of k groups lie than the two that were
joined last to make k, and `holding` is the mean adjusted Rand index between the partition into k and that of resampled
examples. The k with the largest product is taken. One group is taken where even the last two lie nearer than
NEGLIGIBLE (too near to be worth an adapter each), or where no partition holds.

It does not know whether grouping pays: that is what `evaluate` measures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.group.clustering import Labels, Tree

NEGLIGIBLE = 0.25
"""Groups nearer than this are one: about 18 % of examples moved from one type to another."""

HOLDS = 0.5
"""Mean adjusted Rand index below which a partition is taken for noise."""

MOST_GROUPS = 8
"""No more groups than this are proposed, unless constraints ask for more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The number of groups, and the reason where it is one: `too_near`, `unstable` or `linked`; empty otherwise."""

    num_groups: int
    why_one: str = ""


def choose_number(tree: Tree, resampled: Sequence[Tree]) -> Choice:
    """The number of groups of a tree, given trees of resampled examples over the same tasks and constraints."""
    if tree.most == 1:
        return Choice(1, "linked")
    may_be_one = tree.fewest == 1
    if may_be_one and tree.heights[2] < NEGLIGIBLE:
        return Choice(1, "too_near")
    candidates = range(max(2, tree.fewest), max(min(MOST_GROUPS, tree.most), tree.fewest) + 1)
    holding = {
        k: float(np.mean([_agreement(tree.labels[k], partition(other, k)) for other in resampled])) for k in candidates
    }
    if may_be_one and max(holding.values()) < HOLDS:
        return Choice(1, "unstable")
    return Choice(max(candidates, key=lambda k: _gap(tree, k) * holding[k]))


def partition(tree: Tree, num_groups: int) -> Labels:
    """The tree's partition into that many groups, or the nearest number it has (constraints may forbid fewer)."""
    return tree.labels[min(max(num_groups, tree.fewest), tree.most)]


def _gap(tree: Tree, k: int) -> float:
    """How much farther apart the nearest of k groups are than those joined last (at most the last joining allowed)."""
    finite = [height for height in tree.heights.values() if np.isfinite(height)]
    ceiling = max(finite, default=1.0)
    return min(tree.heights[k], ceiling) - tree.heights.get(k + 1, 0.0)


def _agreement(first: Labels, second: Labels) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(first, second))
