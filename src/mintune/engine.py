"""Maps work over this machine. Ray clusters will share this seam; today there is one engine, the local one.

The engine knows nothing of tasks or models: it takes a picklable function and items, and gives results in order.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Engine(Protocol):
    """Something that maps a function over items and keeps their order."""

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of `items`; the first exception a worker raises is raised here."""


class LocalEngine:
    """Processes of this machine; with one worker, or one item, everything happens in this process.

    Workers are spawned, not forked: a fork of a process that holds torch threads can hang.
    """

    def __init__(self, workers: int | None = None) -> None:
        """`workers`: processes at most; off: one a core."""
        self.workers = workers or os.cpu_count() or 1

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
        """Results in the order of `items`; the first exception a worker raises is raised here."""
        workers = min(self.workers, len(items))
        if workers <= 1:
            yield from map(function, items)
            return
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            yield from pool.map(function, items)
