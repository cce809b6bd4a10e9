"""How many groups: the number that leaves the widest gap, weighed by how well it holds.

For each number of groups k, `gap` is how much farther apart the two nearest of k groups lie than the two that were
joined last to make k, and holding is the mean adjusted Rand index between the partition into k and that of resampled
examples. The k with the largest product is taken, among those whose groups all lie farther apart than NEGLIGIBLE
(nearer ones are not worth an adapter each). Where there is no such k, or none holds, there is one group.

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
    most = max(min(MOST_GROUPS, tree.most), tree.fewest)
    candidates = [k for k in range(2, most + 1) if k == tree.fewest or tree.heights.get(k, 0.0) >= NEGLIGIBLE]
    if not candidates:
        return Choice(1, "too_near")
    holding = {
        k: float(np.mean([rand_index(tree.labels[k], partition(other, k)) for other in resampled])) for k in candidates
    }
    if tree.fewest == 1 and max(holding.values()) < HOLDS:
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


def rand_index(first: Labels, second: Labels) -> float:
    """Adjusted Rand index of two partitions (Hubert and Arabie 1985): 1 the same, 0 as by chance.

    Written out because scikit-learn's checks of its input take longer than all the rest of a grouping.
    """
    together, now = (labels[:, None] == labels[None, :] for labels in (first, second))
    num_pairs = len(first) * (len(first) - 1)
    in_first, in_second, in_both = (int(same.sum()) - len(first) for same in (together, now, together & now))
    expected = in_first * in_second / num_pairs
    most = (in_first + in_second) / 2
    return 1.0 if most == expected else (in_both - expected) / (most - expected)
