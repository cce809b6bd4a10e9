"""An outline says what the example says, read from columns or from the examples themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from mintune.config import WorldSettings
from mintune.records import Example
from mintune.tasks.outlines import outlines
from mintune.tasks.storage import ArrowExamples
from mintune.tasks.world import build_world


@pytest.mark.parametrize("chosen", [slice(None), slice(3, 14, 4)], ids=["whole", "part"])
def test_columns_hold_what_the_examples_do(tmp_path: Path, chosen: slice) -> None:
    settings = WorldSettings(examples=20, test_examples=10, tasks=("meter",))
    (task,) = build_world(settings, seed=0, cache=tmp_path)
    stored = task.train[chosen]
    assert isinstance(stored, ArrowExamples)
    examples: list[Example] = list(stored)
    assert examples
    assert list(outlines(stored)) == list(outlines(examples))
    for outline, example in zip(outlines(stored), examples, strict=True):
        assert outline.images == tuple(picture.sha256 for picture in example.images)
        assert (outline.id, outline.text, outline.targets, outline.choices) == (
            example.id,
            example.text,
            example.targets,
            example.choices,
        )
