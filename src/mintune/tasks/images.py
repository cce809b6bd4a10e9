"""What is known of an image once it was opened: that it can be, its size, and what tells copies of it apart.

Three prints, each blind to a little more: the file's sha256; the sha256 of its decoded pixels, equal for a picture
saved again without loss; and a thumbnail, near for a picture saved again with loss or at another size.
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from mintune.tasks.readers.rows import RowError, show

THUMBNAIL_SIDE = 16
MAX_BYTES = 256 << 20
MIN_SIDE = 2
KINDS = "PNG, JPEG, GIF, WebP, BMP, TIFF"
"""Kinds of picture that people are told of; Pillow reads more."""

_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, OverflowError)
"""What Pillow's decoders raise on broken files."""


@dataclass(frozen=True, slots=True)
class ImagePrint:
    """What tells copies of an image apart.

    `pixels` is the sha256 of its decoded pixels; `thumbnail` its 16 x 16 RGB reduction, 768 bytes; `is_plain` says that
    all its pixels are equal, so that it is a placeholder and finding it twice means nothing.
    """

    sha256: str
    pixels: str
    is_plain: bool
    thumbnail: bytes = field(repr=False)


def read_image(source: str, candidates: Sequence[Path]) -> bytes:
    """The bytes of the first of `candidates` that is a file. RowError quotes `source`, what the row calls the image."""
    if "://" in source or source.startswith("data:"):
        raise RowError(f"images: {show(source)} is an address; expected the path of a file on this machine")
    try:
        path = next((path for path in candidates if path.is_file()), None)
    except OSError as error:
        raise RowError(f"images: {show(source)} is no path ({error.strerror})") from error
    if path is None:
        raise RowError(f"images: {show(source)} is not there; looked for {' and '.join(map(str, candidates))}")
    if path.stat().st_size > MAX_BYTES:
        raise RowError(f"images: {show(source)} has {path.stat().st_size:,} bytes; accepted up to {MAX_BYTES:,}")
    try:
        return path.read_bytes()
    except OSError as error:
        raise RowError(f"images: {show(source)} cannot be read ({error.strerror})") from error


def inspect_image(data: bytes, max_pixels: int, name: str) -> ImagePrint:
    """Open an image and take its prints; one of more than `max_pixels` is never decoded. RowError calls it `name`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                _check_size(image.size, max_pixels, name)
                picture = image.convert("RGBA")
    except Image.DecompressionBombError as error:
        raise RowError(f"images: {name} is too large ({error}); accepted up to {max_pixels:,} pixels") from error
    except UnidentifiedImageError as error:  # whose words hold an address in memory, another in each run
        raise RowError(f"images: {name} is no picture that can be read ({KINDS})") from error
    except _UNREADABLE as error:
        raise RowError(f"images: {name} is no picture that can be read ({KINDS}): cut off or damaged") from error
    return print_of(hashlib.sha256(data).hexdigest(), picture)


def _check_size(size: tuple[int, int], max_pixels: int, name: str) -> None:
    width, height = size
    if width * height > max_pixels:
        raise RowError(
            f"images: {name} has {width:,} x {height:,} pixels; accepted up to {max_pixels:,} (suite.max_pixels)"
        )
    if min(width, height) < MIN_SIDE:
        raise RowError(f"images: {name} has {width} x {height} pixels; accepted from {MIN_SIDE} x {MIN_SIDE}")


def print_of(sha256: str, picture: Image.Image) -> ImagePrint:
    """Prints of a picture in RGB, or in RGBA whose transparent parts are shown on white; `sha256` is its file's."""
    if picture.mode == "RGBA":
        opaque = Image.new("RGBA", picture.size, "white")
        opaque.alpha_composite(picture)
        picture = opaque
    shown = picture.convert("RGB")
    pixels = hashlib.sha256(f"{shown.width}x{shown.height}:".encode() + shown.tobytes()).hexdigest()
    is_plain = shown.getcolors(maxcolors=1) is not None
    thumbnail = shown.resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX).tobytes()
    return ImagePrint(sha256, pixels, is_plain, thumbnail)
