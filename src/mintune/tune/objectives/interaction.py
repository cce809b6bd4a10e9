"""Interaction: an example beside itself, shown as its task's type says it can be shown with the same answer, or not.

    redundancy      with its picture or its text alone          the answer is the same
    unique_image    with the text of another example            the answer is the same
    unique_text     with the picture of another example         the answer is the same
    synergy         with either of another example              the answer is no likelier than a guess

Ours (method.md, section 8). Which of the four is drawn anew for each pass, by the shares of the task's profile, so a
mixed task gets a mixture; what nobody answers leads to none. It adds rows to a batch and goes with any way of weighing
tasks.

A pair swapped in a synergistic task has an answer of its own, which can be the same by chance. So the old answer is not
made unlikely, only no likelier than its share of the task's answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mintune.answers import normalise
from mintune.records import TYPES
from mintune.tasks.outlines import outlines
from mintune.tune.sampler import Slot, generator
from mintune.tune.sights import Row, Sight

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mintune.records import Example, Task, View

Shares = tuple[float, float, float, float]
"""Redundancy, unique_image, unique_text, synergy, in the order of TYPES; what is left of one is answered by nobody."""

SIDES: tuple[View, View] = ("image", "text")


class Interaction:
    """Draws what stands beside an example.

    `portion` in [0, 1] is how often something does where the shares sum to one; `shares` are those of each task, and a
    task without any has nothing beside its examples. `odds` are their products, by task.
    """

    def __init__(self, tasks: Iterable[Task], shares: Mapping[str, Shares], portion: float, *, seed: int) -> None:
        self.odds = {task: [portion * share for share in found] for task, found in shares.items()}
        self._splits = {task.name: task.train for task in tasks}
        self._known: dict[str, tuple[NDArray[np.bool_], NDArray[np.float64]]] = {}
        self._seed = seed

    def beside(self, slot: Slot) -> Row | None:
        """What stands beside the example of a slot, the same whenever it is asked; None: nothing.

        Nothing stands beside an example without picture or without text, and where there is no other to swap with.
        """
        if slot.task not in self.odds:
            return None
        draw = generator(self._seed, "beside", slot.task, slot.index, slot.turn)
        place = int(np.searchsorted(np.cumsum(self.odds[slot.task]), draw.random(), side="right"))
        side = SIDES[int(draw.integers(2))]
        if place == len(TYPES):
            return None
        kind = TYPES[place]
        can_be_hidden, surprise = self._look(slot.task)
        size = len(surprise)
        if not can_be_hidden[slot.index] or (kind != "redundancy" and size == 1):
            return None
        if kind == "redundancy":
            return Row(Sight(slot.task, slot.index, side), beside=True)
        view: View = "image" if kind == "unique_image" else "text" if kind == "unique_text" else side
        partner = (slot.index + int(draw.integers(1, size))) % size
        swapped = Sight(slot.task, slot.index, view, "shuffle", partner)
        return Row(swapped, beside=True, surprise=float(surprise[slot.index]) if kind == "synergy" else None)

    def _look(self, task: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Of each training example whether it has picture and text, and what its answer costs who guesses, in nats."""
        if task not in self._known:
            self._known[task] = _outlook(self._splits[task])
        return self._known[task]


def _outlook(split: Sequence[Example]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    seen = [(bool(one.images and one.text.strip()), normalise(one.targets[0])) for one in outlines(split)]
    counts = Counter(answer for _, answer in seen)
    surprise = [math.log(len(seen) / counts[answer]) for _, answer in seen]
    return np.array([has_both for has_both, _ in seen]), np.array(surprise)
