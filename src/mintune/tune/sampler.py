"""Which examples make up which step, computed from (seed, epoch, step) alone, so that resuming costs nothing.

Training walks along a stream of slots. An epoch of the stream is as long as the tasks have examples; in it each task
has as many slots as its share of the mixture says, in an order drawn for that epoch. The slots of a task walk through
its examples pass after pass, each pass a fresh permutation, so no example comes back before all others of its task were
shown. With the mixture `proportional` an epoch of the stream is a permutation of all examples.

The permutations are numpy's, keyed by seed, task and pass: a task's examples come in the same order whatever group it
is in, so strategies differ by their groups and not by the luck of the draw.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mintune.tune.budget import Budget, apportion


@dataclass(frozen=True, slots=True)
class Slot:
    """One training example of a batch: row `index` of the task's training split, in the `turn`-th pass over them."""

    task: str
    index: int
    turn: int


class Sampler:
    """The batches of one stretch of training.

    `sizes` are training examples a task, `shares` the mixture (summing to one) over the same tasks. `starts` are slots
    of each task that an earlier stretch has used: passes continue where it stopped.
    """

    def __init__(
        self,
        sizes: Mapping[str, int],
        shares: Mapping[str, float],
        budget: Budget,
        *,
        seed: int,
        starts: Mapping[str, int] | None = None,
    ) -> None:
        self.tasks = tuple(shares)
        self.budget = budget
        self._sizes = [sizes[task] for task in self.tasks]
        self._starts = np.array([(starts or {}).get(task, 0) for task in self.tasks])
        self._seed = seed
        # An epoch is long enough that every task has a slot in it.
        length = max(sum(self._sizes), math.ceil(1 / min(shares.values()) - 1e-9))
        self._counts = np.array(list(apportion(length, shares).values()))
        self._length = length
        self._epoch_cached = lru_cache(maxsize=2)(self._draw_epoch)
        self._pass_cached = lru_cache(maxsize=2 * len(self.tasks))(self._draw_pass)

    def batch(self, step: int) -> list[Slot]:
        """The slots of optimiser step `step` (from 0), between 1 and ceil(examples / steps) of them."""
        return [self._slot(position) for position in range(self._begin(step), self._begin(step + 1))]

    def used(self) -> dict[str, int]:
        """How many slots each task has used when the budget is spent, those in `starts` included."""
        epoch, rest = divmod(self.budget.examples, self._length)
        owners, _ = self._epoch_cached(epoch)
        used = self._starts + epoch * self._counts + np.bincount(owners[:rest], minlength=len(self.tasks))
        return dict(zip(self.tasks, used.tolist(), strict=True))

    def _begin(self, step: int) -> int:
        """The stream's position at which a step begins: examples are spread evenly over the steps."""
        return step * self.budget.examples // self.budget.steps

    def _slot(self, position: int) -> Slot:
        epoch, offset = divmod(position, self._length)
        owners, ranks = self._epoch_cached(epoch)
        task = int(owners[offset])
        used = int(self._starts[task] + epoch * self._counts[task] + ranks[offset])
        turn, place = divmod(used, self._sizes[task])
        return Slot(self.tasks[task], int(self._pass_cached(task, turn)[place]), turn)

    def _draw_epoch(self, epoch: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each slot of an epoch (length,): the task that owns it, and how many slots that task had before in it."""
        owners = np.repeat(np.arange(len(self.tasks)), self._counts)
        owners = owners[generator(self._seed, "order", epoch).permutation(self._length)]
        grouped = np.argsort(owners, kind="stable")
        ranks = np.empty_like(owners)
        ranks[grouped] = np.arange(self._length) - np.repeat(np.cumsum(self._counts) - self._counts, self._counts)
        return owners, ranks

    def _draw_pass(self, task: int, turn: int) -> NDArray[np.int64]:
        """The order of a task's rows in one pass over them (size,)."""
        return generator(self._seed, "pass", self.tasks[task], turn).permutation(self._sizes[task])


def generator(seed: int, *key: str | int) -> np.random.Generator:
    """A random generator that depends on the seed and the key alone, the same in every process."""
    words = hashlib.sha256(repr((seed, *key)).encode()).digest()
    return np.random.default_rng(list(np.frombuffer(words, dtype=np.uint32)))
