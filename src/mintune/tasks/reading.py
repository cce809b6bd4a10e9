"""Read one task's files into one folder of Arrow files: rows, prompts, splits, images."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from mintune.answers import normalise
from mintune.errors import DataError
from mintune.progress import number_of
from mintune.records import SPLITS, Split
from mintune.tasks.closed import closed_set
from mintune.tasks.holdout import hold_out
from mintune.tasks.images import inspect_image, read_image
from mintune.tasks.prompt import split_prompts, texts_beside
from mintune.tasks.readers.files import rows_of
from mintune.tasks.readers.formats import READERS, format_of
from mintune.tasks.readers.rows import Fields, ImageSource, RawRow, RowError, show
from mintune.tasks.sources import Source
from mintune.tasks.storage import ImageFile, StoredRow, write_description, write_split

T = TypeVar("T")

TEST_SHARE = 0.2
"""Share of the examples held out as test where the data has no test split."""

MOST_HELD = 10_000
"""Equal values of so many different ones are held once; of answers that all differ, keeping more would save nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a task is read: everything beside the data that decides what is stored."""

    format: str
    instruction: str | None
    choices: str
    validation: float
    max_pixels: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that was kept: its images are rows of images.arrow."""

    raw: RawRow
    id: str
    split: Split | None
    images: tuple[int, ...]
    file: str
    line: int


@dataclass(slots=True)
class _Kept:
    """What reading gathers: the rows, those set aside, which row has an id, and turns left.

    `held` is for `once`, and `unnamed` counts the rows without an id at each place.
    """

    rows: list[_Row] = field(default_factory=list)
    quarantined: list[dict[str, object]] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    turns_left: int = 0
    held: dict[object, object] = field(default_factory=dict)
    unnamed: Counter[str] = field(default_factory=Counter)

    def once(self, value: T) -> T:
        """An equal value that is held already, if any: a million rows with the same choices hold them once."""
        if len(self.held) < MOST_HELD:
            self.held.setdefault(value, value)
        return cast("T", self.held.get(value, value))

    def name_of(self, place: str) -> str:
        """The name of a row without an id: its place, with its number where several stand on one line."""
        self.unnamed[place] += 1
        number = self.unnamed[place]
        return place if number == 1 else f"{place}:{number}"


def read_task(sources: Sequence[Source], reading: Reading, folder: Path) -> list[Path]:
    """Read a task's files and store it in `folder`.

    Returns:
        The image files that were read or looked for.

    Raises:
        DataError: a file cannot be read, no row can be used, or none is for training.
    """
    images = _Images(ImageFile(folder), reading.max_pixels)
    kept = _read_rows(sources, reading, images)
    images.file.close()
    if not kept.rows:
        raise DataError(_nothing_usable(sources, kept))
    instruction, texts = _instruction_and_texts(kept.rows, reading.instruction)
    splits, notes = _assign_splits(kept.rows, texts, images.file.sha256, reading)
    if reading.choices == "auto":
        notes += _close(kept.rows)
    if kept.turns_left:
        turns = number_of(kept.turns_left, "further turn")
        notes.append(f"{turns} of chats left out: only the first question and answer are used")
    for split in SPLITS:
        write_split(folder, split, (row for row, its in _stored(kept.rows, texts, splits) if its == split))
    write_description(
        folder,
        {
            "instruction": instruction,
            "closed": all(row.raw.choices is not None for row in kept.rows),
            "fingerprint": _fingerprint(instruction, _stored(kept.rows, texts, splits), images.file.sha256),
            "notes": notes,
            "quarantined": kept.quarantined,
        },
    )
    return images.paths


def _stored(rows: Sequence[_Row], texts: Sequence[str], splits: Sequence[Split]) -> Iterator[tuple[StoredRow, Split]]:
    """Each row as it is stored, made when it is asked for, and its split."""
    for row, text, split in zip(rows, texts, splits, strict=True):
        raw = row.raw
        yield StoredRow(row.id, row.images, text, raw.targets, raw.choices, file=row.file, line=row.line), split


def _read_rows(sources: Sequence[Source], reading: Reading, images: _Images) -> _Kept:
    kept = _Kept()
    chosen = reading.format
    for source in sources:
        for line, fields in rows_of(source.path):
            try:
                if isinstance(fields, RowError):
                    raise fields
                if chosen == "auto":
                    chosen = _detect(fields, source.path, line)
                row = READERS[chosen].read(fields)
                kept.rows.append(_keep(row, source, line, images, kept))
                kept.turns_left += row.turns_left
            except RowError as error:
                kept.quarantined.append({"file": str(source.path), "line": line, "reason": str(error)})
    return kept


def _detect(fields: Fields, path: Path, line: int) -> str:
    found = format_of(fields)
    if found is None:
        raise DataError(
            f"{path}:{line}: no known format has the keys {', '.join(map(str, fields)) or 'of an empty object'}; "
            f"accepted: {', '.join(READERS)} (docs/tasks.md shows a row of each)"
        )
    return found


def _keep(row: RawRow, source: Source, line: int, images: _Images, kept: _Kept) -> _Row:
    """The row with its images stored. RowError where its id was used before, or an image cannot be used."""
    name = row.id or kept.name_of(f"{source.path.name}:{line}")
    if name in kept.ids:
        first = kept.rows[kept.ids[name]]
        where = f"{Path(first.file).name}:{first.line}"
        raise RowError(f"id: {show(name)} was used before, at {where}; make ids unique, or leave them out")
    stored = kept.once(images.add(row.images, source.path.parent))
    kept.ids[name] = len(kept.rows)
    raw = replace(
        row,
        images=(),
        instruction=kept.once(row.instruction),
        targets=kept.once(row.targets),
        choices=kept.once(row.choices),
    )
    return _Row(raw, name, row.split or source.split, stored, str(source.path), line)


