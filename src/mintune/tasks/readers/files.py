"""Rows of a data file one after another: JSON lines, a JSON list, or Parquet. Nothing here knows what a row means.

Every file is streamed: about a megabyte of JSON, or one row group of Parquet, is held at once, whatever its size.
A line that is not JSON costs that line; a JSON list or a Parquet file that breaks off cannot be trusted: an error.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from mintune.errors import DataError
from mintune.tasks.readers.rows import Fields, RowError, show

CHUNK_CHARACTERS = 1 << 20
PARQUET_ROWS = 8

Rows = Iterator[tuple[int, Fields | RowError]]
"""Line (1 for the first; in Parquet the row) and what stands there, or why it cannot be read."""


def rows_of(path: Path) -> Rows:
    """Stream the rows of a file. DataError where it is missing, of an unknown kind, or breaks off."""
    read = KINDS.get(path.suffix.lower())
    if read is None:
        raise DataError(f"{path}: unknown kind of file; accepted: {', '.join(KINDS)}")
    try:
        yield from read(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from error


def _json_lines(path: Path) -> Rows:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line.decode("utf-8-sig"))
            except UnicodeDecodeError as error:
                yield number, RowError(f"line: not UTF-8 text ({error.reason} at byte {error.start} of the line)")
            except (ValueError, RecursionError) as error:
                yield number, RowError(f"line: not JSON ({error}); expected one object a line")
            else:
                yield number, _object(value)


def _json(path: Path) -> Rows:
    """A JSON list of objects; a file that begins with an object is read as JSON lines."""
    with path.open(encoding="utf-8-sig") as file:
        start = file.read(CHUNK_CHARACTERS)
        while start.isspace() and (more := file.read(CHUNK_CHARACTERS)):
            start += more
        first = start.lstrip()[:1]
        if first == "[":
            yield from _json_list(path, file, start)
            return
    if first != "{":
        raise DataError(f"{path}: expected a JSON list of objects, found {show(start[:20])}")
    yield from _json_lines(path)


def _json_list(path: Path, file: TextIO, buffer: str) -> Rows:
    """Decode item after item, reading on where an item is longer than what was read so far."""
    decoder = json.JSONDecoder()
    at = buffer.index("[") + 1
    line = 1 + buffer.count("\n", 0, at)
    while True:
        begin = _skip(buffer, at, " \t\r\n,")
        if buffer[begin : begin + 1] == "]":
            return
        try:
            value, end = decoder.raw_decode(buffer, begin)
        except (ValueError, RecursionError) as error:
            more = file.read(max(CHUNK_CHARACTERS, len(buffer)))
            if not more:
                where = line + buffer.count("\n", at, begin)
                raise DataError(f"{path}:{where}: the JSON list breaks off or is malformed here ({error})") from error
            buffer, at = buffer[at:] + more, 0
            continue
        line += buffer.count("\n", at, begin)
        yield line, _object(value)
        line += buffer.count("\n", begin, end)
        at = end


def _skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _parquet(path: Path) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
            number = 0
            for batch in file.iter_batches(batch_size=PARQUET_ROWS):
                for fields in batch.to_pylist():
                    number += 1
                    yield number, fields
    except pa.ArrowException as error:
        raise DataError(f"{path}: is not a whole Parquet file; was it cut off while copying? ({error})") from error


def _object(value: object) -> Fields | RowError:
    return value if isinstance(value, dict) else RowError(f"line: expected an object with keys, found {show(value)}")


KINDS: dict[str, Callable[[Path], Rows]] = {
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json,
    ".parquet": _parquet,
}
