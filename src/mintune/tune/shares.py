"""What share of a budget each task gets: a mixture, within the floors and ceilings that the configuration sets.

Shares that a floor or ceiling does not reach keep their proportions to one another: all are multiplied by one factor
and cut to their bounds, and the factor is that at which they sum to one (water-filling; Boyd & Vandenberghe 2004,
Convex Optimization, example 5.2). So what a floor adds is taken from all others alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mintune.errors import ConfigError
from mintune.tune.mixtures import MIXTURES

if TYPE_CHECKING:
    from mintune.config import TuneSettings
    from mintune.records import Group

SLACK = 1e-9
"""By how much sums of floors and ceilings may miss one, as floats do."""

LEAST = 1e-6
"""No task gets less: it would hardly ever be shown, and a pass over the stream would have no end."""

Bound = float | Mapping[str, float] | None


def shares_of(sizes: Mapping[str, int], settings: TuneSettings) -> dict[str, float]:
    """The share of each task, from its number of training examples; shares sum to one.

    ConfigError where floors or ceilings name an unknown task, or no shares keep to them.
    """
    shares = MIXTURES[settings.mixture_by_sizes](sizes)
    if settings.floor is None and settings.ceiling is None:
        return shares
    floors, ceilings = bounds_of(sizes, settings)
    for task in sizes:
        if floors[task] > ceilings[task]:
            raise ConfigError(
                f"tune.floor: {task} gets at least {floors[task]:g} and by tune.ceiling at most {ceilings[task]:g}; "
                "lower the one or raise the other"
            )
    if (least := sum(floors.values())) > 1 + SLACK:
        num_floors = sum(floor > 0 for floor in floors.values())
        raise ConfigError(f"tune.floor: the floors of {num_floors} tasks sum to {least:g}; expected 1 at most")
    if (most := sum(ceilings.values())) < 1 - SLACK:
        raise ConfigError(f"tune.ceiling: the ceilings of {len(sizes)} tasks sum to {most:g}; expected 1 at least")
    found = fill(shares, floors, ceilings)
    if starved := [task for task, share in found.items() if share < LEAST]:
        raise ConfigError(
            f"tune.floor, tune.ceiling: leave {starved[0]} less than a millionth of the budget; give it a floor, or "
            "lower those of others"
        )
    return found


def shares_in_groups(
    sizes: Mapping[str, int], groups: Sequence[Group], settings: TuneSettings
) -> dict[str, dict[str, float]]:
    """By group, the share of each of its tasks in the whole budget of all groups.

    Tasks are in the order of `sizes`: what is made of a group does not hang on the order in which it names them.
    """
    grouped = {task for group in groups for task in group.tasks}
    shares = shares_of({task: size for task, size in sizes.items() if task in grouped}, settings)
    return {group.name: {task: shares[task] for task in shares if task in group.tasks} for group in groups}


def bounds_of(sizes: Mapping[str, int], settings: TuneSettings) -> tuple[dict[str, float], dict[str, float]]:
    """The least and the largest share of each task. ConfigError where an unknown task is named."""
    return _of_each(sizes, settings.floor, 0.0, "floor"), _of_each(sizes, settings.ceiling, 1.0, "ceiling")


def bounded_tasks(sizes: Mapping[str, int], settings: TuneSettings) -> tuple[str, ...]:
    """The tasks whose share is a floor or a ceiling instead of what the mixture would leave them."""
    if settings.floor is None and settings.ceiling is None:
        return ()
    floors, ceilings = bounds_of(sizes, settings)
    return tuple(
        task
        for task, share in shares_of(sizes, settings).items()
        if share < 1 and share in (floors[task], ceilings[task])
    )


def fill(shares: Mapping[str, float], floors: Mapping[str, float], ceilings: Mapping[str, float]) -> dict[str, float]:
    """Positive shares times one factor, each cut to its floor and ceiling, with a sum of one.

    Floors sum to one at most and ceilings to one at least. The sum rises with the factor, in a straight line between
    those factors at which a share meets a bound; so it is one between two neighbours of these.
    """
    enters = {task: floors[task] / share for task, share in shares.items()}
    leaves = {task: ceilings[task] / share for task, share in shares.items()}

    def total(factor: float) -> float:
        return sum(min(max(factor * share, floors[task]), ceilings[task]) for task, share in shares.items())

    bends = sorted({0.0, *enters.values(), *leaves.values()})
    high = next((bend for bend in bends[1:] if total(bend) >= 1), bends[-1])
    low = bends[bends.index(high) - 1]
    free = {task for task in shares if enters[task] <= low and high <= leaves[task]}
    fixed = {task: ceilings[task] if leaves[task] <= low else floors[task] for task in shares if task not in free}
    rest, whole = 1 - sum(fixed.values()), sum(shares[task] for task in free)
    return {task: fixed[task] if task in fixed else shares[task] * rest / whole for task in shares}


def _of_each(sizes: Mapping[str, int], bound: Bound, otherwise: float, key: str) -> dict[str, float]:
    """The bound of each task: one number holds for all, a mapping for those that it names."""
    if bound is None or isinstance(bound, int | float):
        return dict.fromkeys(sizes, otherwise if bound is None else float(bound))
    if unknown := [task for task in bound if task not in sizes]:
        raise ConfigError(f"tune.{key}: no task named {unknown[0]!r}; tasks: {', '.join(sizes)}")
    return {task: bound.get(task, otherwise) for task in sizes}
