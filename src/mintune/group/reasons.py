"""Why a task is in its group under `interaction`, as facts that `explain` puts into words.

Codes and their facts (all shares are of what is known, except `share*`, which are of all examples as in the profile):

- `shares`: `type`, `share`, `share_low`, `share_high`, `confidence`, `num_examples`, `companions`.
- `undetermined`: the same without share, for a task placed by its distribution of shares alone.
- `one_group`: with `because` = one_task | all_undetermined | one_determined | too_near | unstable | linked.

Where there are several groups, each also has `nearest_group` (the nearest other), `distance` (mean distance to its
companions), `margin` (how much farther the nearest other group lies; negative where the task is at the border),
`stability`, and the smallest change that would move it: `would_move_to`, `if_type`, `rose_by`. Constraints add
`linked_with` and `kept_from`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mintune.group.distance import energy_distances
from mintune.records import TYPES, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.group.clustering import Labels
    from mintune.group.distance import Array
    from mintune.group.problem import Problem
    from mintune.records import InteractionProfile

Facts = dict[str, float | str | list[str]]

NUM_HALVINGS = 7
"""Steps of the search for the smallest change: it is found to 1/128 of the way."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the placements were decided on. `stability` is None and `why_one` not empty where there is one group."""

    problem: Problem
    profiles: Sequence[InteractionProfile]
    clouds: Array
    spreads: Array
    labels: Labels
    names: Sequence[str]
    stability: Array | None
    why_one: str

    def distances_to_groups(self, task: int, cloud: Array) -> Array:
        """Mean distance to the other tasks of each group, (num_groups,), were this the task's cloud; 0 where none."""
        members = np.eye(len(self.names))[self.labels]
        members[task] = 0
        distances = energy_distances(cloud[None], self.clouds, self.spreads)[0]
        return np.asarray(distances @ members / np.maximum(members.sum(axis=0), 1))


def reasons_of(evidence: Evidence) -> dict[str, Reason]:
    """A reason for each task, by name."""
    return {profile.task: _reason(evidence, task, profile) for task, profile in enumerate(evidence.profiles)}


def _reason(evidence: Evidence, task: int, profile: InteractionProfile) -> Reason:
    facts: Facts = {"type": profile.type, "confidence": profile.confidence, "num_examples": float(profile.num_examples)}
    if profile.type != "undetermined":
        share = getattr(profile, profile.type)
        facts |= {"share": share.value, "share_low": share.low, "share_high": share.high}
    facts |= _constraints(evidence, profile.task)
    if evidence.why_one:
        return Reason(code="one_group", facts=facts | {"because": evidence.why_one})
    facts["companions"] = [
        other.task
        for index, other in enumerate(evidence.profiles)
        if index != task and evidence.labels[index] == evidence.labels[task]
    ]
    facts |= _placement(evidence, task) | _smallest_move(evidence, task)
    return Reason(code="undetermined" if profile.type == "undetermined" else "shares", facts=facts)


def _constraints(evidence: Evidence, name: str) -> Facts:
    constraints = evidence.problem.constraints
    named: dict[str, list[str]] = {
        "linked_with": constraints.linked_with(name),
        "kept_from": constraints.kept_from(name),
    }
    return {key: tasks for key, tasks in named.items() if tasks}


def _placement(evidence: Evidence, task: int) -> Facts:
    """How near its own group and the nearest other are, and whether that holds."""
    distances = evidence.distances_to_groups(task, evidence.clouds[task])
    home = int(evidence.labels[task])
    nearest = min(
        (group for group in range(len(distances)) if group != home), key=lambda group: float(distances[group])
    )
    facts: Facts = {
        "nearest_group": evidence.names[nearest],
        "distance": float(distances[home]),
        "margin": float(distances[nearest] - distances[home]),
    }
    if evidence.stability is not None:
        facts["stability"] = float(evidence.stability[task])
    return facts


def _smallest_move(evidence: Evidence, task: int) -> Facts:
    """The smallest rise of one share, at the cost of all others in proportion, after which another group is nearer.

    Found by halving, so among several crossings any may be found. Empty for a task that a constraint names, that is
    nearer to another group as it is, or that is alone in its group, where nearness to companions has no meaning.
    """
    cloud, home = evidence.clouds[task], int(evidence.labels[task])
    is_bound = evidence.problem.names[task] in evidence.problem.constraints.tasks
    is_alone = np.count_nonzero(evidence.labels == home) == 1
    if is_bound or is_alone or evidence.distances_to_groups(task, cloud).argmin() != home:
        return {}
    moves = []
    for kind, corner in zip(TYPES, np.eye(len(TYPES)), strict=True):
        low, high = 0.0, 1.0
        if evidence.distances_to_groups(task, np.broadcast_to(corner, cloud.shape)).argmin() == home:
            continue
        for _ in range(NUM_HALVINGS):
            middle = (low + high) / 2
            stays = evidence.distances_to_groups(task, cloud + middle * (corner - cloud)).argmin() == home
            low, high = (middle, high) if stays else (low, middle)
        to = int(evidence.distances_to_groups(task, cloud + high * (corner - cloud)).argmin())
        rise = high * (1 - float(cloud.mean(axis=0)[TYPES.index(kind)]))
        moves.append((rise, kind, evidence.names[to]))
    if not moves:
        return {}
    rise, kind, to_group = min(moves)
    return {"would_move_to": to_group, "if_type": kind, "rose_by": rise}
