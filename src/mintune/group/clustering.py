"""Average-linkage clustering that keeps tasks together or apart where it is told to.

Begins with one cluster for each set of linked tasks and joins the two nearest clusters again and again, never two
that hold a pair to be kept apart. Greedy: under many such pairs it may stop at more groups than the fewest possible.
Without constraints it is scipy's `linkage(method="average")`, which tests hold it to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Tree:
    """All partitions that joining passed through, by number of groups.

    `labels[k]` is the partition into k groups, (num_tasks,), numbered by first appearance. `heights[k]` is the distance
    of the two groups that are joined next, to make k - 1; where constraints forbid any more joining, and for one
    group, it is infinite.
    """

    labels: Mapping[int, Labels]
    heights: Mapping[int, float]

    @property
    def fewest(self) -> int:
        """The fewest groups that joining reached."""
        return min(self.labels)

    @property
    def most(self) -> int:
        """The number of clusters before any joining: tasks, less those linked."""
        return max(self.labels)


def cluster(distances: Array, linked: Sequence[Sequence[int]] = (), apart: Sequence[tuple[int, int]] = ()) -> Tree:
    """Join clusters by mean distance of their members.

    `distances` is (num_tasks, num_tasks), symmetric. `linked` are disjoint sets of tasks that begin together, `apart`
    pairs that never join (`constraints.py` makes sure they do not contradict each other).
    """
    labels = _starting_labels(len(distances), linked)
    members = np.eye(labels.max() + 1)[labels]
    sizes = members.sum(axis=0)
    between = members.T @ distances @ members / np.outer(sizes, sizes)
    for i, j in apart:
        between[labels[i], labels[j]] = between[labels[j], labels[i]] = np.inf
    np.fill_diagonal(between, np.inf)

    partitions, heights = {len(sizes): _numbered(labels)}, {}
    while True:
        count = len(np.unique(labels))
        a, b = sorted(int(index) for index in np.unravel_index(int(between.argmin()), between.shape))
        heights[count] = float(between[a, b])
        if not np.isfinite(heights[count]):
            return Tree(partitions, heights)
        joined = (sizes[a] * between[a] + sizes[b] * between[b]) / (sizes[a] + sizes[b])
        between[a, :], between[:, a] = joined, joined
        between[b, :] = between[:, b] = between[a, a] = np.inf
        sizes[a] += sizes[b]
        labels = np.where(labels == b, a, labels)
        partitions[count - 1] = _numbered(labels)


def _starting_labels(num_tasks: int, linked: Sequence[Sequence[int]]) -> Labels:
    """One label a task, and one a linked set."""
    labels = np.arange(num_tasks)
    for tasks in linked:
        labels[list(tasks)] = min(tasks)
    return _numbered(labels)


def _numbered(labels: Labels) -> Labels:
    """The same partition with labels 0, 1, ... in order of first appearance."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]
