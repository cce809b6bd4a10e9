"""What a task of the world is: one instruction, an answer set, and one or two ways to make an example.

Knows no task in particular. A way to make an example (`Part`) belongs to one interaction type; a mixture has two parts
that take turns, so that its shares hold exactly in every stretch of examples and not only on average.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.records import TYPES, InteractionType

if TYPE_CHECKING:
    from collections.abc import Hashable

    from mintune.tasks.world.pictures import Description, Family
    from mintune.tasks.world.primitives.sample import Hand

YES_NO = ("yes", "no")
DIGITS = tuple("0123456789")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One example before its picture is drawn.

    `seen` is all that the picture says on the question, `told` all that the text says on it. So `seen` decides the
    answer in redundancy and unique_image, `told` in redundancy and unique_text, and only the two together in synergy.
    """

    picture: Description
    text: str
    answer: str
    seen: Hashable
    told: Hashable


@dataclass(frozen=True, slots=True)
class Part:
    """One way to make an example of a task, and how much of the task is made so.

    `image_says` and `text_says` word for the documentation what each side holds.
    """

    built_as: InteractionType
    sample: Callable[[Hand], Drawn]
    image_says: str
    text_says: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class WorldTask:
    """A task of the world. `answers` is the closed set of answers, or None where the answer is open.

    A task that `is_small` has few examples however many the others have.
    """

    name: str
    family: Family
    instruction: str
    answers: tuple[str, ...] | None
    parts: tuple[Part, ...]
    is_small: bool = False

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Shares of redundancy, unique_image, unique_text and synergy by construction."""
        total = sum(part.weight for part in self.parts)
        redundancy, unique_image, unique_text, synergy = (
            sum(part.weight for part in self.parts if part.built_as == kind) / total for kind in TYPES
        )
        return redundancy, unique_image, unique_text, synergy

    def part_of(self, index: int) -> Part:
        """The way in which example `index` of any split is made: parts take turns, as evenly as their weights allow."""
        turns = sorted(((k + 0.5) / part.weight, j) for j, part in enumerate(self.parts) for k in range(part.weight))
        return self.parts[turns[index % len(turns)][1]]


def pure_task(
    built_as: InteractionType,
    sample: Callable[[Hand], Drawn],
    family: Family,
    instruction: str,
    answers: tuple[str, ...] | None,
    image_says: str,
    text_says: str,
    *,
    is_small: bool = False,
) -> WorldTask:
    """A task all of whose examples are made in one way; it is named after the function that makes them."""
    part = Part(built_as, sample, image_says, text_says)
    return WorldTask(sample.__name__, family, instruction, answers, (part,), is_small)
