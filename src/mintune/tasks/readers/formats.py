"""The table of formats, and which of them a row is in. A new format is one module here and one line in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mintune.tasks.readers import llava, messages, native, sharegpt
from mintune.tasks.readers.rows import Fields, RawRow


@dataclass(frozen=True, slots=True)
class Reader:
    """A format: whether a row is in it, and how a row is read. `read` raises RowError."""

    fits: Callable[[Fields], bool]
    read: Callable[[Fields], RawRow]


READERS: dict[str, Reader] = {
    "native": Reader(native.fits, native.read),
    "llava": Reader(llava.fits, llava.read),
    "messages": Reader(messages.fits, messages.read),
    "sharegpt": Reader(sharegpt.fits, sharegpt.read),
}


def format_of(fields: Fields) -> str | None:
    """The name of the first format of the table that a row fits, or None."""
    return next((name for name, reader in READERS.items() if reader.fits(fields)), None)
