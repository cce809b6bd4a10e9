from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import permutation_test
from tests.evaluate.scored import scores

from mintune.errors import DataError
from mintune.evaluate.comparison import compare, holm, sign_flip_p_value
from mintune.records import Comparison

values = st.lists(st.floats(0, 1), min_size=1, max_size=16)


def compared(one: list[float], other: list[float]) -> Comparison:
    (found,) = compare([*scores("one", one), *scores("other", other)], strategy="one", confidence=0.95, seed=0)
    return found


@given(values)
@settings(max_examples=30)
def test_a_strategy_is_no_better_than_itself(same: list[float]) -> None:
    found = compared(same, same)
    assert (found.difference, found.low, found.high, found.p_value) == (0, 0, 0, 1)
    assert (found.num_better, found.num_worse) == (0, 0)


def test_better_on_eight_of_eight_tasks_is_one_flip_in_256_either_way() -> None:
    found = compared([0.6] * 8, [0.5] * 8)
    assert found.difference == pytest.approx(0.1)
    assert found.p_value == pytest.approx(2 / 256)
    assert (found.num_better, found.num_worse, found.num_tasks, found.num_comparisons) == (8, 0, 8, 1)
    assert found.low == found.high == pytest.approx(0.1)


@given(values, st.data())
@settings(max_examples=20)
def test_changing_sides_changes_the_sign(one: list[float], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.floats(0, 1), min_size=len(one), max_size=len(one)))
    there, back = compared(one, other), compared(other, one)
    assert there.difference == pytest.approx(-back.difference)
    assert there.p_value == pytest.approx(back.p_value, abs=0.02)
    assert (there.num_better, there.num_worse) == (back.num_worse, back.num_better)


@given(st.permutations(range(6)))
@settings(max_examples=20)
def test_the_order_of_tasks_changes_nothing(order: list[int]) -> None:
    rows = [*scores("one", [0.9, 0.8, 0.5, 0.4, 0.7, 0.2]), *scores("other", [0.5, 0.9, 0.1, 0.4, 0.3, 0.1])]
    shuffled = [rows[index] for index in order] + [rows[6 + index] for index in order]
    arguments = {"strategy": "one", "confidence": 0.95, "seed": 0}
    assert compare(rows, **arguments) == compare(shuffled, **arguments)


@pytest.mark.parametrize("num_tasks", [10, 30])
def test_the_p_value_is_that_of_scipys_paired_permutation_test(num_tasks: int) -> None:
    differences = np.random.default_rng(num_tasks).normal(0.25, 1.0, size=num_tasks)
    expected = permutation_test(
        (differences, np.zeros(num_tasks)),
        lambda first, second, axis: np.mean(first - second, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=np.random.default_rng(0),
    ).pvalue
    assert sign_flip_p_value(differences, np.random.default_rng(1)) == pytest.approx(expected, abs=0.01)


def test_holm_multiplies_the_smallest_most_and_never_decreases() -> None:
    # sorted: .01 * 3, .02 * 2, .04 * 1; the last may not be below the one before
    assert holm([0.04, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([]) == []


def test_seeds_are_averaged_before_tasks_are_compared_and_widen_the_interval() -> None:
    steady = [*scores("one", [0.7] * 8), *scores("one", [0.7] * 8, seed=1), *scores("other", [0.5] * 8)]
    shaky = [*scores("one", [0.9] * 8), *scores("one", [0.5] * 8, seed=1), *scores("other", [0.5] * 8)]
    (calm,) = compare(steady, strategy="one", confidence=0.95, seed=0)
    (wide,) = compare(shaky, strategy="one", confidence=0.95, seed=0)
    assert calm.difference == pytest.approx(wide.difference)
    assert calm.high - calm.low < 1e-9
    assert wide.high - wide.low > 0.3


def test_more_strategies_are_corrected_for() -> None:
    rows = [*scores("one", [0.6] * 8), *scores("other", [0.5] * 8), *scores("third", [0.6] * 8)]
    first, second = compare(rows, strategy="one", confidence=0.95, seed=0)
    assert (first.against, second.against) == ("other", "third")
    assert first.p_value == pytest.approx(2 * 2 / 256)
    assert second.p_value == 1


def test_strategies_scored_on_different_tasks_are_not_compared() -> None:
    rows = [*scores("one", [0.6, 0.5]), *scores("other", [0.5])]
    with pytest.raises(DataError, match="strategy other, seed 0: no score of t1"):
        compare(rows, strategy="one", confidence=0.95, seed=0)
    with pytest.raises(DataError, match="no scores of strategy third; there are scores of one, other"):
        compare(rows, strategy="third", confidence=0.95, seed=0)


def test_one_strategy_alone_is_compared_with_none() -> None:
    assert compare(scores("one", [0.5]), strategy="one", confidence=0.95, seed=0) == ()