class _Images:
    """The images of a task as they are met: each path is read once, each distinct file stored once."""

    def __init__(self, file: ImageFile, max_pixels: int) -> None:
        self.file = file
        self.paths: list[Path] = []
        self._max_pixels = max_pixels
        self._seen: dict[tuple[Path, str], int | RowError] = {}

    def add(self, sources: Sequence[ImageSource], folder: Path) -> tuple[int, ...]:
        """Rows of images.arrow, one a source. RowError where one cannot be used."""
        return tuple(self._add(source, folder) for source in sources)

    def _add(self, source: ImageSource, folder: Path) -> int:
        if isinstance(source, bytes):
            return self._store(source, "its bytes")
        if (folder, source) not in self._seen:
            candidates = [folder / source, folder / "images" / source]
            self.paths += candidates
            try:
                self._seen[folder, source] = self._store(read_image(source, candidates), show(source))
            except RowError as error:
                self._seen[folder, source] = error
        found = self._seen[folder, source]
        if isinstance(found, RowError):
            raise RowError(str(found))
        return found

    def _store(self, data: bytes, name: str) -> int:
        sha256 = hashlib.sha256(data).hexdigest()
        if sha256 in self.file:
            return self.file.index_of(sha256)
        return self.file.add(data, inspect_image(data, self._max_pixels, name))


def _instruction_and_texts(rows: Sequence[_Row], given: str | None) -> tuple[str, list[str]]:
    """The task's instruction, and each row's own text.

    Rows that keep the two apart and agree on the instruction are taken as they are; otherwise all that a row says is
    its prompt, and the prompts are split. An instruction that was `given` replaces the one found; prompts are then not
    split by what they share, which it need not say, but keep all words that it does not say itself.
    """
    instructions = {row.raw.instruction for row in rows}
    if len(instructions) == 1 and (only := instructions.pop()) is not None:
        return only if given is None else given, [row.raw.text for row in rows]
    prompts = ["\n".join(part for part in (row.raw.instruction, row.raw.text) if part) for row in rows]
    if given is not None:
        return given, texts_beside(given, prompts)
    found = split_prompts(prompts)
    return found.instruction, [found.text_of(prompt) for prompt in prompts]


def _close(rows: list[_Row]) -> list[str]:
    """Give the rows of chats, which have no place for choices, those that their answers plainly are; a note on it."""
    if any(row.raw.choices is not None or row.raw.instruction is not None for row in rows):
        return []
    choices = closed_set([row.raw.targets for row in rows])
    if choices is None:
        return []
    spelled = {normalise(choice): choice for choice in choices}
    for place, row in enumerate(rows):
        targets = (spelled[normalise(row.raw.targets[0])],)
        rows[place] = replace(row, raw=replace(row.raw, targets=targets, choices=choices))
    return [
        f"taken for closed, as its {len(rows)} answers are one of {len(choices)}: {', '.join(choices)} "
        "(`choices: own` in mintune.yaml leaves it open)"
    ]


def _assign_splits(
    rows: Sequence[_Row], texts: Sequence[str], sha256: Sequence[str], reading: Reading
) -> tuple[list[Split], list[str]]:
    """The split of each row, and what was held out because the data did not say."""
    splits: list[Split] = [row.split or "train" for row in rows]
    notes: list[str] = []
    if "train" not in splits:
        counts = ", ".join(f"{count} {split}" for split, count in Counter(splits).items())
        raise DataError(
            f"no training examples: the data holds {counts}; mark some rows split: train, or add a train file"
        )
    shares: dict[Split, float] = {"test": TEST_SHARE, "validation": reading.validation}
    for split, share in shares.items():
        if split in splits:
            continue
        train = [index for index, its in enumerate(splits) if its == "train"]
        keys = [[sha256[image] for image in rows[index].images] or [f"text:{texts[index]}"] for index in train]
        held = hold_out(keys, share, reading.seed)
        for index in (index for index, is_held in zip(train, held, strict=True) if is_held):
            splits[index] = split
        if split == "test":
            those = number_of(len(train), "example")
            notes.append(f"the data has no test split: {sum(held)} of {those} held out as test, by image")
    return splits, notes


def _fingerprint(instruction: str, rows: Iterable[tuple[StoredRow, Split]], sha256: Sequence[str]) -> str:
    """Digest of everything the examples say, and of the split each is in."""
    found = hashlib.sha256(json.dumps(instruction).encode())
    for row, split in rows:
        images = [sha256[image] for image in row.images]
        found.update(json.dumps([split, row.id, images, row.text, row.targets, row.choices]).encode())
    return found.hexdigest()[:32]


def _nothing_usable(sources: Sequence[Source], kept: _Kept) -> str:
    names = ", ".join(str(source.path) for source in sources)
    if not kept.quarantined:
        return f"{names}: is empty; expected at least one row"
    first = kept.quarantined[0]
    rows = number_of(len(kept.quarantined), "row")
    return f"{names}: none of {rows} can be used; the first, {first['file']}:{first['line']}: {first['reason']}"
