"""An outline says what the example says, read from columns or from the examples themselves."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from tests.tasks.samples import native_row, read, write_native

from mintune.config import WorldSettings
from mintune.records import Example
from mintune.tasks.copies import glances, showing
from mintune.tasks.outlines import first_shown, outlines
from mintune.tasks.storage import ArrowExamples, ImageFile, StoredRow, open_splits, write_split
from mintune.tasks.world import build_world

PARTS = pytest.mark.parametrize("chosen", [slice(None), slice(3, 14, 4)], ids=["whole", "part"])


@PARTS
def test_columns_hold_what_the_examples_do(tmp_path: Path, chosen: slice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mintune.tasks.storage.ROWS_AT_ONCE", 2)
    settings = WorldSettings(examples=20, test_examples=10, tasks=("meter",))
    (task,) = build_world(settings, seed=0, cache=tmp_path)
    stored = task.train[chosen]
    assert isinstance(stored, ArrowExamples)
    examples: list[Example] = list(stored)
    assert len(examples) > 2
    assert list(outlines(stored)) == list(outlines(examples))
    for outline, example in zip(outlines(stored), examples, strict=True):
        assert outline.images == tuple(picture.sha256 for picture in example.images)
        assert (outline.id, outline.text, outline.targets, outline.choices) == (
            example.id,
            example.text,
            example.targets,
            example.choices,
        )


def shared_pictures(folder: Path, chosen: slice) -> ArrowExamples:
    """Twenty examples that show none to two of five pictures."""
    rows = [
        native_row(n, split="train", images=[f"images/{(n * 3 + place) % 5}.png" for place in range(n % 3)])
        for n in range(20)
    ]
    stored = read(folder, mine=write_native(folder / "mine", [*rows, native_row(20, split="test", images=[])]))[
        "mine"
    ].train
    assert isinstance(stored, ArrowExamples)
    return stored[chosen]


@PARTS
def test_pictures_are_first_shown_where_the_examples_show_them(tmp_path: Path, chosen: slice) -> None:
    stored = shared_pictures(tmp_path, chosen)
    found = list(first_shown(stored))
    assert len(found) > 1
    assert found == list(first_shown(list(stored)))


@PARTS
def test_examples_are_found_by_the_pictures_they_show(tmp_path: Path, chosen: slice) -> None:
    stored = shared_pictures(tmp_path, chosen)
    wanted = {image.sha256 for glance in list(glances(stored))[1:2] for image in glance.images}
    found = list(showing(stored, lambda image: image.sha256 in wanted))
    by_one = [
        (index, glance)
        for index, glance in enumerate(glances(stored))
        if not glance.images or any(image.sha256 in wanted for image in glance.images)
    ]
    assert found == by_one
    assert [(index, glance.id) for index, glance in showing(list(stored), lambda image: image.sha256 in wanted)] == [
        (index, glance.id) for index, glance in by_one
    ]
    assert 0 < len(found) < len(stored)


def test_a_long_split_is_never_held_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mintune.tasks.storage.ROWS_AT_ONCE", 1000)
    size = 20_000  # which take some 25 MB as glances
    write_split(
        tmp_path, "train", (StoredRow(f"{n:0100d}", (), f"{n:0400d}", (str(n % 3),), None) for n in range(size))
    )
    ImageFile(tmp_path).close()
    stored = open_splits(tmp_path)["train"]
    tracemalloc.start()
    try:
        assert sum(1 for _ in outlines(stored)) == sum(1 for _ in glances(stored)) == size
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5e6
