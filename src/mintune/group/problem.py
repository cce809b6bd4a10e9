"""What a strategy is given, and how it states its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.errors import DataError
from mintune.records import Group, Grouping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mintune.group.constraints import Constraints
    from mintune.records import InteractionProfile, InteractionType, ProfileTable, Reason, Suite


@dataclass(frozen=True, slots=True)
class Problem:
    """The suite to group and what is known of it. `seed` is for strategies that draw."""

    suite: Suite
    table: ProfileTable
    constraints: Constraints
    seed: int

    @property
    def names(self) -> list[str]:
        """Names of the tasks in alphabetical order, so that the order of a configuration decides no tie."""
        return sorted(task.name for task in self.suite.tasks)

    def profiles(self) -> list[InteractionProfile]:
        """The profile of each task in the order of `names`. DataError where a task has none."""
        known = {profile.task: profile for profile in self.table.profiles}
        missing = [name for name in self.names if name not in known]
        if missing:
            raise DataError(f"no profile of {', '.join(missing)}; run `mintune profile` on this suite first")
        return [known[name] for name in self.names]


@dataclass(frozen=True, slots=True)
class Placed:
    """One group of an answer: its name, the type its tasks share (None where not by type), and their names."""

    name: str
    type: InteractionType | None
    tasks: frozenset[str]


def whole_grouping(problem: Problem, strategy: str, groups: list[Placed], reasons: Mapping[str, Reason]) -> Grouping:
    """A grouping in which every task is in exactly one group; tasks in the order of the suite."""
    order = [task.name for task in problem.suite.tasks]
    home = {task: group.name for group in groups for task in group.tasks}
    return Grouping(
        strategy=strategy,
        groups=tuple(
            Group(name=group.name, type=group.type, tasks=tuple(task for task in order if task in group.tasks))
            for group in groups
        ),
        membership={task: {home[task]: 1.0} for task in order},
        reasons={task: reasons[task] for task in order},
    )


def numbered(names: list[str]) -> list[str]:
    """The same names, the second and later of a kind with -2, -3, ... behind them."""
    given: list[str] = []
    for name in names:
        number, unique = 1, name
        while unique in given:
            number += 1
            unique = f"{name}-{number}"
        given.append(unique)
    return given
