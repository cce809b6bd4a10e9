from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from mintune.group.clustering import cluster
from mintune.group.selection import choose_number, partition, rand_index


def line(*positions: float) -> np.ndarray:
    at = np.array(positions)
    return np.abs(at[:, None] - at[None, :])


def test_two_far_pairs_are_two_groups() -> None:
    tree = cluster(line(0, 0.1, 1, 1.1))
    assert choose_number(tree, [tree]).num_groups == 2


def test_three_far_tasks_are_three_groups_only_because_nothing_is_near() -> None:
    tree = cluster(line(0, 1, 2))
    assert choose_number(tree, [tree]).num_groups == 3


def test_near_tasks_are_one_group_and_it_says_so() -> None:
    tree = cluster(line(0, 0.05, 0.1))
    assert choose_number(tree, [tree]).why_one == "too_near"


def test_a_split_that_does_not_hold_is_one_group_and_it_says_so() -> None:
    tree = cluster(line(0, 0.1, 1, 1.1))
    generator = np.random.default_rng(0)
    noise = [cluster(line(*generator.permutation([0, 0.1, 1, 1.1]))) for _ in range(50)]
    assert choose_number(tree, noise).why_one == "unstable"


def test_tasks_all_linked_are_one_group_and_it_says_so() -> None:
    tree = cluster(line(0, 1), [(0, 1)])
    assert choose_number(tree, [tree]).why_one == "linked"


def test_tasks_kept_apart_are_two_groups_however_near() -> None:
    tree = cluster(line(0, 0, 0), apart=[(0, 1)])
    assert choose_number(tree, [tree]).num_groups == 2


def test_a_number_of_groups_that_constraints_forbid_gives_the_nearest_allowed() -> None:
    tree = cluster(line(0, 0, 0), apart=[(0, 1), (0, 2), (1, 2)])
    assert partition(tree, 1).tolist() == [0, 1, 2]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=12))
def test_rand_index_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    assert rand_index(first, second) == pytest.approx(adjusted_rand_score(first, second))
