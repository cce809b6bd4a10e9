"""How long work tells how far it is, without knowing who watches: a terminal, a log, or nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with the number of units done since the last call."""


class Watch(Protocol):
    """Whoever wants to see progress."""

    def track(self, label: str, total: int | None = None) -> AbstractContextManager[Advance]:
        """A context in which `advance(n)` counts up to `total` units of the work named `label`; per cent without."""

    def say(self, line: str) -> None:
        """A line about what happens next, such as what it will cost."""


class Silent:
    """Nobody watches."""

    @contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002 - the protocol names them
        """Counts nothing."""
        yield lambda _: None

    def say(self, line: str) -> None:
        """Says nothing."""


@contextmanager
def once_begun(watch: Watch, label: str, total: int) -> Iterator[Advance]:
    """As `Watch.track`, but shown from the first `advance` on: where nothing has to be done, nothing is shown."""
    with ExitStack() as shown:
        bars: list[Advance] = []

        def advance(done: int) -> None:
            if not bars:
                bars.append(shown.enter_context(watch.track(label, total)))
            bars[0](done)

        yield advance


def percent(advance: Advance) -> Callable[[int, int, float], None]:
    """A callback for (done, total, loss) that moves a bar of one hundred units."""
    shown = 0

    def report(done: int, total: int, _loss: float) -> None:
        nonlocal shown
        now = 100 * done // max(total, 1)
        advance(now - shown)
        shown = now

    return report


def number_of(count: int, noun: str) -> str:
    """A count with its noun, such as `1 task` or `2,000 tasks`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"
