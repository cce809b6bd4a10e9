"""Which examples show the same thing: the same picture, a copy of it saved again, or the same words.

A picture is the same where its decoded pixels are equal. It is a near copy where the thumbnails differ by at most
`NEAR` levels of 255, root mean square: saved as JPEG of quality 75 or better at its size, or scaled. On the thirteen
real tasks this was set on, three pairs among 5,881 different pictures are that near, all pictograms drawn alike. A
picture of one colour is a placeholder and is the same as nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from mintune.records import Example
from mintune.tasks.images import ImagePrint, inspect_image
from mintune.tasks.storage import ArrowExamples, Glance

NEAR = 5.0
LONG_TEXT = 80
"""From so many characters on, words alone tell one example from another."""

_PROJECTED = 16
_SAMPLE = 2000
_CHUNK = 512


def glances(examples: Sequence[Example]) -> Iterator[Glance]:
    """All examples of a split without their images' bytes. Prints are read where they were stored, else taken now."""
    if isinstance(examples, ArrowExamples):
        yield from examples.glances()
        return
    prints: dict[str, ImagePrint] = {}
    for example in examples:
        for picture in example.images:
            if picture.sha256 not in prints:
                prints[picture.sha256] = inspect_image(picture.data, 1 << 30, f"of example {example.id!r}")
        images = tuple(prints[picture.sha256] for picture in example.images)
        yield Glance(example.id, images, example.text, example.targets, example.choices, "", None)


def showing(examples: Sequence[Example], asked: Callable[[ImagePrint], bool]) -> Iterator[tuple[int, Glance]]:
    """Index and glance of the examples that show no picture, or one that is asked for, in their order."""
    if isinstance(examples, ArrowExamples):
        yield from examples.showing(asked)
        return
    for index, example in enumerate(glances(examples)):
        if not example.images or any(map(asked, example.images)):
            yield index, example


def pictures_of(example: Glance) -> frozenset[str]:
    """The pixel prints of an example's pictures, placeholders left out."""
    return frozenset(image.pixels for image in example.images if not image.is_plain)


def kept_together_by(example: Glance) -> frozenset[str]:
    """What an example may not have in common with those that its answer is learnt from: pictures, or else words."""
    return pictures_of(example) or frozenset({f"words: {words_of(example.text) or example.text}"})


def words_of(text: str) -> str:
    """Text as it is compared: its letters and digits, without case, marks and spacing."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def content_of(example: Glance) -> tuple[frozenset[str], str]:
    """What is asked: pictures and words. Examples of one task that agree in it should agree in their answers."""
    return pictures_of(example), words_of(example.text)


def near_copies(known: Mapping[str, ImagePrint], asked: Mapping[str, ImagePrint]) -> Iterator[tuple[str, str]]:
    """Pairs of different pictures, one of either side, that are near copies of one another.

    Args:
        known: pictures by their pixel print.
        asked: as `known`; each is compared with every one of them.

    Yields:
        Pixel print in `known`, pixel print in `asked`.

    A projection never moves points apart, so that whatever is near among all 768 numbers is near among the first
    principal components, where a tree finds it; distances are then taken in full.
    """
    from scipy.spatial import cKDTree

    if not known or not asked:
        return
    known_keys, asked_keys = list(known), list(asked)
    known_points, asked_points = _points(known, known_keys), _points(asked, asked_keys)
    axes = _axes(known_points)
    radius = NEAR * float(np.sqrt(known_points.shape[1]))
    tree = cKDTree(known_points @ axes)
    for start in range(0, len(asked_keys), _CHUNK):
        chunk = asked_points[start : start + _CHUNK]
        for offset, found in enumerate(tree.query_ball_point(chunk @ axes, radius)):
            candidates = np.asarray(found, dtype=np.intp)
            apart = np.linalg.norm(known_points[candidates] - chunk[offset], axis=1)
            key = asked_keys[start + offset]
            for index in candidates[apart <= radius]:
                if known_keys[index] != key:
                    yield known_keys[index], key


def _points(prints: Mapping[str, ImagePrint], keys: Sequence[str]) -> NDArray[np.float32]:
    """Thumbnails as points, (num_pictures, 768)."""
    return np.stack([np.frombuffer(prints[key].thumbnail, dtype=np.uint8) for key in keys]).astype(np.float32)


def _axes(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first principal axes of a sample of points, (768, up to 16), orthonormal."""
    sample = points[:: max(1, len(points) // _SAMPLE)]
    axes = np.linalg.svd(sample - sample.mean(axis=0), full_matrices=False)[2]
    return np.asarray(axes[:_PROJECTED].T, dtype=np.float32)
