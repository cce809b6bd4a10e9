"""What mixtures give to each task."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mintune.config import TuneSettings
from mintune.tune.mixtures import MIXTURES

SIZES = st.dictionaries(st.text("abc", min_size=1), st.integers(1, 10_000).map(float), min_size=1, max_size=6)


def test_every_mixture_of_the_table_can_be_configured() -> None:
    for name in MIXTURES:
        assert TuneSettings(mixture=name).mixture == name


@pytest.mark.parametrize("name", list(MIXTURES))
@given(sizes=SIZES)
def test_shares_are_positive_and_sum_to_one(name: str, sizes: dict[str, float]) -> None:
    shares = MIXTURES[name](sizes)
    assert list(shares) == list(sizes)
    assert all(share > 0 for share in shares.values())
    assert math.isclose(sum(shares.values()), 1)


def test_proportional_goes_by_size_and_uniform_does_not() -> None:
    sizes = {"small": 10.0, "large": 30.0}
    assert MIXTURES["proportional"](sizes) == {"small": 0.25, "large": 0.75}
    assert MIXTURES["uniform"](sizes) == {"small": 0.5, "large": 0.5}
