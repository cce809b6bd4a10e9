"""A task on disk: memory-mapped Arrow files that `datasets` reads, each image stored once.

    images.arrow                        sha256, data, pixels, thumbnail, is_plain; one row an image
    train.arrow, validation.arrow, ...  id, images (rows of images.arrow), text, targets, choices, built_as, file, line
    task.json                           what is known of the task as a whole

A folder is written beside its place and renamed onto it, so that it is there whole or not at all.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from mintune.errors import RunError
from mintune.records import SPLITS, Example, Picture, Split
from mintune.run import write_text
from mintune.tasks.images import ImagePrint

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

ROWS_AT_ONCE = 10_000
"""So many rows are turned into Python's objects at once, whatever the number of a split's examples."""

BATCH_BYTES = 8 << 20
BATCH_ROWS = 1000
DESCRIPTION = "task.json"


@dataclass(frozen=True, slots=True)
class StoredRow:
    """An example as it is stored: `images` are rows of the task's images.arrow."""

    id: str
    images: tuple[int, ...]
    text: str
    targets: tuple[str, ...]
    choices: tuple[str, ...] | None
    built_as: str | None = None
    file: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """An example without its images' bytes; `images` are their sha256s."""

    id: str
    images: tuple[str, ...]
    text: str
    targets: tuple[str, ...]
    choices: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Glance:
    """An example with its images' prints for their bytes, and where it stood in the data (line None: in no file)."""

    id: str
    images: tuple[ImagePrint, ...]
    text: str
    targets: tuple[str, ...]
    choices: tuple[str, ...] | None
    file: str
    line: int | None

    @property
    def where(self) -> str:
        """File and line, or the id where there is no file."""
        return self.id if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, eq=False)
