"""What probes see of a picture: its edges (HOG) and its colours, as a few blocks of numbers of fixed size.

    edges       64 x 64 grey, 8 orientations in cells of 8 x 8, blocks of 2 x 2 cells: 1,568 numbers
    layout      the mean colour of each of 8 x 8 fields: 192 numbers
    palette     how much of each of 4 x 4 x 4 colours there is, square roots: 64 numbers

Pictures are stretched to a square. Nothing here was learnt, so it reads no words, counts nothing and names nothing.
Source: Dalal and Triggs, Histograms of Oriented Gradients for Human Detection, CVPR 2005.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mintune.models.vision import decode
from mintune.records import Example, Picture

Array = NDArray[np.float32]

NAME = "HOG, colour"
SIDE = 64
FIELDS = 8
LEVELS = 4
MOST_PICTURES = 4
"""So many pictures of an example stand side by side; the mean holds all of them."""

MOST_KEPT = 10_000
"""Pictures whose numbers a process keeps, 7 kB each: those that several tasks or examples show."""

SIZES = (1568, 3 * FIELDS**2, LEVELS**3)
"""Numbers of each block."""


def blocks_of(examples: Sequence[Example]) -> list[Array]:
    """What the examples show, as blocks (num_examples, size); none where no example has a picture.

    Side by side stand as many pictures as most examples have, at most MOST_PICTURES, zeros where one lacks them; where
    any example has several, the mean over all of its pictures follows. DataError where a picture is damaged.
    """
    shown = [[described(picture) for picture in example.images] for example in examples]
    counts = np.array([len(pictures) for pictures in shown], dtype=int)
    if not counts.any():
        return []
    usual = min(int(np.bincount(counts[counts > 0]).argmax()), MOST_PICTURES)
    found = []
    for block, size in enumerate(SIZES):
        beside = np.zeros((len(shown), usual + (counts.max() > 1), size), np.float32)
        for row, pictures in zip(beside, shown, strict=True):
            for place, picture in enumerate(pictures[:usual]):
                row[place] = picture[block]
            if pictures and counts.max() > 1:
                row[-1] = np.mean([picture[block] for picture in pictures], axis=0)
        found.append(beside.reshape(len(shown), -1))
    return found


_kept: dict[str, tuple[Array, ...]] = {}
"""What was described last, by the digest of the picture: the picture itself is not kept."""


def described(picture: Picture) -> tuple[Array, ...]:
    """As `describe`, once for each picture that is met again soon."""
    if picture.sha256 not in _kept:
        if len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[picture.sha256] = describe(decode(picture))
    return _kept[picture.sha256]


def describe(picture: Image.Image) -> tuple[Array, ...]:
    """Edges, layout and palette of an RGB picture, in the sizes of SIZES."""
    from skimage.feature import hog

    square = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
    edges = hog(np.asarray(square.convert("L")), orientations=8, pixels_per_cell=(8, 8), cells_per_block=(2, 2))
    means = np.asarray(picture.resize((FIELDS, FIELDS), Image.Resampling.BOX), np.float32)
    # The nearest pixel instead of a mixture: a mixed colour is none that the picture has.
    plain = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.NEAREST)).reshape(-1, 3) // (256 // LEVELS)
    codes = plain.astype(int) @ np.array([LEVELS**2, LEVELS, 1])
    palette = np.sqrt(np.bincount(codes, minlength=LEVELS**3) / len(codes))
    return np.asarray(edges, np.float32), means.reshape(-1) / np.float32(255), np.asarray(palette, np.float32)
