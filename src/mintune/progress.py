"""How long work tells how far it is, without knowing who watches: a terminal, a log, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with the number of units done since the last call."""


class Watch(Protocol):
    """Whoever wants to see progress."""

    def track(self, label: str, total: int) -> AbstractContextManager[Advance]:
        """A context in which `advance(n)` counts up to `total` units of the work named `label`."""

    def say(self, line: str) -> None:
        """A line about what happens next, such as what it will cost."""


class Silent:
    """Nobody watches."""

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:  # noqa: ARG002 - the protocol names them
        """Counts nothing."""
        yield lambda _: None

    def say(self, line: str) -> None:
        """Says nothing."""


def number_of(count: int, noun: str) -> str:
    """A count with its noun, such as `1 task` or `2,000 tasks`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
