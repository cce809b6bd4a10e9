"""Strategy `interaction` (the default): tasks whose image and text interact alike learn together.

1. Each task is the cloud of its shares (`distance.py`). 2. Tasks with a type, and all that constraints name, are joined
by average linkage (`clustering.py`). 3. The number of groups is that with the widest gap that holds when examples are
drawn anew (`selection.py`). 4. An undetermined task joins the nearest group its distribution of shares allows; it does
not shape groups, and its stability says how little that may mean. 5. Groups are named after the type most of their
tasks have. 6. A task that spans types gets weights over groups (`membership.py`).

One group is the answer where there is one task, none or one with a type, or nothing that tells tasks apart: the reason
says which.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mintune.group.clustering import cluster
from mintune.group.distance import energy_distances, share_clouds, spreads
from mintune.group.membership import weights_over_groups
from mintune.group.problem import numbered
from mintune.group.reasons import Evidence, reasons_of
from mintune.group.selection import choose_number, partition
from mintune.group.stability import resampled_clouds, share_kept
from mintune.records import TYPES, Group, Grouping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.group.clustering import Labels, Tree
    from mintune.group.distance import Array
    from mintune.group.problem import Problem
    from mintune.records import InteractionProfile, InteractionType


def group_by_interaction(problem: Problem) -> Grouping:
    """Group by shares. DataError and EstimationError as in `stage.group_tasks`."""
    profiles = problem.profiles()
    clouds = share_clouds(profiles)
    joining = Joining.of(problem, profiles)
    labels, stability, why_one = _placements(clouds, joining)
    labels, types = _in_order_of_type(labels, profiles, clouds)
    names = numbered([str(kind) for kind in types])
    weights = weights_over_groups(clouds, labels)
    evidence = Evidence(problem, profiles, clouds, spreads(clouds), labels, names, stability, why_one)
    reasons = reasons_of(evidence)

    position = {name: index for index, name in enumerate(problem.names)}
    order = [task.name for task in problem.suite.tasks]
    return Grouping(
        strategy="interaction",
        groups=tuple(
            Group(name=name, type=kind, tasks=tuple(task for task in order if labels[position[task]] == group))
            for group, (name, kind) in enumerate(zip(names, types, strict=True))
        ),
        membership={
            task: _heaviest_first(weights[position[task]], int(labels[position[task]]), names) for task in order
        },
        stability={} if stability is None else {task: float(stability[position[task]]) for task in order},
        reasons={task: reasons[task] for task in order},
    )


@dataclass(frozen=True, slots=True)
class Joining:
    """Which tasks shape the groups, by index, and the constraints over them (indices into `shaping`)."""

    shaping: Labels
    placed_after: Labels
    linked: tuple[tuple[int, ...], ...]
    apart: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, problem: Problem, profiles: Sequence[InteractionProfile]) -> Joining:
        """Tasks with a type shape groups, and so do all tasks that constraints name."""
        bound = problem.constraints.tasks
        shapes = np.array([profile.type != "undetermined" or profile.task in bound for profile in profiles])
        shaping = np.flatnonzero(shapes)
        index = {problem.names[task]: position for position, task in enumerate(shaping)}
        return cls(
            shaping,
            np.flatnonzero(~shapes),
            tuple(tuple(index[name] for name in tasks) for tasks in problem.constraints.linked),
            tuple((index[first], index[second]) for first, second in problem.constraints.apart),
        )

    def tree(self, distances: Array) -> Tree:
        """Cluster the shaping tasks, given distances between all."""
        return cluster(distances[np.ix_(self.shaping, self.shaping)], self.linked, self.apart)

    def all_labels(self, shaped: Labels, distances: Array) -> Labels:
        """Labels of all tasks: as given for those that shape groups, else the group at the least mean distance."""
        labels = np.zeros(len(distances), dtype=int)
        labels[self.shaping] = shaped
        members = np.eye(shaped.max() + 1)[shaped]
        to_groups = distances[np.ix_(self.placed_after, self.shaping)] @ members / members.sum(axis=0)
        labels[self.placed_after] = to_groups.argmin(axis=1)
        return labels


def _placements(clouds: Array, joining: Joining) -> tuple[Labels, Array | None, str]:
    """A group for each task, how stable each placement is, and why there is only one group where there is."""
    one = np.zeros(len(clouds), dtype=int)
    if len(clouds) == 1:
        return one, None, "one_task"
    if len(joining.shaping) < 2:
        return one, None, "all_undetermined" if not len(joining.shaping) else "one_determined"
    distances = energy_distances(clouds, clouds)
    tree = joining.tree(distances)
    inside = spreads(clouds)
    resampled_distances = [energy_distances(draw, draw, inside) for draw in resampled_clouds(clouds)]
    resampled = [joining.tree(draw) for draw in resampled_distances]
    choice = choose_number(tree, resampled)
    if choice.num_groups == 1:
        return one, None, choice.why_one
    labels = joining.all_labels(tree.labels[choice.num_groups], distances)
    others = [
        joining.all_labels(partition(other, choice.num_groups), draw)
        for other, draw in zip(resampled, resampled_distances, strict=True)
    ]
    return labels, share_kept(labels, others), ""


def _in_order_of_type(
    labels: Labels, profiles: Sequence[InteractionProfile], clouds: Array
) -> tuple[Labels, list[InteractionType]]:
    """Labels renumbered by type (in the order of TYPES), larger groups first, and the type of each group."""
    groups = range(labels.max() + 1)
    types = {group: _dominant_type(np.flatnonzero(labels == group), profiles, clouds) for group in groups}
    rank = {kind: position for position, kind in enumerate((*TYPES, "undetermined"))}
    order = sorted(groups, key=lambda group: (rank[types[group]], -int((labels == group).sum()), group))
    renumbered = np.array([order.index(group) for group in groups])
    return renumbered[labels], [types[group] for group in order]


def _dominant_type(members: Labels, profiles: Sequence[InteractionProfile], clouds: Array) -> InteractionType:
    """The type that most members with a type have; among equals the one with the larger mean share."""
    counts = Counter(profiles[task].type for task in members if profiles[task].type != "undetermined")
    if not counts:
        return "undetermined"
    means = clouds[members].mean(axis=(0, 1))
    return max((kind for kind in TYPES if kind in counts), key=lambda kind: (counts[kind], means[TYPES.index(kind)]))


def _heaviest_first(weights: Array, home: int, names: Sequence[str]) -> dict[str, float]:
    """The groups a task has weight in, its own first (`Grouping.group_of` takes the first of the heaviest)."""
    groups = sorted(np.flatnonzero(weights).tolist(), key=lambda group: (group != home, -weights[group]))
    return {names[group]: float(weights[group]) for group in groups}
