"""How an example is shown under each view: which words and which pictures reach the model, and what hides the rest.

Knows no model: what comes out is plain words and encoded pictures, so a server or a person can be shown the same.
The four views and the four ways of hiding are those of method.md, section 1.
"""

from __future__ import annotations

import functools
import hashlib
import io
import random
import re
import string
from dataclasses import dataclass

from mintune.errors import DataError
from mintune.records import Example, Hiding, Picture, Task, View

BLANK_WORD = "_"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a predictor sees of one example.

    `words` is one string; `words[text_from:text_to]` is the example's own text, which may be cut where the whole is too
    long for a model (instruction and choices never are).
    """

    words: str
    images: tuple[Picture, ...]
    text_from: int = 0
    text_to: int = 0


def show(task: Task, example: Example, view: View, *, hiding: Hiding = "drop", partner: Example | None = None) -> Shown:
    """Show an example under a view.

    `hiding` is what stands in place of a modality the view does not see: nothing (`drop`); grey pictures of the same
    size and `_` for each word (`blank`); random pixels and random letters of the same sizes, drawn from the hidden
    content itself so that they never change (`noise`); or those of `partner`, another example of the task (`shuffle`).
    DataError where `shuffle` has no partner.
    """
    if hiding == "shuffle" and partner is None and view != "both":
        raise DataError(f"task {task.name}, example {example.id}: hiding=shuffle needs a partner example; got None")
    images = example.images if view in ("image", "both") else _hide_images(example, hiding, partner)
    text = example.text if view in ("text", "both") else _hide_text(example, hiding, partner)
    return _assemble(task.instruction, text, example.choices, images)


def _assemble(instruction: str, text: str, choices: tuple[str, ...] | None, images: tuple[Picture, ...]) -> Shown:
    """Instruction, text and choices, one below the other; what is empty leaves no line."""
    head = instruction.strip()
    body = text.strip()
    tail = f"Answer with one of: {', '.join(choices)}." if choices else ""
    start = len(head) + 1 if head and body else len(head)
    return Shown("\n".join(part for part in (head, body, tail) if part), images, start, start + len(body))


def _hide_images(example: Example, hiding: Hiding, partner: Example | None) -> tuple[Picture, ...]:
    if hiding == "drop":
        return ()
    if hiding == "shuffle":
        return partner.images if partner else ()
    return tuple(_stand_in(picture, hiding) for picture in example.images)


def _hide_text(example: Example, hiding: Hiding, partner: Example | None) -> str:
    if hiding == "drop":
        return ""
    if hiding == "shuffle":
        return partner.text if partner else ""
    if hiding == "blank":
        return re.sub(r"\S+", BLANK_WORD, example.text)
    draw = random.Random(hashlib.sha256(example.text.encode()).digest())
    return re.sub(r"\w", lambda _: draw.choice(string.ascii_lowercase), example.text)


@functools.lru_cache(maxsize=4096)
def _stand_in(picture: Picture, hiding: Hiding) -> Picture:
    """A PNG of the same size: mid-grey (`blank`), or random pixels seeded by the hidden picture's hash (`noise`)."""
    from PIL import Image

    with Image.open(io.BytesIO(picture.data)) as image:
        width, height = image.size
    if hiding == "blank":
        pixels = bytes([128]) * (3 * width * height)
    else:
        pixels = random.Random(picture.sha256).randbytes(3 * width * height)
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), pixels).save(out, format="PNG", compress_level=1)
    return Picture(hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue())
