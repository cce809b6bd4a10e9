"""All examples of a split without the bytes of their pictures: whoever needs ids, words or answers alone reads these.

Reading examples one by one reads every picture with them, which takes minutes where columns take a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mintune.records import Example
from mintune.tasks.storage import ArrowExamples, Outline


def outlines(examples: Sequence[Example]) -> Iterator[Outline]:
    """The outline of each example, in their order."""
    if isinstance(examples, ArrowExamples):
        yield from examples.outlines()
        return
    for example in examples:
        images = tuple(picture.sha256 for picture in example.images)
        yield Outline(example.id, images, example.text, example.targets, example.choices)


def first_shown(examples: Sequence[Example]) -> Iterator[tuple[str, int]]:
    """The sha256 of each picture, and the first example that shows it, in the order in which they are first shown."""
    if isinstance(examples, ArrowExamples):
        yield from examples.first_shown()
        return
    first: dict[str, int] = {}
    for index, example in enumerate(examples):
        for picture in example.images:
            first.setdefault(picture.sha256, index)
    yield from first.items()
