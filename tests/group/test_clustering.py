from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score

from mintune.group.clustering import cluster


def points(seed: int, count: int = 12) -> np.ndarray:
    return squareform(pdist(np.random.default_rng(seed).normal(size=(count, 3))))


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_without_constraints_it_is_average_linkage(seed: int) -> None:
    distances = points(seed)
    reference = linkage(squareform(distances), method="average")
    tree = cluster(distances)
    for k in range(1, 13):
        assert adjusted_rand_score(tree.labels[k], fcluster(reference, k, criterion="maxclust")) == pytest.approx(1)
    assert [tree.heights[k] for k in range(12, 1, -1)] == pytest.approx(reference[:, 2])


@given(st.integers(0, 10_000), st.data())
@settings(max_examples=15)
def test_linked_tasks_are_never_parted_and_pairs_apart_never_joined(seed: int, data: st.DataObject) -> None:
    linked = data.draw(st.sets(st.integers(0, 5), min_size=2, max_size=4))
    apart = data.draw(st.sets(st.tuples(st.integers(6, 8), st.integers(9, 11)), max_size=4))
    tree = cluster(points(seed), [sorted(linked)], sorted(apart))
    for labels in tree.labels.values():
        assert len({int(labels[task]) for task in linked}) == 1
        assert all(labels[first] != labels[second] for first, second in apart)
    assert tree.most == 12 - len(linked) + 1


def test_two_linked_sets_kept_apart_end_as_two_groups_however_near() -> None:
    tree = cluster(np.zeros((4, 4)), [(0, 1), (2, 3)], [(0, 2)])
    assert tree.fewest == tree.most == 2
    assert tree.labels[2].tolist() == [0, 0, 1, 1]


def test_each_number_of_groups_has_that_many() -> None:
    tree = cluster(points(3))
    assert {k: len(set(labels.tolist())) for k, labels in tree.labels.items()} == {k: k for k in range(1, 13)}


def test_one_task_is_one_cluster() -> None:
    assert cluster(np.zeros((1, 1))).labels[1].tolist() == [0]
