"""Small real data files for the tests of reading: pictures that all differ, and tasks in every format."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mintune.config import SuiteSettings, TaskSettings
from mintune.records import Suite
from mintune.tasks.suite import load_suite

INSTRUCTION = "Is the sentence true?"


def photograph(number: int, side: int = 32) -> Image.Image:
    """A smooth picture of its own for every number."""
    rng = np.random.default_rng(number)
    coarse = Image.fromarray(rng.integers(0, 255, (4, 4, 3), dtype=np.uint8))
    return coarse.resize((side, side), Image.Resampling.BICUBIC)


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def png(number: int) -> bytes:
    return encoded(photograph(number))


def vast_png(side: int) -> bytes:
    """The header of a picture of side x side pixels in a hundred bytes; decoding it would fail, or take gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


def native_row(number: int, **changes: Any) -> dict[str, Any]:
    """A row of mintune's own format whose picture is `images/<number>.png`; a change to `...` leaves the key out."""
    row: dict[str, Any] = {
        "id": f"row-{number}",
        "split": "test" if number % 4 == 3 else "train",
        "images": [f"images/{number}.png"],
        "instruction": INSTRUCTION,
        "text": f"There are {number} dots.",
        "target": "yes" if number % 2 else "no",
        "choices": ["yes", "no"],
    }
    return {key: value for key, value in {**row, **changes}.items() if value is not ...}


def write_pictures(folder: Path, numbers: range | list[int]) -> None:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / "images" / f"{number}.png").write_bytes(png(number))


def write_native(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """A folder with examples.jsonl; pictures 0 to 19 lie in it."""
    write_pictures(folder, range(20))
    (folder / "examples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def read(cache: Path, seed: int = 0, *, max_pixels: int = 20_000_000, **tasks: Path | TaskSettings) -> Suite:
    """Load tasks, given by their data or their settings."""
    settings = {
        name: task if isinstance(task, TaskSettings) else TaskSettings(data=task) for name, task in tasks.items()
    }
    return load_suite(SuiteSettings(tasks=settings, max_pixels=max_pixels), seed=seed, cache=cache / "cache")
