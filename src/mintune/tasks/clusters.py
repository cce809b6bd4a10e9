"""Which examples belong together because they share a picture, directly or by way of others.

Whoever draws, deals or holds out examples does it by these clusters: examples of one picture are right and wrong
together, and a model that was shown one of them has seen the picture of all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from mintune.records import Example
from mintune.tasks.copies import glances, pictures_of


def clusters_of(keys: Sequence[Iterable[Hashable]]) -> list[int]:
    """Number the clusters of things that share a key, directly or by way of others.

    Args:
        keys: what each thing may share with others, (num_things,); a thing without keys is a cluster of its own.

    Returns:
        The cluster of each thing, (num_things,), numbered from 0 in the order in which clusters are met.
    """
    parent = list(range(len(keys)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    first: dict[Hashable, int] = {}
    for index, shared in enumerate(keys):
        for key in shared:
            parent[root(index)] = root(first.setdefault(key, index))
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(index), len(numbers)) for index in range(len(keys))]


def picture_clusters(examples: Sequence[Example]) -> list[int]:
    """The cluster of each example of a split by the pictures it shows.

    A picture of one colour clusters nothing: it stands where there is no picture.
    """
    return clusters_of([pictures_of(glance) for glance in glances(examples)])
