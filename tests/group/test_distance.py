from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import energy_distance as scipy_energy_distance
from tests.group.suites import profile, pure

from mintune.errors import EstimationError
from mintune.group.distance import NUM_POINTS, energy_distances, of_the_known, share_clouds


def clouds(seed: int, *, spread: float = 0.1, count: int = 4) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return generator.uniform(size=(count, 1, 4)) + spread * generator.normal(size=(count, NUM_POINTS, 4))


def test_between_points_it_is_the_euclidean_distance() -> None:
    corners = np.repeat(np.eye(4)[:, None, :], NUM_POINTS, axis=1)
    assert energy_distances(corners, corners)[0, 1] == pytest.approx(np.sqrt(2))


def test_in_one_dimension_it_is_half_the_square_of_scipys() -> None:
    first, second = np.random.default_rng(0).normal(size=(2, 1, NUM_POINTS, 1)) * 0.3 + [[[[0.0]]], [[[0.5]]]]
    expected = scipy_energy_distance(first.ravel(), second.ravel()) ** 2 / 2
    assert energy_distances(first, second)[0, 0] == pytest.approx(expected)


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_it_is_symmetric_not_negative_and_zero_to_itself(seed: int) -> None:
    some = clouds(seed)
    distances = energy_distances(some, some)
    assert (distances >= 0).all()
    assert distances == pytest.approx(distances.T)
    assert np.diag(distances) == pytest.approx(0, abs=1e-12)


def test_an_uncertain_task_is_nearer_than_a_certain_one_with_the_same_shares() -> None:
    certain, uncertain = clouds(1, spread=0.001, count=1), clouds(1, spread=0.5, count=1)
    reference = clouds(2, spread=0.001, count=1)
    middle = uncertain - uncertain.mean(axis=1) + certain.mean(axis=1)
    assert energy_distances(middle, reference)[0, 0] < energy_distances(certain, reference)[0, 0]


@given(st.lists(st.floats(-0.2, 1), min_size=4, max_size=4))
def test_shares_of_the_known_lie_in_the_simplex(shares: list[float]) -> None:
    known = of_the_known(np.array(shares))
    assert known.sum() == pytest.approx(1)
    assert (known > 0).all()


def test_what_nobody_knows_lies_in_the_middle() -> None:
    assert of_the_known(np.zeros(4)) == pytest.approx([0.25] * 4)


def test_how_much_is_known_matters_less_than_how() -> None:
    weak, strong = of_the_known(0.4 * np.array(pure("synergy"))), of_the_known(np.array(pure("synergy")))
    assert np.linalg.norm(weak - strong) < 0.1


def test_a_profile_without_replicates_is_taken_at_its_word() -> None:
    bare = profile("bare", pure("synergy")).model_copy(update={"replicates": ()})
    cloud = share_clouds([bare])[0]
    assert np.ptp(cloud, axis=0) == pytest.approx(0)


def test_shares_that_are_not_numbers_are_refused_by_name() -> None:
    broken = profile("broken", pure("synergy")).model_copy(update={"replicates": ((np.nan, 0.0, 0.0, 0.0),)})
    with pytest.raises(EstimationError, match="broken"):
        share_clouds([broken])
