"""Strategy `delta`: the published one. Tasks are points on a line, at MINT's score, and near points learn together.

delta is near 2 for redundancy, near 1 for uniqueness and near 0 for synergy; the distance of two tasks is
|delta(A) - delta(B)|. The number of groups is chosen by the same rule as for `interaction` (`selection.py`), since the
paper gives it by hand. One number cannot tell image-unique from text-unique, nor a task that is half redundant and half
synergistic from a unique one, and chance agreement draws everything towards 1 (docs/group.md).

Resamples take delta as normal within its interval. Source: arXiv 2506.02308, section 3.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from mintune.errors import EstimationError
from mintune.group.clustering import cluster
from mintune.group.problem import Placed, numbered, whole_grouping
from mintune.group.selection import choose_number, partition
from mintune.group.stability import NUM_RESAMPLES, share_kept
from mintune.records import Reason

if TYPE_CHECKING:
    from mintune.group.clustering import Labels, Tree
    from mintune.group.distance import Array
    from mintune.group.problem import Problem
    from mintune.records import Grouping, InteractionProfile, InteractionType

SYNERGY_BELOW, REDUNDANCY_ABOVE = 0.5, 1.5


def group_by_delta(problem: Problem) -> Grouping:
    """Cluster tasks by the distance of their deltas. EstimationError where a profile has no finite delta."""
    profiles = problem.profiles()
    deltas = np.array([profile.delta.value for profile in profiles])
    absent = [profile.task for profile in profiles if not np.isfinite(profile.delta.value)]
    if absent:
        raise EstimationError(
            f"delta is not known for {', '.join(absent)}; profile them with views image, text and both"
        )
    tree = _tree(deltas, problem)
    quantile = NormalDist().inv_cdf((1 + problem.table.confidence) / 2)
    errors = np.array([(profile.delta.high - profile.delta.low) / (2 * quantile) for profile in profiles])
    resampled = [_tree(draw, problem) for draw in _resampled(deltas, errors)]
    choice = choose_number(tree, resampled)
    labels = tree.labels[choice.num_groups]
    kept = share_kept(labels, [partition(other, choice.num_groups) for other in resampled])

    middles = np.array([deltas[labels == group].mean() for group in range(choice.num_groups)])
    order = np.argsort(-middles, kind="stable")
    names = dict(zip(order.tolist(), numbered([_name(middles[group]) for group in order]), strict=True))
    groups = [
        Placed(names[group], _type(middles[group]), frozenset(np.array(problem.names)[labels == group].tolist()))
        for group in order.tolist()
    ]
    reasons = {profile.task: _reason(index, profile, labels, middles, names) for index, profile in enumerate(profiles)}
    grouping = whole_grouping(problem, "delta", groups, reasons)
    if choice.num_groups == 1:
        return grouping
    stability = dict(zip(problem.names, map(float, kept), strict=True))
    return grouping.model_copy(update={"stability": {task: stability[task] for task in grouping.membership}})


def _tree(deltas: Array, problem: Problem) -> Tree:
    index = {name: position for position, name in enumerate(problem.names)}
    linked = [[index[name] for name in tasks] for tasks in problem.constraints.linked]
    apart = [(index[first], index[second]) for first, second in problem.constraints.apart]
    return cluster(np.abs(deltas[:, None] - deltas[None, :]), linked, apart)


def _resampled(deltas: Array, errors: Array) -> Array:
    """Deltas as other examples would have given them, (NUM_RESAMPLES, num_tasks), from their standard errors."""
    return np.random.default_rng(0).normal(deltas, np.nan_to_num(errors), size=(NUM_RESAMPLES, len(deltas)))


def _reason(index: int, profile: InteractionProfile, labels: Labels, middles: Array, names: dict[int, str]) -> Reason:
    """The task's delta and how much nearer its own group's mean is than the next one's."""
    facts: dict[str, float | str | list[str]] = {
        "delta": profile.delta.value,
        "delta_low": profile.delta.low,
        "delta_high": profile.delta.high,
        "group_delta": float(middles[labels[index]]),
    }
    others = [group for group in names if group != labels[index]]
    if others:
        distance = np.abs(middles - profile.delta.value)
        nearest = min(others, key=lambda group: (float(distance[group]), names[group]))
        facts["nearest_group"] = names[nearest]
        facts["margin"] = float(distance[nearest] - distance[labels[index]])
    return Reason(code="delta", facts=facts)


def _name(delta: float) -> str:
    """How the paper reads a delta."""
    return _type(delta) or "uniqueness"


def _type(delta: float) -> InteractionType | None:
    """None between the cuts: delta cannot tell which modality is unique."""
    if delta > REDUNDANCY_ABOVE:
        return "redundancy"
    return "synergy" if delta < SYNERGY_BELOW else None
