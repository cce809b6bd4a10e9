"""Draw the built-in world's pictures: scenes, pictograms, charts, words, tables and handwritten digits.

Every function takes a `numpy.random.Generator`, from which size, place within a cell, tint and noise are drawn, and
returns an RGB image of 84 x 84 px: three by three cells of 28 px, each of which is one visual token of the built-in
backbone. Nothing here knows what is asked about a picture.

The handwritten digits are the 1,797 images of `sklearn.datasets.load_digits`. Every fifth is held out: the backbone
never trains on it, the world's tasks and every measurement use only these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mintune.tasks.world.stencils import outline
from mintune.tasks.world.vocabulary import COLOURS

SIDE = 84
CELL = 28
MAX_HEIGHT = 6
HELD_OUT_EVERY = 5

Canvas = NDArray[np.float32]
Mask = NDArray[np.float32]


@dataclass(frozen=True)
class Thing:
    """A coloured shape in one cell; `row` and `col` count from 0 at the top left."""

    row: int
    col: int
    shape: str
    colour: str


@dataclass(frozen=True)
class Icon:
    """A coloured pictogram in one cell; `row` and `col` count from 0 at the top left."""

    row: int
    col: int
    name: str
    colour: str


@dataclass(frozen=True)
class TableRow:
    """A row of a table: a colour swatch, then a printed digit (0-9) in each of two columns."""

    colour: str
    first: int
    second: int


def scene(things: Sequence[Thing], rng: np.random.Generator) -> Image.Image:
    """Coloured shapes, at most one a cell."""
    canvas = _paper(rng)
    for thing in things:
        _place(canvas, thing.shape, thing.colour, thing.row, thing.col, rng)
    return _finish(canvas, rng)


def pictograms(items: Sequence[Icon], rng: np.random.Generator) -> Image.Image:
    """Coloured pictograms, at most one a cell."""
    canvas = _paper(rng)
    for item in items:
        _place(canvas, item.name, item.colour, item.row, item.col, rng)
    return _finish(canvas, rng)


def chart(bars: Sequence[tuple[str, int]], rng: np.random.Generator) -> Image.Image:
    """A chart of up to three bars, one a column of cells, with a grid line for each unit of height.

    Args:
        bars: (colour, height) from left to right; heights are whole numbers from 0 to `MAX_HEIGHT`.
        rng: source of bar width, tint and noise.
    """
    canvas = _paper(rng)
    unit, base = 13, 81
    shade = float(rng.integers(150, 200))
    for level in range(MAX_HEIGHT + 1):
        canvas[base - unit * level, 2:82] = shade
    for col, (colour, height) in enumerate(bars):
        half = int(rng.integers(6, 11))
        middle = CELL * col + CELL // 2 + int(rng.integers(-2, 3))
        canvas[base - unit * height : base, middle - half : middle + half] = _tint(colour, rng)
    canvas[base : base + 2, 2:82] = 70.0
    return _finish(canvas, rng)


def word(text: str, rng: np.random.Generator, row: int | None = None) -> Image.Image:
    """A short word (up to about eight letters) printed dark on light within one row of cells, by default any row.

    Like a label, it starts near the left edge and stands in the middle of its row, give or take a few px.
    """
    canvas = _paper(rng)
    size = int(rng.integers(17, 23))
    mask = _text_mask(text, size)
    while mask.shape[1] > SIDE - 2:
        size -= 1
        mask = _text_mask(text, size)
    height, width = mask.shape
    row = int(rng.integers(0, 3)) if row is None else row
    slack = CELL - height
    top = CELL * row + min(max(0, slack // 2 + int(rng.integers(-2, 3))), slack)
    left = int(rng.integers(1, min(9, SIDE - width)))
    ink = rng.integers(0, 90, size=3).astype(np.float32)
    _blend(canvas, mask, top, left, ink)
    return _finish(canvas, rng)


def table(rows: Sequence[TableRow], rng: np.random.Generator) -> Image.Image:
    """A table of up to three rows: swatch, first column, second column, one row of cells each."""
    canvas = _paper(rng)
    shade = float(rng.integers(120, 190))
    for edge in (27, 55):
        canvas[edge, :] = shade
        canvas[:, edge] = shade
    for index, row in enumerate(rows):
        top = CELL * index
        inset = int(rng.integers(4, 8))
        canvas[top + inset : top + CELL - inset, inset : CELL - inset] = _tint(row.colour, rng)
        for col, value in ((1, row.first), (2, row.second)):
            mask = _text_mask(str(value), int(rng.integers(18, 23)))
            ink = rng.integers(0, 90, size=3).astype(np.float32)
            _blend_in_cell(canvas, mask, index, col, ink, rng)
    return _finish(canvas, rng)


def digits(
    values: Sequence[int], rng: np.random.Generator, held_out: bool, cell: tuple[int, int] | None = None
) -> Image.Image:
    """One to three handwritten digits side by side, in one row of cells.

    Args:
        values: digits 0-9 from left to right.
        rng: source of which image of a digit, its size and its place.
        held_out: whether to use the images that the backbone never trained on.
        cell: (row, col) of the first digit, by default any that leaves room.
    """
    canvas = _paper(rng)
    row, start = (int(rng.integers(0, 3)), int(rng.integers(0, 4 - len(values)))) if cell is None else cell
    ink = rng.integers(0, 90, size=3).astype(np.float32)
    for offset, value in enumerate(values):
        bank = _digit_bank(held_out)[value]
        source = bank[int(rng.integers(0, len(bank)))]
        size = int(rng.integers(22, 28))
        mask = _digit_mask(source, size)
        # The training images are few; leaning ones stand for the hands that wrote none of them.
        _blend_in_cell(canvas, mask if held_out else _leaning(mask, rng), row, start + offset, ink, rng)
    return _finish(canvas, rng)


def blank(rng: np.random.Generator) -> Image.Image:
    """Paper with nothing on it."""
    return _finish(_paper(rng), rng)


def _paper(rng: np.random.Generator) -> Canvas:
    canvas = np.empty((SIDE, SIDE, 3), dtype=np.float32)
    canvas[:] = rng.integers(222, 256, size=3)
    return canvas


def _finish(canvas: Canvas, rng: np.random.Generator) -> Image.Image:
    amount = int(rng.integers(2, 10))
    noise = rng.integers(-amount, amount + 1, size=(SIDE, SIDE, 1), dtype=np.int8)
    np.add(canvas, noise, out=canvas)
    np.clip(canvas, 0, 255, out=canvas)
    return Image.fromarray(canvas.astype(np.uint8))


def _tint(colour: str, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(COLOURS[colour], dtype=np.float32) + rng.integers(-12, 13, size=3).astype(np.float32)


def _place(canvas: Canvas, figure: str, colour: str, row: int, col: int, rng: np.random.Generator) -> None:
    mask = _figure_mask(figure, int(rng.integers(18, 27)))
    _blend_in_cell(canvas, mask, row, col, _tint(colour, rng), rng)


def _blend_in_cell(
    canvas: Canvas, mask: Mask, row: int, col: int, ink: NDArray[np.float32], rng: np.random.Generator
) -> None:
    height, width = mask.shape
    top = CELL * row + int(rng.integers(0, max(1, CELL - height + 1)))
    left = CELL * col + int(rng.integers(0, max(1, CELL - width + 1)))
    _blend(canvas, mask, top, left, ink)


def _blend(canvas: Canvas, mask: Mask, top: int, left: int, ink: NDArray[np.float32]) -> None:
    height, width = mask.shape
    part = canvas[top : top + height, left : left + width]
    part += (ink - part) * mask[: part.shape[0], : part.shape[1], None]


def _shrunk(image: Image.Image, size: tuple[int, int]) -> Mask:
    small = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(small, dtype=np.float32) / 255.0


@cache
def _figure_mask(name: str, size: int) -> Mask:
    return _shrunk(outline(name), (size, size))


@cache
def _text_mask(text: str, size: int) -> Mask:
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, font=font, fill=255)
    return np.asarray(image, dtype=np.float32) / 255.0


@cache
def _digit_bank(held_out: bool) -> tuple[tuple[int, ...], ...]:
    """For each digit 0-9, the indices of its images in `load_digits` on the asked side of the split."""
    labels = _digit_data()[1]
    chosen = (np.arange(len(labels)) % HELD_OUT_EVERY == 0) == held_out
    return tuple(tuple(np.flatnonzero(chosen & (labels == value)).tolist()) for value in range(10))


@cache
def _digit_data() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    # Imported here because scikit-learn takes a second to load and most pictures hold no handwriting.
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.images.astype(np.float32), data.target.astype(np.int64)


def _leaning(mask: Mask, rng: np.random.Generator) -> Mask:
    """The mask turned by up to 12 degrees, stretched by up to a tenth and slanted a little, about its middle."""
    angle = np.deg2rad(rng.uniform(-12, 12))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shape = np.array([[rng.uniform(0.9, 1.1), rng.uniform(-0.15, 0.15)], [0.0, rng.uniform(0.9, 1.1)]])
    matrix = turn @ shape
    middle = np.full(2, (mask.shape[0] - 1) / 2)
    (a, b), (d, e) = matrix.tolist()
    c, f = (middle - matrix @ middle).tolist()
    image = Image.fromarray(mask)
    leaning = image.transform(image.size, Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BILINEAR)
    return np.asarray(leaning)


@cache
def _digit_mask(source: int, size: int) -> Mask:
    pixels = np.clip(_digit_data()[0][source] * (255.0 / 16.0), 0, 255).astype(np.uint8)
    return _shrunk(Image.fromarray(pixels), (size, size)).clip(0.0, 1.0)
