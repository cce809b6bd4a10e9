"""Tasks whose interaction is known, made of things that probes can see: half a picture's colour, and a word.

The other half of each picture is noise and so is the rest of each text, so no two examples share either.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from mintune.records import Example, Picture, Task

COLOURS = ((230, 20, 20), (20, 190, 20), (20, 20, 230), (240, 220, 10))
COLOUR_NAMES = ("red", "green", "blue", "yellow")
WORDS = ("copper", "linen", "walnut", "marble")
NAMES = ("Mia", "Tom", "Ana", "Ben", "Leo", "Eva", "Max", "Ida")

Rule = Callable[[int, int], int]
"""What is right, 0 to 3, given what the image shows and what the text says; both 0 to 3."""

RULES: dict[str, Rule] = {
    "unique_image": lambda image, text: image,
    "unique_text": lambda image, text: text,
    "synergy": lambda image, text: (image + text) % 2,
}


def picture_of(colour: int, rng: np.random.Generator) -> Picture:
    """A picture whose upper half has the colour, and whose lower half is noise."""
    pixels = rng.integers(0, 256, size=(24, 24, 3), dtype=np.uint8)
    pixels[:12] = COLOURS[colour]
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return Picture(hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue())


def text_of(word: int, rng: np.random.Generator) -> str:
    first, second = rng.choice(NAMES, size=2, replace=False)
    return f"{first} sent {WORDS[word]} to {second} on day {rng.integers(1, 400)}."


def drawn_task(kind: str, size: int = 160, *, seed: int = 0, name: str = "drawn") -> Task:
    """A task of the kind, its answers named as the choices say; redundancy names the colour in both."""
    rng = np.random.default_rng([seed, len(kind)])
    rule = RULES.get(kind, lambda image, text: image)
    choices = ("odd", "even") if kind == "synergy" else ("first", "second", "third", "fourth")
    examples = []
    for number in range(size):
        image = int(rng.integers(4))
        text = image if kind == "redundancy" else int(rng.integers(4))
        right = choices[rule(image, text)]
        examples.append(Example(f"e{number:04d}", (picture_of(image, rng),), text_of(text, rng), (right,), choices))
    train, validation = tuple(examples[: size * 4 // 5]), tuple(examples[size * 4 // 5 :])
    return Task(name, "Which?", "exact_match", name, {"train": train, "validation": validation}, f"{name} {seed}")


def shuffled_choices(size: int = 160, *, sees: str = "image", seed: int = 0) -> Task:
    """A task whose three choices differ by example: the colour in the picture (or the word said) among others."""
    rng = np.random.default_rng([seed, 77])
    names = COLOUR_NAMES if sees == "image" else WORDS
    examples = []
    for number in range(size):
        image, text = int(rng.integers(4)), int(rng.integers(4))
        right = image if sees == "image" else text
        others = rng.permutation([place for place in range(4) if place != right])[:2].tolist()
        choices = tuple(names[place] for place in rng.permutation([right, *others]))
        picture, said = picture_of(image, rng), text_of(text, rng)
        examples.append(Example(f"e{number:04d}", (picture,), said, (names[right],), choices))
    return Task("shuffled", "Which?", "exact_match", "drawn", {"train": tuple(examples)}, f"shuffled {seed}")


def open_task(size: int = 160, *, seed: int = 0) -> Task:
    """A task with open answers: the colour's name, or for one example in eight a name that nobody else has."""
    rng = np.random.default_rng([seed, 99])
    examples = []
    for number in range(size):
        image = int(rng.integers(4))
        target = f"shade {number}" if number % 8 == 0 else COLOUR_NAMES[image]
        text = text_of(int(rng.integers(4)), rng)
        examples.append(Example(f"e{number:04d}", (picture_of(image, rng),), text, (target,)))
    return Task("open", "Which?", "token_f1", "drawn", {"train": tuple(examples)}, f"open {seed}")
