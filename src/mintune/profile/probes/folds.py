"""Dealing a task's examples into folds, so that whoever answers has not seen what is asked.

Examples that share a picture, directly or by way of others, stay together; those without a picture go with those of the
same words. Answers are spread evenly: where a fold had more than its part of one answer, all others would have less of
it, and the prior learnt there would be wrong exactly where it is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np


def deal(clusters: Sequence[int], labels: Sequence[str], num_folds: int, rng: np.random.Generator) -> np.ndarray:
    """The fold of each example (num_examples,); clusters stay whole.

    Clusters come in an order drawn by `rng`, large ones first, each to the fold that has least of its labels so far,
    and of those to the one with fewest examples.
    """
    members: dict[int, list[int]] = {}
    for index, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(index)
    sizes = Counter(labels)
    loads: list[Counter[str]] = [Counter() for _ in range(num_folds)]
    folds = np.zeros(len(clusters), dtype=int)
    names = list(members)
    drawn = [names[place] for place in rng.permutation(len(names))]
    for cluster in sorted(drawn, key=lambda name: -len(members[name])):
        counts = Counter(labels[index] for index in members[cluster])

        def crowding(fold: int, counts: Counter[str] = counts) -> tuple[float, int]:
            crowd = sum(count * loads[fold][label] / sizes[label] ** 2 for label, count in counts.items())
            return crowd, loads[fold].total()

        fold = min(range(num_folds), key=crowding)
        loads[fold] += counts
        folds[members[cluster]] = fold
    return folds
