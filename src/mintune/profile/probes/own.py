"""What probes see by a function of the user's own: one vector an example, in place of the built-in numbers of a side.

    image    def function(pictures: list[PIL.Image.Image]) -> Sequence[float]      RGB, in the order of the example
    text     def function(text: str) -> Sequence[float]

A function is called once for what several examples share, and not at all for an example without pictures or words:
that one gets the mean of the others. Numbers of one vector may be of different units, so each is scaled to mean zero
and variance one, and of more than 64 the first principal components are kept, as of every block (`features.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mintune.errors import EstimationError
from mintune.models.vision import decode
from mintune.profile.own import call, find
from mintune.records import Example

Array = NDArray[np.float32]
Vector = NDArray[np.float64]

IMAGE_KEY = "profile.features.image"
TEXT_KEY = "profile.features.text"
"""Where the functions are named in mintune.yaml."""

GIVEN = {IMAGE_KEY: "list of pictures", TEXT_KEY: "text"}
"""What each of them is given of an example, in words."""

LONGEST_SHOWN = 80
"""Characters of a wrong value that a message shows."""


def image_block(name: str, task: str, examples: Sequence[Example]) -> Array:
    """What the named function sees in the pictures of a task's examples: (num_examples, size of its vectors).

    No columns where no example has a picture, or nothing varies.

    Raises:
        ConfigError: there is no such function.
        DataError: a picture is damaged.
        EstimationError: the function fails, or gives no vector of finite numbers as long as the first one.
    """
    return _block(
        _Own(IMAGE_KEY, name, task),
        examples,
        mark=lambda example: tuple(picture.sha256 for picture in example.images),
        show=lambda example: [decode(picture) for picture in example.images],
    )


def text_block(name: str, task: str, examples: Sequence[Example]) -> Array:
    """What the named function sees in the texts of a task's examples, as `image_block` does in their pictures."""
    return _block(
        _Own(TEXT_KEY, name, task),
        examples,
        mark=lambda example: example.text if example.text.strip() else "",
        show=lambda example: example.text,
    )


def _block(
    own: _Own,
    examples: Sequence[Example],
    *,
    mark: Callable[[Example], Hashable],
    show: Callable[[Example], Any],
) -> Array:
    """One row an example, of what `show` hands to the function; equal marks are asked once, an empty one never."""
    marks = [mark(example) for example in examples]
    vectors: dict[Hashable, Vector] = {}
    for key, example in zip(marks, examples, strict=True):
        if key and key not in vectors:
            vectors[key] = own.vector(example.id, show(example), like=next(iter(vectors.values()), None))
    is_shown = np.array([key in vectors for key in marks], dtype=bool)
    if not vectors:
        return np.zeros((len(marks), 0), np.float32)
    seen = np.stack([vectors[key] for key in marks if key in vectors])
    seen = seen[:, np.ptp(seen, axis=0) > 0]
    whole = np.zeros((len(marks), seen.shape[1]), np.float32)
    whole[is_shown] = (seen - seen.mean(axis=0)) / seen.std(axis=0)
    return whole


class _Own:
    """A function of the user's own, asked about one task. ConfigError where there is none of that name."""

    def __init__(self, key: str, name: str, task: str) -> None:
        self._function = find(key, name)
        self._where = f"{key}: {name}, task {task}"

    def vector(self, example: str, shown: Any, *, like: Vector | None) -> Vector:
        """What the function gives for one example, as long as `like`. EstimationError where it does not."""
        where = f"{self._where}, example {example}"
        value = call(self._function, shown, where=where)
        try:
            vector = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            vector = np.empty(0)
        if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
            raise EstimationError(f"{where}: gave {_short(value)}; expected a vector of finite numbers (1-D)")
        if like is not None and vector.size != like.size:
            expected = f"expected {like.size}, as many as for the first example"
            raise EstimationError(f"{where}: gave {vector.size} numbers, {_short(value)}; {expected}")
        return vector


def _short(value: Any) -> str:
    """The value on one line, its end left out where it is long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
