"""Pictures small enough to travel inside the page, as data URLs.

Every picture is decoded and written anew, so nothing of the original file (metadata, a disguised format) reaches the
page. What cannot be decoded, or has more pixels than the suite allows, is left out and said so by the caller.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from mintune.records import Picture

LONGEST_SIDE = 200
JPEG_QUALITY = 80


def data_url(picture: Picture, max_pixels: int) -> str | None:
    """The picture, at most `LONGEST_SIDE` px long, as PNG or JPEG; None where it cannot be shown."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(picture.data)) as opened:
            if opened.width * opened.height > max_pixels:
                return None
            image = _on_white(opened)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    png, jpeg = io.BytesIO(), io.BytesIO()
    image.save(png, "PNG", optimize=True)
    image.save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True)
    kind, data = min((("png", png.getvalue()), ("jpeg", jpeg.getvalue())), key=lambda written: len(written[1]))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _on_white(image: Image.Image) -> Image.Image:
    """An RGB copy; what is transparent becomes white, as the page is."""
    from PIL import Image

    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
