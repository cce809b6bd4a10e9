from __future__ import annotations

import pytest
from tests.evaluate.scored import scores

from mintune.evaluate.interference import interference


def test_what_is_lost_in_company_is_interference_and_what_is_won_is_negative() -> None:
    rows = [*scores("single", [0.8, 0.3]), *scores("all", [0.6, 0.5])]
    lost, won = interference(rows, {"all": {"t0": "all", "t1": "all"}})
    assert (lost.task, lost.strategy, lost.group) == ("t0", "all", "all")
    assert lost.value == pytest.approx(0.2)
    assert won.value == pytest.approx(-0.2)
    # each score has a half width of 0.1
    assert lost.high - lost.value == pytest.approx(0.1 * 2**0.5)


def test_it_is_between_means_over_seeds() -> None:
    rows = [*scores("single", [0.8]), *scores("all", [0.6]), *scores("all", [0.4], seed=1)]
    (found,) = interference(rows, {})
    assert found.value == pytest.approx(0.3)
    assert found.num_seeds == 1


def test_without_single_there_is_nothing_to_say() -> None:
    assert interference(scores("all", [0.6]), {}) == []
