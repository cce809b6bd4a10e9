"""Budgets are shared to the last example and step."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tune.cases import make_suite, make_task

from mintune.config import TuneSettings
from mintune.errors import TrainingError
from mintune.records import Suite
from mintune.tune.budget import Budget, apportion, budget_of, split_branches, split_trunk

SHARES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.floats(0.01, 10), min_size=1, max_size=8)


def test_the_budget_is_epochs_times_all_training_examples() -> None:
    assert budget_of(make_suite(), TuneSettings(epochs=2.5, batch_size=4)) == Budget(examples=45, steps=12)


def test_a_budget_of_examples_takes_the_place_of_epochs() -> None:
    assert budget_of(make_suite(), TuneSettings(budget="50", batch_size=4)) == Budget(examples=50, steps=13)
    assert budget_of(make_suite(), TuneSettings(budget="10m").with_examples(7)).examples == 7


def test_a_budget_of_time_is_told_as_examples_before_a_stage_sees_it() -> None:
    with pytest.raises(TrainingError, match=r"tune\.budget: 10m is time"):
        budget_of(make_suite(), TuneSettings(budget="10m"))


def test_a_suite_with_an_empty_task_names_it() -> None:
    with pytest.raises(TrainingError, match="nothing"):
        budget_of(Suite((make_task("a", 3), make_task("nothing", 0))), TuneSettings())


@given(st.integers(0, 1000), SHARES)
def test_apportioned_counts_sum_to_the_total_and_stay_within_one_of_the_quota(
    total: int, shares: dict[str, float]
) -> None:
    counts = apportion(total, shares)
    assert sum(counts.values()) == total
    for key, count in counts.items():
        assert abs(count - total * shares[key] / sum(shares.values())) < 1 + 1e-6


@given(st.integers(1, 500), st.integers(0, 3000), st.floats(0, 1), SHARES)
def test_trunk_and_branches_together_spend_exactly_the_budget(
    steps: int, spare: int, trunk: float, shares: dict[str, float]
) -> None:
    budget = Budget(steps + spare, steps)
    first, rest = split_trunk(budget, trunk)
    assert first.steps + rest.steps == steps
    assert first.examples + rest.examples == budget.examples
    if 0 < rest.steps < len(shares):
        with pytest.raises(TrainingError, match="cannot be shared"):
            split_branches(rest, shares)
        return
    parts = split_branches(rest, shares)
    assert sum(part.steps for part in parts.values()) == rest.steps
    assert sum(part.examples for part in parts.values()) == rest.examples
    assert rest.steps == 0 or all(part.steps >= 1 for part in parts.values())


def test_a_budget_with_steps_but_fewer_examples_is_refused() -> None:
    with pytest.raises(TrainingError, match="3 examples in 4 steps"):
        Budget(3, 4)
