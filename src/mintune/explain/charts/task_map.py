"""The map of tasks: how often the image alone is enough (to the right) against how often the text alone is (upwards).

The four corners are the four types: only both together, only the image, only the text, either. A task's place is
(redundancy + unique_image, redundancy + unique_text) over the sum of the four shares, so what nobody answers does not
move it; where that sum is under NEARLY_NOTHING a task has no place. The middle is ambiguous: half redundant and
half synergistic lies where half of each unique does, and the table beside the map tells them apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mintune.explain.charts.svg import Element, draw, drawing, markup

if TYPE_CHECKING:
    from markupsafe import Markup
    from numpy.typing import NDArray

NEARLY_NOTHING = 0.2
"""Below this share of answered examples a task has no place on the map."""

SIDE = 400.0
AXIS = 12.0
LEFT, TOP, RIGHT, BOTTOM = 62.0, 30.0, 30.0, 66.0
RADIUS = 9.0
APART = 2 * RADIUS - 1
PAD = 18.0
"""Room between the corners and the frame, so that marks of pure types lie inside."""
FRAME = SIDE + 2 * PAD


@dataclass(frozen=True)
class MapMark:
    """A task on the map: where it lies, its bootstrap cloud, and how it is labelled.

    `place` is (image alone is enough, text alone is enough), each in [0, 1]; `cloud` is (num_draws, 2) or empty.
    """

    task: str
    letter: str
    style: str
    tip: str
    place: tuple[float, float]
    cloud: NDArray[np.float64]
    is_hollow: bool


@dataclass(frozen=True)
class MapWords:
    """What the map says: its description, its two axes, and its corners from the lower left, counter-clockwise."""

    alt: str
    x: str
    y: str
    corners: tuple[str, str, str, str]


def place_of(shares: Sequence[float]) -> tuple[float, float] | None:
    """Where shares (in the order of TYPES) lie on the map, or None where next to nothing is answered."""
    redundancy, unique_image, unique_text, _ = shares
    answered = sum(shares)
    if not answered >= NEARLY_NOTHING:
        return None
    return (redundancy + unique_image) / answered, (redundancy + unique_text) / answered


def cloud_of(replicates: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Places of bootstrap draws of shares, (num_draws, 2); draws without a place are left out."""
    places = [place for draws in replicates if (place := place_of(draws)) is not None]
    return np.array(places, dtype=np.float64).reshape(-1, 2)


def task_map(marks: Sequence[MapMark], words: MapWords, confidence: float) -> Markup:
    """The map as SVG; ellipses hold the true place with `confidence`, taking the bootstrap cloud as normal."""
    width, height = LEFT + FRAME + RIGHT, TOP + FRAME + BOTTOM
    picture = drawing(width, height, "task-map", words.alt)
    _frame(picture, words)
    inside = draw(picture, "svg", x=LEFT, y=TOP, width=FRAME, height=FRAME)
    for mark in marks:
        _ellipse(inside, mark, confidence)
    centres = spread([_to_page(mark.place) for mark in marks])
    for mark, (x, y) in zip(marks, centres, strict=True):
        hollow = " hollow" if mark.is_hollow else ""
        node = draw(picture, "g", class_=f"mark {mark.style}{hollow}", data_tip=mark.tip, tabindex="0")
        draw(node, "circle", cx=x, cy=y, r=RADIUS)
        draw(node, "text", mark.letter, x=x, y=y + 3.6, text_anchor="middle")
    _labels(picture, marks, centres, width)
    return markup(picture)


def _frame(picture: Element, words: MapWords) -> None:
    """Plot area, grid, axes and the meaning of the corners."""
    draw(picture, "rect", x=LEFT, y=TOP, width=FRAME, height=FRAME, class_="plot")
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _to_page((tick, tick))
        draw(picture, "line", x1=x, x2=x, y1=TOP, y2=TOP + FRAME, class_="grid")
        draw(picture, "line", x1=LEFT, x2=LEFT + FRAME, y1=y, y2=y, class_="grid")
    for tick in (0.0, 0.5, 1.0):
        x, y = _to_page((tick, tick))
        draw(picture, "text", f"{tick * 100:.0f}%", x=x, y=TOP + FRAME + 18, text_anchor="middle", class_="tick")
        draw(picture, "text", f"{tick * 100:.0f}%", x=LEFT - 12, y=y + 4, text_anchor="end", class_="tick")
    middle = LEFT + FRAME / 2
    draw(picture, "text", words.x, x=middle, y=TOP + FRAME + 60, text_anchor="middle", class_="axis")
    turned = f"rotate(-90 {AXIS:g} {TOP + FRAME / 2:g})"
    draw(picture, "text", words.y, x=AXIS, y=TOP + FRAME / 2, text_anchor="middle", class_="axis", transform=turned)
    synergy, image, either, text = words.corners
    above, below = TOP - 14, TOP + FRAME + 38
    for kind, word, x, anchor, y in (
        ("synergy", synergy, LEFT, "start", below),
        ("unique_image", image, LEFT + FRAME, "end", below),
        ("redundancy", either, LEFT + FRAME, "end", above),
        ("unique_text", text, LEFT, "start", above),
    ):
        draw(picture, "text", word, x=x, y=y, text_anchor=anchor, class_=f"corner type-{kind}")


