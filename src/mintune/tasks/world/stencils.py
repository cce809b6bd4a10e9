"""White-on-black outlines of the world's shapes and pictograms, drawn once at 112 px and shrunk by `draw.py`.

Knows geometry only: no colour, place or size.
"""

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

SIZE = 112
Pen = ImageDraw.ImageDraw


def outline(name: str) -> Image.Image:
    """The outline of a shape or pictogram as an `L` image of `SIZE` x `SIZE` px, 255 where there is ink.

    Raises:
        KeyError: for a name that no stencil has.
    """
    image = Image.new("L", (SIZE, SIZE), 0)
    STENCILS[name](ImageDraw.Draw(image))
    return image


def _circle(pen: Pen) -> None:
    pen.ellipse((4, 4, 108, 108), fill=255)


def _square(pen: Pen) -> None:
    pen.rectangle((8, 8, 104, 104), fill=255)


def _triangle(pen: Pen) -> None:
    pen.polygon([(56, 4), (108, 104), (4, 104)], fill=255)


def _star(pen: Pen) -> None:
    points = []
    for step in range(10):
        radius = 56 if step % 2 == 0 else 22
        angle = math.pi * (step / 5 - 0.5)
        points.append((56 + radius * math.cos(angle), 58 + radius * math.sin(angle)))
    pen.polygon(points, fill=255)


def _cross(pen: Pen) -> None:
    pen.rectangle((40, 4, 72, 108), fill=255)
    pen.rectangle((4, 40, 108, 72), fill=255)


def _ring(pen: Pen) -> None:
    pen.ellipse((4, 4, 108, 108), fill=255)
    pen.ellipse((30, 30, 82, 82), fill=0)


def _house(pen: Pen) -> None:
    pen.polygon([(56, 4), (110, 54), (2, 54)], fill=255)
    pen.rectangle((16, 54, 96, 108), fill=255)
    pen.rectangle((46, 72, 66, 108), fill=0)


def _tree(pen: Pen) -> None:
    pen.polygon([(56, 2), (88, 44), (24, 44)], fill=255)
    pen.polygon([(56, 26), (98, 82), (14, 82)], fill=255)
    pen.rectangle((47, 82, 65, 110), fill=255)


def _sun(pen: Pen) -> None:
    pen.ellipse((32, 32, 80, 80), fill=255)
    for step in range(8):
        angle = math.pi * step / 4
        near, far = (math.cos(angle), math.sin(angle)), 55
        pen.line((56 + 34 * near[0], 56 + 34 * near[1], 56 + far * near[0], 56 + far * near[1]), fill=255, width=10)


def _moon(pen: Pen) -> None:
    pen.ellipse((8, 4, 108, 108), fill=255)
    pen.ellipse((40, -8, 124, 92), fill=0)


def _car(pen: Pen) -> None:
    pen.polygon([(26, 46), (40, 20), (80, 20), (94, 46)], fill=255)
    pen.rectangle((2, 46, 110, 78), fill=255)
    pen.rectangle((46, 28, 56, 44), fill=0)
    pen.rectangle((64, 28, 74, 44), fill=0)
    pen.ellipse((14, 64, 46, 96), fill=255)
    pen.ellipse((66, 64, 98, 96), fill=255)
    pen.ellipse((24, 74, 36, 86), fill=0)
    pen.ellipse((76, 74, 88, 86), fill=0)


def _fish(pen: Pen) -> None:
    pen.ellipse((2, 28, 82, 84), fill=255)
    pen.polygon([(70, 56), (110, 24), (110, 88)], fill=255)
    pen.ellipse((18, 44, 30, 56), fill=0)


def _cup(pen: Pen) -> None:
    pen.polygon([(10, 26), (76, 26), (68, 98), (18, 98)], fill=255)
    pen.arc((58, 36, 108, 82), -90, 120, fill=255, width=12)


def _key(pen: Pen) -> None:
    pen.ellipse((2, 34, 48, 80), fill=255)
    pen.ellipse((16, 48, 34, 66), fill=0)
    pen.rectangle((46, 50, 110, 64), fill=255)
    pen.rectangle((76, 64, 86, 84), fill=255)
    pen.rectangle((98, 64, 108, 88), fill=255)


def _flag(pen: Pen) -> None:
    pen.rectangle((14, 4, 24, 110), fill=255)
    pen.polygon([(24, 8), (106, 34), (24, 62)], fill=255)


def _bell(pen: Pen) -> None:
    pen.pieslice((24, 6, 88, 90), 180, 360, fill=255)
    pen.polygon([(24, 48), (88, 48), (104, 88), (8, 88)], fill=255)
    pen.ellipse((44, 86, 68, 110), fill=255)


def _cloud(pen: Pen) -> None:
    pen.ellipse((2, 46, 50, 92), fill=255)
    pen.ellipse((26, 20, 78, 76), fill=255)
    pen.ellipse((60, 40, 110, 92), fill=255)
    pen.rectangle((26, 60, 86, 92), fill=255)


def _boat(pen: Pen) -> None:
    pen.polygon([(4, 78), (108, 78), (86, 106), (26, 106)], fill=255)
    pen.rectangle((50, 4, 58, 78), fill=255)
    pen.polygon([(62, 8), (100, 68), (62, 68)], fill=255)
    pen.polygon([(46, 20), (46, 68), (16, 68)], fill=255)


def _heart(pen: Pen) -> None:
    pen.pieslice((4, 10, 58, 70), 180, 360, fill=255)
    pen.pieslice((54, 10, 108, 70), 180, 360, fill=255)
    pen.polygon([(4, 40), (108, 40), (56, 108)], fill=255)


def _arrow(pen: Pen) -> None:
    pen.rectangle((2, 42, 62, 70), fill=255)
    pen.polygon([(60, 14), (110, 56), (60, 98)], fill=255)


STENCILS: dict[str, Callable[[Pen], None]] = {
    "circle": _circle,
    "square": _square,
    "triangle": _triangle,
    "star": _star,
    "cross": _cross,
    "ring": _ring,
    "house": _house,
    "tree": _tree,
    "sun": _sun,
    "moon": _moon,
    "car": _car,
    "fish": _fish,
    "cup": _cup,
    "key": _key,
    "flag": _flag,
    "bell": _bell,
    "cloud": _cloud,
    "boat": _boat,
    "heart": _heart,
    "arrow": _arrow,
}
