"""What every reader makes of one row, and the checks of single fields that the readers share.

A field that is absent and a field that is null are the same thing: Parquet cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mintune.errors import DataError
from mintune.records import Split

MAX_CHARACTERS = 100_000
"""A prompt, text or answer of more characters than this is set aside."""

SPLIT_NAMES: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}

ImageSource = str | bytes
"""An image as a row gives it: a path, or the encoded file itself."""

Fields = Mapping[str, object]
"""One row as it was parsed, before anything in it is trusted."""


class RowError(DataError):
    """One row cannot be used. It is set aside with this reason, which begins with the key that is wrong."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row, read but not yet split or stored.

    `instruction` is None where the format keeps instruction and text in one prompt; `text` then holds the whole prompt.
    `turns_left` counts the question-and-answer pairs of a chat after the first, which are not used.
    """

    id: str | None
    split: Split | None
    images: tuple[ImageSource, ...]
    instruction: str | None
    text: str
    targets: tuple[str, ...]
    choices: tuple[str, ...] | None
    turns_left: int = 0


def text_of(value: object, key: str) -> str:
    """The text under a key, without white space around it. RowError where it is no text or too long."""
    if not isinstance(value, str):
        raise RowError(f"{key}: expected text, found {show(value)}")
    if len(value) > MAX_CHARACTERS:
        raise RowError(f"{key}: {len(value):,} characters; accepted up to {MAX_CHARACTERS:,}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise RowError(
            f"{key}: half of a character at {error.start} ({show(value[error.start])}); expected text"
        ) from error
    return value.strip()


def id_of(fields: Fields) -> str | None:
    """The row's `id`, as text; None where it has none."""
    value = fields.get("id")
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(value, "id") or None


def split_of(fields: Fields) -> Split | None:
    """The row's own `split`; None where it has none. RowError where it is none of the known names."""
    value = fields.get("split")
    if value is None:
        return None
    name = text_of(value, "split").lower()
    if name not in SPLIT_NAMES:
        raise RowError(f"split: {show(value)}; accepted: train, validation, test")
    return SPLIT_NAMES[name]


def images_of(fields: Fields) -> tuple[ImageSource, ...]:
    """The row's images under `images` or `image`: a path, `{bytes, path}`, or a list of these."""
    key = "images" if fields.get("images") is not None else "image"
    value = fields.get(key)
    if value is None:
        return ()
    return tuple(image_of(item, key) for item in (value if isinstance(value, list) else [value]))


def image_of(value: object, key: str) -> ImageSource:
    """One image: a path, encoded bytes, or `{bytes, path}` of which bytes count first."""
    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes) and value:
        return value
    if isinstance(value, str) and value.strip():
        return text_of(value, key)
    raise RowError(f"{key}: expected a path or {{bytes, path}}, found {show(value)}")


def targets_of(fields: Fields) -> tuple[str, ...]:
    """The accepted answers under `targets` or `target`, each once, in their order. RowError where there is none."""
    key = "targets" if fields.get("targets") is not None else "target"
    value = fields.get(key)
    if value is None:
        raise RowError(f"{key}: missing; expected text, or a list of accepted answers")
    answers = texts_of(value if isinstance(value, list) else [value], key)
    return accepted(answers, key)


def accepted(answers: tuple[str, ...], key: str) -> tuple[str, ...]:
    """Answers, each once. RowError where there is none, or one says nothing."""
    if not answers:
        raise RowError(f"{key}: an empty list; expected one or more accepted answers")
    if not all(answers):
        raise RowError(f"{key}: an empty answer; expected text")
    return tuple(dict.fromkeys(answers))


def choices_of(fields: Fields, targets: tuple[str, ...]) -> tuple[str, ...] | None:
    """The closed set of answers, or None. RowError where it has fewer than two, repeats one, or lacks a target."""
    value = fields.get("choices")
    if value is None:
        return None
    if not isinstance(value, list):
        raise RowError(f"choices: expected a list of texts or null, found {show(value)}")
    choices = texts_of(value, "choices")
    if len(choices) < 2:
        raise RowError(
            f"choices: {len(choices)} given ({show(value)}); a closed answer needs two or more, an open one null"
        )
    repeated = sorted({choice for choice in choices if choices.count(choice) > 1})
    if repeated:
        raise RowError(f"choices: {show(repeated[0])} is listed more than once")
    outside = [target for target in targets if target not in choices]
    if outside:
        raise RowError(f"target: {show(outside[0])} is not among the choices {show(list(choices))}")
    return choices


def texts_of(values: list[object], key: str) -> tuple[str, ...]:
    """All texts of a list."""
    return tuple(text_of(value, key) for value in values)


def show(value: object) -> str:
    """A value as a message quotes it, cut to one short line."""
    if value is None:
        return "nothing"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    words = repr(value)
    return words if len(words) <= 80 else f"{words[:77]}..."
