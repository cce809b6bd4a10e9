from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, bootstrap

from mintune.evaluate.interval import mean_interval


def interval(values: list[float], clusters: list[int] | None = None, confidence: float = 0.95) -> tuple[float, float]:
    clusters = list(range(len(values))) if clusters is None else clusters
    return mean_interval(values, clusters, confidence=confidence, generator=np.random.default_rng(0))


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
@settings(max_examples=50)
def test_it_lies_within_0_and_1_around_the_mean(values: list[float]) -> None:
    low, high = interval(values)
    assert -1e-9 <= low <= np.mean(values) + 1e-9
    assert np.mean(values) - 1e-9 <= high <= 1 + 1e-9


def test_it_is_scipys_percentile_bootstrap_up_to_chance() -> None:
    values = np.random.default_rng(1).uniform(size=60)
    expected = bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(2)).confidence_interval
    assert interval(values.tolist()) == pytest.approx((expected.low, expected.high), abs=0.01)


def test_all_right_is_the_exact_binomial_interval() -> None:
    expected = binomtest(20, 20).proportion_ci(0.95)
    assert interval([1.0] * 20) == pytest.approx((expected.low, expected.high))
    expected = binomtest(0, 20).proportion_ci(0.95)
    assert interval([0.0] * 20) == pytest.approx((expected.low, expected.high))


def test_questions_about_one_image_count_as_fewer_examples() -> None:
    values = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0] * 5
    alone = interval(values)
    shared = interval(values, [number // 4 for number in range(40)])
    assert shared[1] - shared[0] > 1.5 * (alone[1] - alone[0])
