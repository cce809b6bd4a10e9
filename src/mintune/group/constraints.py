"""What the user knows better: tasks that stay together (`must_link`) and tasks that stay apart (`cannot_link`).

Sets that share a task become one set. A pair to keep apart inside such a set is a contradiction and an error.
"""

from __future__ import annotations

import difflib
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mintune.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.config import GroupSettings


@dataclass(frozen=True, slots=True)
class Constraints:
    """Disjoint sets of tasks that stay together, and pairs that stay apart."""

    linked: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()

    @property
    def tasks(self) -> frozenset[str]:
        """Every task that a constraint names."""
        return frozenset(task for tasks in (*self.linked, *self.apart) for task in tasks)

    def linked_with(self, task: str) -> list[str]:
        """The other tasks that stay with this one."""
        return [other for tasks in self.linked if task in tasks for other in tasks if other != task]

    def kept_from(self, task: str) -> list[str]:
        """The tasks that are kept from this one by a pair that names it."""
        return sorted({other for pair in self.apart if task in pair for other in pair if other != task})


def read_constraints(settings: GroupSettings, tasks: Sequence[str]) -> Constraints:
    """The constraints of a configuration, checked against the names of the suite's tasks.

    ConfigError where a name is unknown (naming the nearest), or where two tasks are to be both together and apart
    (naming the chain of tasks that links them).
    """
    for key, sets in (("must_link", settings.must_link), ("cannot_link", settings.cannot_link)):
        for name in (name for names in sets for name in names if name not in tasks):
            near = difflib.get_close_matches(name, tasks, n=1, cutoff=0.0)
            raise ConfigError(
                f"group.{key}: the suite has no task {name}; did you mean {near[0] if near else 'another'}?"
            )
    for first, second in settings.cannot_link:
        chain = _chain(first, second, settings.must_link)
        if first == second:
            raise ConfigError(f"group.cannot_link: [{first}, {second}] keeps a task apart from itself; name two tasks")
        if chain:
            raise ConfigError(
                f"group: {first} and {second} are to stay apart (cannot_link), yet must_link joins "
                f"{' with '.join(chain)}; take one of the two out"
            )
    return Constraints(_components(settings.must_link), settings.cannot_link)


def _chain(first: str, last: str, links: Sequence[Sequence[str]]) -> list[str]:
    """The shortest chain of linked tasks from first to last, or nothing."""
    came_from = {first: first}
    queue = deque([first])
    while queue:
        task = queue.popleft()
        for other in (other for names in links if task in names for other in names if other not in came_from):
            came_from[other] = task
            queue.append(other)
    if last not in came_from:
        return []
    chain = [last]
    while chain[-1] != first:
        chain.append(came_from[chain[-1]])
    return chain[::-1]


def _components(links: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Sets of two or more tasks, those that share a task made one."""
    neighbours: dict[str, set[str]] = {}
    for names in links:
        for left, right in pairwise(names):
            neighbours.setdefault(left, set()).add(right)
            neighbours.setdefault(right, set()).add(left)
    components: list[tuple[str, ...]] = []
    for start in sorted(neighbours):
        if any(start in component for component in components):
            continue
        seen, queue = {start}, deque([start])
        while queue:
            new = neighbours[queue.popleft()] - seen
            seen |= new
            queue.extend(sorted(new))
        if len(seen) > 1:
            components.append(tuple(sorted(seen)))
    return tuple(components)
