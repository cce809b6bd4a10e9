"""Figures put marks where the numbers say, keep them apart, and stay well-formed whatever the names are."""

from __future__ import annotations

import itertools
import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mintune.explain.charts.dots import Dot, Scale, forest, lane, means
from mintune.explain.charts.share_bar import share_bar
from mintune.explain.charts.task_map import APART, MapMark, MapWords, cloud_of, place_of, spread, task_map
from mintune.records import Estimate

WORDS = MapWords("a map", "x", "y", ("both", "image", "either", "text"))
EVIL = "<script>&\"'"


@pytest.mark.parametrize(
    ("shares", "place"),
    [
        ((1, 0, 0, 0), (1, 1)),
        ((0, 1, 0, 0), (1, 0)),
        ((0, 0, 1, 0), (0, 1)),
        ((0, 0, 0, 1), (0, 0)),
        ((0.2, 0, 0, 0.2), (0.5, 0.5)),
        ((0, 0.4, 0, 0), (1, 0)),
        ((0.1, 0.05, 0, 0), None),
        ((math.nan, 0, 0, 0), None),
    ],
)
def test_pure_types_lie_in_their_corners(
    shares: tuple[float, float, float, float], place: tuple[float, float] | None
) -> None:
    assert place_of(shares) == (None if place is None else pytest.approx(place))


shares_drawn = st.lists(st.floats(0.02, 1), min_size=5, max_size=5).map(
    lambda parts: [p / sum(parts) for p in parts][:4]
)


@settings(deadline=None, max_examples=50)
@given(shares_drawn)
def test_a_place_lies_on_the_map(shares: list[float]) -> None:
    place = place_of(shares)
    assert place is None or all(0 <= part <= 1 for part in place)


def test_draws_without_a_place_are_left_out_of_the_cloud() -> None:
    assert cloud_of([(1, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 1)]).tolist() == [[1, 1], [0, 0]]
    assert cloud_of([]).shape == (0, 2)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from([80.0, 81.0, 200.0]), st.sampled_from([48.0, 200.0])), max_size=14))
def test_marks_on_one_spot_are_moved_apart(centres: list[tuple[float, float]]) -> None:
    moved = spread(centres)
    assert len(moved) == len(centres)
    for one, other in itertools.combinations(moved, 2):
        assert math.dist(one, other) > 0.85 * APART


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from([0.0, 0.02, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=12))
@example([(0.0, 0.0)] * 9)
def test_marks_and_their_rims_stay_inside_the_frame(places: list[tuple[float, float]]) -> None:
    marks = [MapMark("t", "A", "hue-0", "", place, np.empty((0, 2)), is_hollow=False) for place in places]
    tree = ElementTree.fromstring(str(task_map(marks, WORDS, 0.95)))
    frame = next(node for node in tree.iter("rect") if node.attrib["class"] == "plot")
    left, top, side = (float(frame.attrib[key]) for key in ("x", "y", "width"))
    for circle in tree.iter("circle"):
        x, y, radius = (float(circle.attrib[key]) for key in ("cx", "cy", "r"))
        assert left < x - radius < x + radius < left + side
        assert top < y - radius < y + radius < top + side
    ticks = [node for node in tree.iter("text") if node.attrib.get("class") == "tick"]
    assert len(ticks) == 6
    for tick in ticks:
        assert float(tick.attrib["x"]) < left or float(tick.attrib["y"]) > top + side


def test_marks_that_do_not_meet_stay_where_they_are() -> None:
    centres = [(100.0, 100.0), (200.0, 100.0), (100.0, 300.0)]
    for moved, centre in zip(spread(centres), centres, strict=True):
        assert math.dist(moved, centre) < 0.1


def test_map_is_well_formed_and_marks_what_is_undetermined() -> None:
    cloud = np.random.default_rng(0).normal(0.5, 0.1, (50, 2))
    marks = [
        MapMark(EVIL, "A", "type-synergy", EVIL, (0.5, 0.5), cloud, is_hollow=False),
        MapMark("other", "B", "hue-1", "tip", (0.0, 1.0), cloud[:0], is_hollow=True),
    ]
    tree = ElementTree.fromstring(str(task_map(marks, WORDS, 0.95)))
    drawn = [node for node in tree.iter("g") if "data-tip" in node.attrib]
    assert [node.attrib["data-tip"] for node in drawn] == [EVIL, "tip"]
    assert ["hollow" in node.attrib["class"] for node in drawn] == [False, True]
    assert len(list(tree.iter("ellipse"))) == 1  # the other has no cloud


def test_ellipse_is_the_standard_deviation_times_the_chi_square_reach() -> None:
    cloud = np.random.default_rng(1).normal((0.5, 0.5), (0.05, 0.01), (20_000, 2))
    mark = MapMark("t", "A", "hue-0", "", (0.5, 0.5), cloud, is_hollow=False)
    ellipse = next(ElementTree.fromstring(str(task_map([mark], WORDS, 0.95))).iter("ellipse"))
    reach = math.sqrt(5.991) * 400
    assert float(ellipse.attrib["rx"]) == pytest.approx(0.05 * reach, rel=0.03)
    assert float(ellipse.attrib["ry"]) == pytest.approx(0.01 * reach, rel=0.03)


@settings(deadline=None, max_examples=50)
@given(st.floats(-1, 1), st.floats(0.001, 2))
def test_ticks_are_few_round_and_inside(low: float, width: float) -> None:
    scale = Scale(low, low + width, 0, 100)
    assert 2 <= len(scale.ticks) <= 7
    assert all(low - 1e-9 <= tick <= low + width + 1e-9 for tick in scale.ticks)
    assert all(0 <= scale(tick) <= 100 for tick in scale.ticks)


def dot(value: float, reach: float = 0.02) -> Dot:
    return Dot(EVIL, Estimate(value=value, low=value - reach, high=value + reach), "mine", EVIL)


def test_zero_is_in_the_middle_of_the_forest() -> None:
    tree = ElementTree.fromstring(str(forest([dot(0.05), dot(-0.01)], "alt")))
    zero = next(float(line.attrib["x1"]) for line in tree.iter("line") if line.attrib["class"] == "zero")
    places = [float(circle.attrib["cx"]) for circle in tree.iter("circle")]
    assert places[0] > zero > places[1]


def test_figures_of_numbers_are_well_formed() -> None:
    for figure in (
        means([dot(0.7), dot(0.4)], "alt", (0.0, 1.0)),
        lane([dot(0.7), dot(0.4)], 0.5, 1.0),
        forest([dot(0.0, 0.0)], "alt"),
        share_bar(Estimate(value=math.nan, low=math.nan, high=math.nan), "type-synergy"),
        share_bar(Estimate(value=-0.1, low=-0.3, high=1.4), "type-synergy"),
    ):
        ElementTree.fromstring(str(figure))
        assert "nan" not in figure


def test_a_bar_is_as_long_as_its_share() -> None:
    tree = ElementTree.fromstring(str(share_bar(Estimate(value=0.25, low=0.2, high=0.3), "type-synergy")))
    fill = next(node for node in tree.iter("rect") if node.attrib["class"] == "fill")
    line = next(tree.iter("line"))
    assert float(fill.attrib["width"]) == 25
    assert (float(line.attrib["x1"]), float(line.attrib["x2"])) == (20, 30)
