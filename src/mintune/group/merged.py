"""Baselines `merge_*`: one adapter for every task, merged of one a task by `tune`. None can be the strategy in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.group.problem import Placed, whole_grouping
from mintune.records import Grouping, Reason

if TYPE_CHECKING:
    from mintune.group.problem import Problem


def group_merged(problem: Problem, *, strategy: str) -> Grouping:
    """One group of all tasks, under the name of the baseline."""
    reasons = {name: Reason(code="merged") for name in problem.names}
    return whole_grouping(problem, strategy, [Placed("all", None, frozenset(problem.names))], reasons)


MERGED: dict[str, Callable[[Problem], Grouping]] = {
    strategy: partial(group_merged, strategy=strategy) for strategy in MERGED_BY
}
