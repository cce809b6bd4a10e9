"""How training shows one example, and what it is to learn from it."""

from __future__ import annotations

from dataclasses import dataclass

from mintune.records import Hiding, View


@dataclass(frozen=True, slots=True)
class Sight:
    """Row `index` of a task's training split under a view; `hiding` stands in place of what the view does not see.

    `partner` is the row whose picture or text stands there where `hiding` is shuffle.
    """

    task: str
    index: int
    view: View = "both"
    hiding: Hiding = "drop"
    partner: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a batch.

    An example to be answered right; or, `beside` it, the same example shown otherwise, which is to be answered alike.
    Where `surprise` is given, what is shown no longer tells the answer, and it is to be no likelier than it is without
    looking: to cost so many nats at least.
    """

    sight: Sight
    beside: bool = False
    surprise: float | None = None
