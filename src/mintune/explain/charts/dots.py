"""Dots with intervals on one scale: the forest of differences, means of strategies, and a task's scores in a row."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from mintune.explain.charts.svg import Element, decoration, draw, drawing, markup
from mintune.explain.words import points, signed_points

if TYPE_CHECKING:
    from markupsafe import Markup

    from mintune.records import Estimate

ROW = 30.0
FOREST_WIDTH = 420.0
PANEL_WIDTH = 340.0
MARGIN = 14.0
TOP = 8.0


@dataclass(frozen=True)
class Dot:
    """One row: its label, its number with interval, the class that colours it, and what the pointer reads."""

    label: str
    value: Estimate
    style: str
    tip: str


@dataclass(frozen=True)
class Scale:
    """From a number to a place between `left` and `right`, with round ticks."""

    low: float
    high: float
    left: float
    right: float

    def __call__(self, value: float) -> float:
        """The place of a value; outside the scale it is kept at the nearer end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.left + share * (self.right - self.left)

    @property
    def ticks(self) -> list[float]:
        """Three to six round numbers within the scale."""
        step = 10.0 ** math.floor(math.log10(self.high - self.low))
        step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2) if (self.high - self.low) / (step * part) <= 5.5)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def forest(dots: Sequence[Dot], alt: str) -> Markup:
    """Differences about a zero line that always shows, in points with their signs."""
    reach = max([0.005, *(abs(end) for dot in dots for end in (dot.value.low, dot.value.high, dot.value.value))])
    scale = Scale(-reach * 1.08, reach * 1.08, _label_width(dots), FOREST_WIDTH - MARGIN)
    return _rows(dots, scale, alt, signed=True)


def means(dots: Sequence[Dot], alt: str, span: tuple[float, float]) -> Markup:
    """Means of normalised scores over `span`, with a line at zero, which is chance."""
    return _rows(dots, Scale(*span, _label_width(dots), PANEL_WIDTH - MARGIN), alt, signed=False)


def lane(dots: Sequence[Dot], chance: float, ceiling: float) -> Markup:
    """Scores of one task in one row over [0, ceiling], with chance as a dashed line; the first dot is filled."""
    picture = decoration(200, 22, "lane")
    scale = Scale(0.0, max(ceiling, 1e-9), 8, 192)
    draw(picture, "line", x1=scale.left, x2=scale.right, y1=11, y2=11, class_="rail")
    draw(picture, "line", x1=scale(chance), x2=scale(chance), y1=2, y2=20, class_="chance")
    for dot in reversed(dots):
        node = draw(picture, "g", class_=dot.style, data_tip=dot.tip)
        if dot is dots[0]:
            draw(node, "line", x1=scale(dot.value.low), x2=scale(dot.value.high), y1=11, y2=11, class_="interval")
        draw(node, "circle", cx=scale(dot.value.value), cy=11, r=5.5 if dot is dots[0] else 4)
    return markup(picture)


def _label_width(dots: Sequence[Dot]) -> float:
    """Room for the longest label at 13 px, its size on a phone; wide characters (Japanese) take a square."""
    return 18 + max(sum(13.2 if east_asian_width(letter) in "WF" else 7.4 for letter in dot.label) for dot in dots)


def _rows(dots: Sequence[Dot], scale: Scale, alt: str, *, signed: bool) -> Markup:
    bottom = TOP + ROW * len(dots)
    picture = drawing(scale.right + MARGIN, bottom + 24, "dots", alt)
    write = signed_points if signed else points
    for tick in scale.ticks:
        at_zero = abs(tick) < 1e-12
        draw(picture, "line", x1=scale(tick), x2=scale(tick), y1=TOP, y2=bottom, class_="zero" if at_zero else "grid")
        label = write(tick).removesuffix(".0")
        draw(picture, "text", label, x=scale(tick), y=bottom + 17, text_anchor="middle", class_="tick")
    for index, dot in enumerate(dots):
        _row(picture, dot, scale, TOP + ROW * (index + 0.5))
    return markup(picture)


def _row(picture: Element, dot: Dot, scale: Scale, y: float) -> None:
    node = draw(picture, "g", class_=f"dot {dot.style}", data_tip=dot.tip, tabindex="0")
    draw(node, "rect", x=0, y=y - ROW / 2, width=scale.right + MARGIN, height=ROW, class_="hit")
    draw(node, "text", dot.label, x=scale.left - 14, y=y + 4.5, text_anchor="end", class_="name")
    draw(node, "line", x1=scale(dot.value.low), x2=scale(dot.value.high), y1=y, y2=y, class_="interval")
    draw(node, "circle", cx=scale(dot.value.value), cy=y, r=6)
