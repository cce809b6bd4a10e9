from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from mintune.group.membership import mixture, weights_over_groups


def cloud_at(*point: float) -> np.ndarray:
    return np.repeat(np.array([point]), 4, axis=0)


def test_half_redundant_and_half_synergistic_is_half_in_each() -> None:
    assert mixture(np.array([0.5, 0, 0, 0.5]), np.eye(4)[[0, 3]]) == pytest.approx([0.5, 0.5], abs=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_it_is_the_nearest_mixture_that_a_general_solver_finds(seed: int) -> None:
    generator = np.random.default_rng(seed)
    middles, point = generator.dirichlet(np.ones(4), size=3), generator.dirichlet(np.ones(4))

    def distance(weights: np.ndarray) -> float:
        return float(((weights @ middles - point) ** 2).sum())

    found = mixture(point, middles)
    reference = minimize(
        distance, np.full(3, 1 / 3), bounds=[(0, 1)] * 3, constraints={"type": "eq", "fun": lambda w: w.sum() - 1}
    )
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
    assert distance(found) <= reference.fun + 1e-5


def test_a_task_keeps_most_weight_in_its_own_group_even_where_constraints_put_it_elsewhere() -> None:
    clouds = np.stack([cloud_at(1, 0, 0, 0), cloud_at(1, 0, 0, 0), cloud_at(0, 0, 0, 1), cloud_at(1, 0, 0, 0)])
    weights = weights_over_groups(clouds, np.array([0, 0, 1, 1]))
    assert weights.sum(axis=1) == pytest.approx(1)
    assert weights[3, 1] >= weights[3, 0]
    assert weights[0].tolist() == [1, 0]
