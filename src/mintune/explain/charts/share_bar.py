"""A share as a bar with its interval as a thin line, to stand beside its number in a table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mintune.explain.charts.svg import decoration, draw, markup

if TYPE_CHECKING:
    from markupsafe import Markup

    from mintune.records import Estimate

WIDTH, HEIGHT = 100.0, 12.0


def share_bar(share: Estimate, style: str) -> Markup:
    """A bar over [0, 1]; `style` is the class that colours it."""
    picture = decoration(WIDTH, HEIGHT, f"bar {style}", stretches=True)
    draw(picture, "rect", x=0, y=1, width=WIDTH, height=HEIGHT - 2, class_="track")
    draw(picture, "rect", x=0, y=1, width=WIDTH * _inside(share.value), height=HEIGHT - 2, class_="fill")
    low, high = WIDTH * _inside(share.low), WIDTH * _inside(share.high)
    draw(picture, "line", x1=low, x2=high, y1=HEIGHT / 2, y2=HEIGHT / 2, class_="interval")
    return markup(picture)


def _inside(value: float) -> float:
    """The value kept on the track; a number that is not one lies at its start."""
    return 0.0 if math.isnan(value) else min(max(value, 0.0), 1.0)