def _to_page(place: tuple[float, float]) -> tuple[float, float]:
    across, up = (min(max(part, 0.0), 1.0) for part in place)
    return LEFT + PAD + SIDE * across, TOP + PAD + SIDE * (1 - up)


def _ellipse(inside: Element, mark: MapMark, confidence: float) -> None:
    """The confidence ellipse of a cloud: axes along the eigenvectors of its covariance, chi-square with 2 degrees."""
    if len(mark.cloud) < 3:
        return
    values, vectors = np.linalg.eigh(np.cov(mark.cloud, rowvar=False))
    reach = math.sqrt(-2 * math.log(1 - confidence)) * SIDE
    minor, major = (reach * math.sqrt(max(float(value), 0.0)) for value in values)
    angle = -math.degrees(math.atan2(float(vectors[1, 1]), float(vectors[0, 1])))
    x, y = PAD + SIDE * mark.place[0], PAD + SIDE * (1 - mark.place[1])
    turned = f"rotate({angle:.1f} {x:.1f} {y:.1f})"
    draw(
        inside,
        "ellipse",
        cx=x,
        cy=y,
        rx=major,
        ry=minor,
        transform=turned,
        class_=f"cloud {mark.style}{' hollow' if mark.is_hollow else ''}",
    )


def spread(centres: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Move marks that overlap apart until they do not, or 200 rounds have passed; the others stay where they are.

    None leaves the frame. Deterministic: marks on the same spot leave it in directions given by their order.
    """
    lowest = np.array([LEFT, TOP]) + RADIUS + 1
    highest = np.array([LEFT, TOP]) + FRAME - RADIUS - 1
    points = np.array(centres, dtype=np.float64).reshape(-1, 2)
    golden = np.pi * (3 - np.sqrt(5)) * np.arange(len(points))
    ways = 0.01 * np.stack([np.cos(golden), np.sin(golden)], axis=1)
    points = points + ways
    for _ in range(200):
        between = points[:, None] - points[None, :]
        # The frame's corners can bring marks to one spot again.
        between = np.where(between.any(axis=-1, keepdims=True), between, ways[:, None] - ways[None, :])
        distance = np.linalg.norm(between, axis=-1) + np.eye(len(points)) * APART
        overlap = np.clip(APART - distance, 0, None)
        if not overlap.any():
            break
        push = (between / distance[..., None] * overlap[..., None]).sum(axis=1)
        points = np.clip(points + 0.3 * push, lowest, highest)
    return [(float(x), float(y)) for x, y in points]


def _labels(picture: Element, marks: Sequence[MapMark], centres: Sequence[tuple[float, float]], width: float) -> None:
    """Names of the tasks where there is room for them; the others are named by the pointer and the table."""
    taken = [(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in centres]
    for mark, (x, y) in zip(marks, centres, strict=True):
        reach = 5.6 * len(mark.task)
        right, left = x + RADIUS + 4, x - RADIUS - 4
        options = [
            (right, y + 4, "start", (right, y - 6, right + reach, y + 7)),
            (left, y + 4, "end", (left - reach, y - 6, left, y + 7)),
            (x, y - RADIUS - 4, "middle", (x - reach / 2, y - RADIUS - 15, x + reach / 2, y - RADIUS - 2)),
            (x, y + RADIUS + 12, "middle", (x - reach / 2, y + RADIUS + 2, x + reach / 2, y + RADIUS + 15)),
        ]
        for label_x, label_y, anchor, box in options:
            is_inside = box[0] > LEFT and box[1] > TOP and box[2] < width - 2 and box[3] < TOP + FRAME
            if is_inside and not any(_meet(box, other) for other in taken):
                draw(picture, "text", mark.task, x=label_x, y=label_y, text_anchor=anchor, class_="label")
                taken.append(box)
                break


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