class ArrowExamples(Sequence[Example]):
    """The examples of one split, read from disk one by one as they are asked for."""

    rows: datasets.Dataset
    images: datasets.Dataset

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Example: ...
    @overload
    def __getitem__(self, index: slice) -> ArrowExamples: ...
    def __getitem__(self, index: int | slice) -> Example | ArrowExamples:
        if isinstance(index, slice):
            return self.select(range(len(self))[index])
        row = self.rows[range(len(self))[index]]
        choices = row["choices"]
        return Example(
            id=row["id"],
            images=tuple(self._picture(image) for image in row["images"]),
            text=row["text"],
            targets=tuple(row["targets"]),
            choices=None if choices is None else tuple(choices),
            built_as=row["built_as"],
        )

    def select(self, indices: Iterable[int]) -> ArrowExamples:
        """The examples of these indices, in their order; nothing is copied."""
        return ArrowExamples(self.rows.select(indices), self.images)

    def _picture(self, index: int) -> Picture:
        row = self.images[index]
        return Picture(row["sha256"], row["data"])

    def outlines(self) -> Iterator[Outline]:
        """All examples without their images, many times quicker than one by one."""
        names = [sha256 for (sha256,) in _columns(self.images, "sha256")]
        for name, images, text, targets, choices in _columns(self.rows, "id", "images", "text", "targets", "choices"):
            shown = tuple(names[image] for image in images)
            yield Outline(name, shown, text, tuple(targets), None if choices is None else tuple(choices))

    def first_shown(self) -> Iterator[tuple[str, int]]:
        """The sha256 of each image, and the first example that shows it, in the order in which they are first shown."""
        names = [sha256 for (sha256,) in _columns(self.images, "sha256")]
        owners, images = self._shown()
        distinct, first = np.unique(images, return_index=True)
        for place in np.argsort(first).tolist():
            yield names[distinct[place]], int(owners[first[place]])

    def showing(self, asked: Callable[[ImagePrint], bool]) -> Iterator[tuple[int, Glance]]:
        """Index and glance of the examples that show no image, or one that is asked for; no others are read."""
        is_asked = np.array([asked(image) for image in self._prints()], dtype=bool)
        owners, images = self._shown()
        found = np.ones(len(self), dtype=bool)
        found[owners] = False
        found[owners[is_asked[images]]] = True
        places = np.flatnonzero(found)
        yield from zip(places.tolist(), self.select(places).glances(), strict=True)

    def _shown(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which example shows which row of the images: two arrays, (num_shown,) each, in the order of the examples."""
        import pyarrow.compute as pc

        column = self.rows.select_columns(["images"]).with_format("arrow")[:]["images"]
        lengths = pc.list_value_length(column).to_numpy()
        return np.repeat(np.arange(len(lengths)), lengths), pc.list_flatten(column).to_numpy()

    def _prints(self) -> list[ImagePrint]:
        columns = _columns(self.images, "sha256", "pixels", "is_plain", "thumbnail")
        return [ImagePrint(*values) for values in columns]

    def glances(self) -> Iterator[Glance]:
        """All examples with the prints of their images: what checks need, and quickly."""
        prints = self._prints()
        fields = ("id", "images", "text", "targets", "choices", "file", "line")
        for name, images, text, targets, choices, file, line in _columns(self.rows, *fields):
            yield Glance(
                id=name,
                images=tuple(prints[image] for image in images),
                text=text,
                targets=tuple(targets),
                choices=None if choices is None else tuple(choices),
                file=file,
                line=line,
            )


class ImageFile:
    """images.arrow while it is written: images are added as they are met, each distinct file once."""

    def __init__(self, folder: Path) -> None:
        self._file = _ArrowFile(folder / "images.arrow", _image_schema())
        self._index: dict[str, int] = {}
        self.sha256: list[str] = []

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._index

    def index_of(self, sha256: str) -> int:
        """The row of an image that was added."""
        return self._index[sha256]

    def add(self, data: bytes, seen: ImagePrint) -> int:
        """Add an image; returns its row."""
        if seen.sha256 not in self._index:
            self._index[seen.sha256] = len(self.sha256)
            self.sha256.append(seen.sha256)
            row = {"sha256": seen.sha256, "data": data, "pixels": seen.pixels}
            self._file.add({**row, "thumbnail": seen.thumbnail, "is_plain": seen.is_plain}, size=len(data))
        return self._index[seen.sha256]

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def write_split(folder: Path, split: Split, rows: Iterable[StoredRow]) -> None:
    """Write the examples of one split."""
    file = _ArrowFile(folder / f"{split}.arrow", _row_schema())
    for row in rows:
        values: dict[str, Any] = {"id": row.id, "images": row.images, "text": row.text, "targets": row.targets}
        values |= {"choices": row.choices, "built_as": row.built_as, "file": row.file, "line": row.line}
        file.add(values, size=len(row.text))
    file.close()


def open_splits(folder: Path) -> dict[Split, Sequence[Example]]:
    """The splits stored in a folder, train before validation before test; those without examples are left out."""
    images = _open(folder / "images.arrow")
    paths = {split: folder / f"{split}.arrow" for split in SPLITS}
    opened = {split: ArrowExamples(_open(path), images) for split, path in paths.items() if path.exists()}
    return {split: examples for split, examples in opened.items() if len(examples)}


def write_description(folder: Path, description: Mapping[str, Any]) -> None:
    """Write what is known of the task as a whole."""
    write_text(folder / DESCRIPTION, json.dumps(description, ensure_ascii=False, indent=1) + "\n")


def read_description(folder: Path) -> dict[str, Any] | None:
    """What `write_description` wrote; None where there is none."""
    try:
        found = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


@contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """An empty folder to write into; it takes the place of `final` at the end, or is gone where writing fails.

    RunError where it cannot be made.
    """
    partial = _begin(final)
    try:
        yield partial
        _put_in_place(partial, final)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _begin(final: Path) -> Path:
    """An empty folder beside `final` to write into. RunError where it cannot be made."""
    partial = final.with_name(f".{final.name}.{os.getpid()}.partial")
    try:
        for abandoned in final.parent.glob(f".{final.name}.*"):
            if not _is_alive(int(abandoned.name.split(".")[-2])):
                shutil.rmtree(abandoned, ignore_errors=True)
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{final.parent}: is not a folder that can be written ({error.strerror})") from error
    return partial


def _put_in_place(partial: Path, final: Path) -> None:
    """Put a written folder in its place, instead of what stood there."""
    old = partial.with_suffix(".old")
    if final.exists():
        final.rename(old)
    partial.rename(final)
    shutil.rmtree(old, ignore_errors=True)


class _ArrowFile:
    """An Arrow stream on disk, written in batches."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow as pa

        self._schema = schema
        self._batch: list[dict[str, Any]] = []
        self._size = 0
        self._sink = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_stream(self._sink, schema)

    def add(self, row: dict[str, Any], size: int) -> None:
        """Add a row of about so many bytes."""
        self._batch.append(row)
        self._size += size
        if self._size > BATCH_BYTES or len(self._batch) >= BATCH_ROWS:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()
        self._sink.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._batch:
            self._writer.write_batch(pa.RecordBatch.from_pylist(self._batch, schema=self._schema))
        self._batch, self._size = [], 0


def _image_schema() -> pa.Schema:
    import pyarrow as pa

    columns = {"sha256": pa.string(), "data": pa.binary(), "pixels": pa.string()}
    return pa.schema({**columns, "thumbnail": pa.binary(), "is_plain": pa.bool_()})


def _row_schema() -> pa.Schema:
    import pyarrow as pa

    texts = pa.list_(pa.string())
    columns = {"id": pa.string(), "images": pa.list_(pa.int64()), "text": pa.string(), "targets": texts}
    columns |= {"choices": texts, "built_as": pa.string(), "file": pa.string(), "line": pa.int64()}
    return pa.schema(columns)


def _open(path: Path) -> datasets.Dataset:
    import datasets

    return datasets.Dataset.from_file(str(path))


def _columns(rows: datasets.Dataset, *names: str) -> Iterator[tuple[Any, ...]]:
    """Some columns of all rows, many read together, which is many times quicker than row by row."""
    chosen = rows.select_columns(list(names))
    for begin in range(0, len(rows), ROWS_AT_ONCE):
        columns = chosen[begin : begin + ROWS_AT_ONCE]
        yield from zip(*(columns[name] for name in names), strict=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
