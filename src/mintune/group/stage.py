"""Which tasks learn together: from profiles to a grouping, by one of the strategies in `STRATEGIES`.

Pure and quick: no model, no files. To add a strategy, write a file with a function from a Problem to a Grouping, add
it to the table, to `Strategy` in `mintune/config/base.py`, and to docs/group.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.errors import ConfigError, DataError
from mintune.group.all import group_all
from mintune.group.constraints import read_constraints
from mintune.group.delta import group_by_delta
from mintune.group.domain import group_by_domain
from mintune.group.interaction import group_by_interaction
from mintune.group.merged import MERGED
from mintune.group.problem import Problem
from mintune.group.random_draw import group_at_random
from mintune.group.single import group_single

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mintune.config import GroupSettings
    from mintune.group.constraints import Constraints
    from mintune.records import Grouping, ProfileTable, Suite

STRATEGIES: dict[str, Callable[[Problem], Grouping]] = {
    "interaction": group_by_interaction,
    "delta": group_by_delta,
    "all": group_all,
    "single": group_single,
    "random": group_at_random,
    "domain": group_by_domain,
}

VERSION = 1
"""Raised when the same profiles would give another grouping, so that groupings made before are made again."""

BOUND_BY_CONSTRAINTS = ("interaction", "delta")
"""Strategies that decide, and so can be told; the others are baselines to compare with."""


def group_tasks(suite: Suite, profiles: ProfileTable, settings: GroupSettings, *, strategy: str, seed: int) -> Grouping:
    """Group the tasks of a suite.

    Args:
        suite: the tasks; at least one.
        profiles: a profile of each task (`all`, `single` and `domain` do without).
        settings: constraints. They bind `interaction` and `delta`; giving any with another strategy in use is an error.
        strategy: a name in `STRATEGIES` or `MERGED`; may differ from the one in use, for comparison.
        seed: decides the draw of `random`, and nothing else.

    Returns:
        The grouping; `reasons` says for each task why it is where it is (codes and facts: docs/group.md).

    Raises:
        ConfigError: unknown strategy, unknown or contradictory constraints.
        DataError: an empty suite, or a task without a profile.
        EstimationError: a profile whose numbers are not finite.
    """
    if not suite.tasks:
        raise DataError("the suite has no task to group")
    constraints = check_settings(settings, [task.name for task in suite.tasks], strategy=strategy)
    return (STRATEGIES | MERGED)[strategy](Problem(suite, profiles, constraints, seed))


def check_settings(settings: GroupSettings, tasks: Sequence[str], *, strategy: str) -> Constraints:
    """The constraints on tasks of these names. ConfigError where they, or the strategy, cannot be used."""
    if strategy not in STRATEGIES | MERGED:
        raise ConfigError(f"group.strategy: unknown strategy {strategy!r}; accepted: {', '.join(STRATEGIES)}")
    constraints = read_constraints(settings, tasks)
    if constraints.tasks and settings.strategy not in BOUND_BY_CONSTRAINTS:
        raise ConfigError(
            f"group: must_link and cannot_link do not bind strategy {settings.strategy}; "
            f"take them out, or choose one of {', '.join(BOUND_BY_CONSTRAINTS)}"
        )
    return constraints
