"""Strategy `single`: an adapter for each task alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.group.problem import Placed, whole_grouping
from mintune.records import Reason

if TYPE_CHECKING:
    from mintune.group.problem import Problem
    from mintune.records import Grouping


def group_single(problem: Problem) -> Grouping:
    """A group for each task, named after it."""
    groups = [Placed(task.name, None, frozenset([task.name])) for task in problem.suite.tasks]
    return whole_grouping(problem, "single", groups, {name: Reason(code="single") for name in problem.names})
