"""What a primitive sample is, and the chance moves from which primitives make one.

Knows nothing of any particular primitive. `framing.py` decides where the question stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from PIL import Image

Item = TypeVar("Item")


@dataclass(frozen=True)
class Sample:
    """One question with its one right answer.

    `choices` is empty where the answer is open, else it lists every allowed answer in the order shown.
    """

    name: str
    images: tuple[Image.Image, ...]
    instruction: str
    text: str
    choices: tuple[str, ...]
    answer: str

    @property
    def words(self) -> str:
        """All words of the prompt, one part a line, as the backbone reads them after the images."""
        listed = f"Answer with one of: {', '.join(self.choices)}." if self.choices else ""
        return "\n".join(part for part in (self.instruction, self.text, listed) if part)


@dataclass(frozen=True)
class Ask:
    """A question before it is framed.

    `closed` holds every answer that the question allows (empty: open); `facts` is the text that the question is about;
    `must_list` says that the wording alone does not tell which answers are allowed.
    """

    question: str
    answer: str
    closed: tuple[str, ...] = ()
    image: Image.Image | None = None
    facts: str = ""
    must_list: bool = False


@dataclass(frozen=True)
class Hand:
    """Chance moves over one generator, and which handwritten digits may be drawn."""

    rng: np.random.Generator
    held_out: bool

    def one(self, options: Sequence[Item]) -> Item:
        """One of the options."""
        return options[int(self.rng.integers(len(options)))]

    def some(self, options: Sequence[Item], count: int) -> list[Item]:
        """`count` different options in random order."""
        return [options[int(index)] for index in self.rng.permutation(len(options))[:count]]

    def other(self, options: Sequence[Item], than: Item) -> Item:
        """One of the options that differs from `than`."""
        return self.one([option for option in options if option != than])

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return bool(self.rng.random() < probability)

    def cells(self, count: int) -> list[tuple[int, int]]:
        """`count` different cells as (row, col) of the three by three grid."""
        return [(int(index) // 3, int(index) % 3) for index in self.rng.permutation(9)[:count]]
