"""Strategy `all`: one adapter for every task, the usual way of instruction tuning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.group.problem import Placed, whole_grouping
from mintune.records import Reason

if TYPE_CHECKING:
    from mintune.group.problem import Problem
    from mintune.records import Grouping


def group_all(problem: Problem) -> Grouping:
    """One group of all tasks."""
    reasons = {name: Reason(code="all") for name in problem.names}
    return whole_grouping(problem, "all", [Placed("all", None, frozenset(problem.names))], reasons)
