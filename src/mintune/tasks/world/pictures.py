"""What a picture of the world says, as plain data, and the pictures that say nothing to the point.

A description is drawn only when its pixels are needed, so that what an example knows can be counted and compared
without drawing it. Knows nothing of tasks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mintune.tasks.world import draw
from mintune.tasks.world.draw import Icon, TableRow, Thing
from mintune.tasks.world.vocabulary import COLOURS, PICTOGRAMS, POSITIONS, SHAPES, WORDS

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

    from mintune.tasks.world.primitives.sample import Hand

Family = Literal["scene", "chart", "word", "table", "pictogram", "digit"]
FAMILIES: tuple[Family, ...] = ("scene", "chart", "word", "table", "pictogram", "digit")

COLOUR_NAMES: tuple[str, ...] = tuple(COLOURS)
Cell = tuple[int, int]


@dataclass(frozen=True)
class Scene:
    """Coloured shapes, at most one a cell."""

    things: tuple[Thing, ...]

    def paint(self, rng: np.random.Generator) -> Image.Image:
        """Draw it; size, place, tint and noise come from `rng`."""
        return draw.scene(self.things, rng)


@dataclass(frozen=True)
class Signs:
    """Coloured pictograms, at most one a cell."""

    icons: tuple[Icon, ...]

    def paint(self, rng: np.random.Generator) -> Image.Image:
        """Draw it; size, place, tint and noise come from `rng`."""
        return draw.pictograms(self.icons, rng)


@dataclass(frozen=True)
class Chart:
    """Bars from left to right: colour and height (1-6)."""

    bars: tuple[tuple[str, int], ...]

    def paint(self, rng: np.random.Generator) -> Image.Image:
        """Draw it; bar width, tint and noise come from `rng`."""
        return draw.chart(self.bars, rng)


@dataclass(frozen=True)
class Word:
    """One printed word."""

    word: str

    def paint(self, rng: np.random.Generator) -> Image.Image:
        """Draw it; size, place, ink and noise come from `rng`."""
        return draw.word(self.word, rng)


@dataclass(frozen=True)
class Table:
    """Rows of a colour and two digits."""

    rows: tuple[TableRow, ...]

    def paint(self, rng: np.random.Generator) -> Image.Image:
        """Draw it; place, ink and noise come from `rng`."""
        return draw.table(self.rows, rng)


@dataclass(frozen=True)
class Digits:
    """Handwritten digits from left to right, of handwriting that the backbone never trained on."""

    values: tuple[int, ...]

    def paint(self, rng: np.random.Generator) -> Image.Image:
        """Draw it; handwriting, size, place and noise come from `rng`."""
        return draw.digits(self.values, rng, held_out=True)


Description = Scene | Signs | Chart | Word | Table | Digits
FAMILY_OF: dict[type[Description], Family] = {
    Scene: "scene",
    Chart: "chart",
    Word: "word",
    Table: "table",
    Signs: "pictogram",
    Digits: "digit",
}


def position(cell: Cell) -> str:
    """The name of a cell."""
    return POSITIONS[3 * cell[0] + cell[1]]


def scene_of(hand: Hand, shapes: list[str], colours: list[str]) -> Scene:
    """These shapes in these colours, in random cells."""
    cells = hand.cells(len(shapes))
    return Scene(tuple(Thing(*cell, s, c) for cell, s, c in zip(cells, shapes, colours, strict=True)))


def signs_of(hand: Hand, names: list[str], cells: list[Cell] | None = None) -> Signs:
    """These pictograms in different random colours, in these cells or in random ones."""
    cells = cells or hand.cells(len(names))
    colours = hand.some(COLOUR_NAMES, len(names))
    return Signs(tuple(Icon(*cell, n, c) for cell, n, c in zip(cells, names, colours, strict=True)))


def chart_with(hand: Hand, colour: str, height: int) -> Chart:
    """Three bars in random order: this one and two of any other colours and heights."""
    others = hand.some([other for other in COLOUR_NAMES if other != colour], 2)
    bars = [(colour, height), *((other, hand.whole(1, 6)) for other in others)]
    return Chart(tuple(hand.some(bars, 3)))


def ranked_chart(hand: Hand) -> tuple[Chart, list[str]]:
    """Three bars of different heights in random order, and their colours from the lowest bar to the tallest."""
    colours, heights = hand.some(COLOUR_NAMES, 3), sorted(hand.some(range(1, 7), 3))
    bars = list(zip(colours, heights, strict=True))
    return Chart(tuple(hand.some(bars, 3))), colours


def table_with(hand: Hand, row: TableRow) -> Table:
    """Three rows in random order: this one and two of any other colours and any digits."""
    others = hand.some([colour for colour in COLOUR_NAMES if colour != row.colour], 2)
    rows = [row, *(TableRow(colour, hand.whole(0, 9), hand.whole(0, 9)) for colour in others)]
    return Table(tuple(hand.some(rows, 3)))


def any_scene(hand: Hand) -> Scene:
    """Three shapes of different kinds and colours."""
    return scene_of(hand, hand.some(SHAPES, 3), hand.some(COLOUR_NAMES, 3))


def any_signs(hand: Hand) -> Signs:
    """Three different pictograms."""
    return signs_of(hand, hand.some(PICTOGRAMS, 3))


def any_chart(hand: Hand) -> Chart:
    """Three bars of different colours and heights."""
    return Chart(tuple(zip(hand.some(COLOUR_NAMES, 3), hand.some(range(1, 7), 3), strict=True)))


def any_word(hand: Hand) -> Word:
    """Any word."""
    return Word(hand.one(WORDS))


def any_table(hand: Hand) -> Table:
    """Three rows of different colours and any digits."""
    return Table(tuple(TableRow(c, hand.whole(0, 9), hand.whole(0, 9)) for c in hand.some(COLOUR_NAMES, 3)))


def any_digits(hand: Hand, count: int) -> Digits:
    """So many digits, the first of them not zero."""
    return Digits((hand.whole(1, 9), *(hand.whole(0, 9) for _ in range(count - 1))))
