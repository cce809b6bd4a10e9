from __future__ import annotations

import pytest
from tests.evaluate.scored import scores

from mintune.evaluate.summary import summarise

TYPES = {"t0": "redundancy", "t1": "redundancy", "t2": "synergy"}


def test_mean_median_and_solved_stand_side_by_side_for_each_type() -> None:
    rows = [*scores("one", [1.0, 0.9, 0.2, 0.1]), *scores("one", [1.0, 0.9, 0.0, 0.1], seed=1)]
    everything, redundancy, synergy = summarise(rows, TYPES, confidence=0.95, seed=0)
    assert (everything.type, everything.num_tasks, everything.num_seeds) == ("all", 4, 2)
    assert everything.mean == pytest.approx(0.525)
    assert everything.median == pytest.approx(0.5)
    assert everything.num_solved == 2
    assert everything.low < everything.mean < everything.high
    # means over tasks are .55 and .5: a standard deviation of .05 / sqrt(2)
    assert everything.seed_spread == pytest.approx(0.05 / 2**0.5)
    assert (redundancy.type, redundancy.num_solved) == ("redundancy", 2)
    assert synergy.mean == synergy.low == synergy.high == pytest.approx(0.1)


def test_one_seed_has_no_spread_over_seeds() -> None:
    assert summarise(scores("one", [0.5]), {}, confidence=0.95, seed=0)[0].seed_spread is None
