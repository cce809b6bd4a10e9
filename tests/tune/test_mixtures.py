"""What mixtures give to each task."""

from __future__ import annotations

import math
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mintune.config import TuneSettings
from mintune.explain.words.en import ENGLISH
from mintune.tune.mixtures import MIXTURES
from mintune.tune.mixtures.unimax import MOST_PASSES

SIZES = st.dictionaries(st.text("abc", min_size=1), st.integers(1, 10_000).map(float), min_size=1, max_size=6)


def test_every_mixture_can_be_configured_and_has_a_row_in_the_docs() -> None:
    rows = Path("docs/tune.md").read_text()
    for name in MIXTURES:
        assert TuneSettings(mixture=name).mixture == name
        assert f"| `{name}` | `mixtures/{name}.py` |" in rows


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


def test_temperature_lies_between_proportional_and_uniform() -> None:
    sizes = {"small": 100.0, "large": 900.0}
    assert MIXTURES["temperature"](sizes) == pytest.approx({"small": 0.25, "large": 0.75})


def test_unimax_is_uniform_until_a_small_task_would_come_too_often() -> None:
    alike = {"a": 30.0, "b": 40.0, "c": 50.0}
    assert MIXTURES["unimax"](alike) == pytest.approx(MIXTURES["uniform"](alike))
    # 4 x 10 / 1000 is the most that `tiny` may have; the rest is dealt evenly.
    sizes = {"large": 590.0, "tiny": 10.0, "middle": 400.0}
    assert MIXTURES["unimax"](sizes) == pytest.approx({"large": 0.48, "tiny": 0.04, "middle": 0.48})


@given(sizes=SIZES)
def test_unimax_shows_no_task_more_than_four_times_as_often_as_proportional(sizes: dict[str, float]) -> None:
    plain, found = MIXTURES["proportional"](sizes), MIXTURES["unimax"](sizes)
    assert all(found[task] <= MOST_PASSES * plain[task] + 1e-12 for task in sizes)


def test_every_mixture_has_words_in_the_report() -> None:
    named = set(get_args(TuneSettings.model_fields["mixture"].annotation))
    assert named == {*MIXTURES, "merge_search"}
    assert {key.removeprefix("mixture.") for key in ENGLISH if key.startswith("mixture.")} == named
