"""Shares keep to their floors and ceilings, sum to one, and change no more than they must."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.tune.cases import SETTINGS, make_grouping, make_suite

from mintune.config import TuneSettings
from mintune.errors import ConfigError
from mintune.models.backbone import Backbone
from mintune.tune.job import make_job
from mintune.tune.mixtures import MIXTURES
from mintune.tune.shares import LEAST, bounded_tasks, fill, shares_of
from mintune.tune.stage import tune_grouping

SIZES = {"large": 600, "middle": 300, "small": 90, "tiny": 10}

bounded = st.lists(
    st.tuples(st.floats(0.01, 1), st.floats(0, 0.5), st.floats(0, 1)), min_size=1, max_size=6
)  # a weight, a floor, and by how much of what is left to one the ceiling is above it


def shares(**settings: Any) -> dict[str, float]:
    return shares_of(SIZES, TuneSettings(**settings))


@pytest.mark.parametrize("mixture", list(MIXTURES))
def test_without_bounds_shares_are_the_mixtures_own(mixture: Any) -> None:
    assert shares(mixture=mixture) == MIXTURES[mixture](SIZES)
    assert shares(mixture=mixture, floor=1e-5, ceiling=1.0) == pytest.approx(MIXTURES[mixture](SIZES))
    assert bounded_tasks(SIZES, TuneSettings(mixture=mixture)) == ()


def test_a_floor_takes_from_the_others_in_proportion() -> None:
    # What is left to `large`, `middle` and `small`, 0.9, is shared 600 : 300 : 90.
    found = shares(floor={"tiny": 0.1})
    assert found == pytest.approx({"large": 0.9 * 60 / 99, "middle": 0.9 * 30 / 99, "small": 0.9 * 9 / 99, "tiny": 0.1})
    assert bounded_tasks(SIZES, TuneSettings(floor={"tiny": 0.1})) == ("tiny",)


def test_a_ceiling_gives_to_the_others_in_proportion() -> None:
    found = shares(ceiling=0.45)
    assert found == pytest.approx({"large": 0.45, "middle": 0.55 * 30 / 40, "small": 0.55 * 9 / 40, "tiny": 0.55 / 40})


def test_what_a_ceiling_gives_can_reach_another() -> None:
    found = shares(ceiling=0.4, floor={"tiny": 0.1})
    assert found == pytest.approx({"large": 0.4, "middle": 0.5 * 30 / 39, "small": 0.5 * 9 / 39, "tiny": 0.1})
    found = shares(ceiling=0.3)
    assert found == pytest.approx({"large": 0.3, "middle": 0.3, "small": 0.3, "tiny": 0.1})


def test_floors_that_sum_to_one_are_the_shares() -> None:
    assert shares(floor=0.25) == pytest.approx(dict.fromkeys(SIZES, 0.25))
    assert shares(ceiling=0.25) == pytest.approx(dict.fromkeys(SIZES, 0.25))


@given(bounded)
def test_filled_shares_keep_to_their_bounds_and_what_is_free_to_its_proportions(
    drawn: list[tuple[float, float, float]],
) -> None:
    total = sum(weight for weight, _, _ in drawn)
    plain = {str(place): weight / total for place, (weight, _, _) in enumerate(drawn)}
    floors = {str(place): floor for place, (_, floor, _) in enumerate(drawn)}
    ceilings = {str(place): floor + (1 - floor) * room for place, (_, floor, room) in enumerate(drawn)}
    assume(sum(floors.values()) <= 1 <= sum(ceilings.values()))
    found = fill(plain, floors, ceilings)
    assert list(found) == list(plain)
    assert math.isclose(sum(found.values()), 1)
    free = []
    for task, share in found.items():
        assert floors[task] - 1e-9 <= share <= ceilings[task] + 1e-9
        if floors[task] + 1e-9 < share < ceilings[task] - 1e-9:
            free.append(share / plain[task])
    assert max(free, default=1.0) == pytest.approx(min(free, default=1.0), rel=1e-6)
    for task, share in found.items():  # a bound holds only what the common factor would carry beyond it
        if free and share >= ceilings[task] - 1e-9 > floors[task]:
            assert free[0] * plain[task] >= share - 1e-6
        if free and share <= floors[task] + 1e-9 < ceilings[task]:
            assert free[0] * plain[task] <= share + 1e-6


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"floor": 0.3}, r"tune\.floor: the floors of 4 tasks sum to 1\.2; expected 1 at most"),
        ({"ceiling": 0.2}, r"tune\.ceiling: the ceilings of 4 tasks sum to 0\.8; expected 1 at least"),
        ({"floor": 0.2, "ceiling": {"tiny": 0.1}}, r"tiny gets at least 0\.2 and by tune\.ceiling at most 0\.1"),
        ({"floor": {"none": 0.1}}, r"tune\.floor: no task named 'none'; tasks: large, middle, small, tiny"),
        ({"floor": {"large": 0.5, "middle": 0.5}}, "leave small less than a millionth"),
    ],
)
def test_bounds_that_cannot_be_kept_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        shares(**settings)
    assert min(shares().values()) > LEAST


def test_a_task_is_trained_on_by_its_floor_under_every_grouping(backbone: Backbone, tmp_path: Path) -> None:
    settings = SETTINGS.model_copy(update={"floor": {"ccc": 0.5}, "trunk": 0.0})
    for grouping in (make_grouping("single", a=("a",), bb=("bb",), ccc=("ccc",)), make_grouping()):
        cards = tune_grouping(
            make_job(backbone, make_suite(), settings, seed=0, rank=2), grouping, folder=tmp_path / grouping.strategy
        )
        home = next(card for card in cards if "ccc" in card.tasks)
        assert home.cost.examples * home.mixture.shares["ccc"] == pytest.approx(36, abs=1)
        assert home.bounded == ("ccc",)
        assert (
            "those of ccc by a floor or a ceiling"
            in (tmp_path / grouping.strategy / home.folder / "README.md").read_text()
        )
