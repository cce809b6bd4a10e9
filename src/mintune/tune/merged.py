"""Merged baselines: one adapter a task is trained as under `single`, and all are merged into one of the rank of `all`.

The parts are the branches of `single`, so where that strategy is tuned too nothing is trained for the merge, and its
cost is told all the same: that of all its parts. How the merge was made stands in `merged.json` beside the adapter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.records import Cost, Group, Grouping
from mintune.run import digest, write_text
from mintune.tune.budget import Budget, budget_of
from mintune.tune.card import fresh_card
from mintune.tune.checkpoint import State, Tally
from mintune.tune.job import Job, cost_of
from mintune.tune.loop import Lesson, Progress, of_whole
from mintune.tune.rows import look
from mintune.tune.shares import shares_of
from mintune.tune.stage import Branch, check_settings, learn_branch, parts_of, place_of, plan_branches, plan_trunk

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.records import AdapterCard

HOW = "merged.json"


@dataclass(frozen=True)
class Merging:
    """What is planned for a merged adapter: who trains its parts, of what rank, and the digest of all it hangs on."""

    group: Group
    job: Job
    trunk: Lesson | None
    branches: list[Branch]
    method: str
    rank: int
    inputs: str


def tune_merged(job: Job, grouping: Grouping, *, folder: Path, progress: Progress | None = None) -> list[AdapterCard]:
    """Merge one adapter a task into one of the job's rank for the one group of the grouping, in `folder/<group>`.

    Returns its card. Trunk and branches lie beside `folder`, as for `tune_grouping`, and errors are the same.
    """
    budget = budget_of(job.suite, job.settings)
    check_settings(job.suite, job.settings, job.judge)
    merging = plan_merging(job, grouping, budget)
    place = folder / merging.group.name
    if (card := fresh_card(place, merging.inputs)) is not None:
        return [card]
    look(job.backbone, job.suite.tasks)
    start, states = _learn(merging, budget, folder, progress)
    weights = _merge(merging, start, states, place)
    cost = sum((cost_of(state.tally) for state in states), cost_of(start.tally) if start else Cost())
    sizes = {task: len(job.suite[task].train) for task in merging.group.tasks}
    mixture = job.mixture(merging.group.name, shares_of(sizes, job.settings))
    parts = parts_of(merging.branches, merging.trunk, folder)
    trained = replace(job, settings=job.settings.at_rate(merging.job.rate, job.rank))
    return [trained.save(place, weights, grouping.strategy, mixture, merging.inputs, cost, parts=parts)]


def plan_merging(job: Job, grouping: Grouping, budget: Budget) -> Merging:
    """What merging will train and make; `job` has the rank of the merged adapter. Errors as `plan_branches`.

    The parts share that rank as the adapters of `single` do: so many times less, rounded, and at least 1.
    """
    from mintune.models.merging import VERSION

    (group,) = grouping.groups
    singles = Grouping(
        strategy="single",
        groups=tuple(Group(name=task, type=None, tasks=(task,)) for task in group.tasks),
        membership={task: {task: 1.0} for task in group.tasks},
    )
    parts = replace(job, rank=max(1, round(job.rank / len(group.tasks))))
    trunk = plan_trunk(parts, budget)
    branches = plan_branches(parts, singles, budget, trunk)
    method = MERGED_BY[grouping.strategy]
    inputs = digest("merged", VERSION, method, job.rank, group, [branch.inputs for branch in branches])
    return Merging(group, parts, trunk, branches, method, job.rank, inputs)


def _learn(
    merging: Merging, budget: Budget, folder: Path, progress: Progress | None
) -> tuple[State | None, list[State]]:
    """Where the trunk ends, if there is one, and where each part does."""
    start, done = None, 0
    if merging.trunk is not None:
        place = place_of(folder, "trunk", merging.trunk)
        start = merging.job.learn(merging.trunk, place, None, of_whole(progress, done, budget.steps))
        done += merging.trunk.sampler.budget.steps
    states = []
    for branch in merging.branches:
        counted = of_whole(progress, done, budget.steps)
        states.append(learn_branch(merging.job, branch, start, folder, counted))
        done += branch.lesson.sampler.budget.steps
    return start, states


def _merge(merging: Merging, start: State | None, states: list[State], place: Path) -> State:
    """The merged weights, with nothing of training; how they were made is written beside them."""
    from mintune.models.merging import merge

    shares = {branch.group.name: 1 / len(states) for branch in merging.branches}
    merged = merge(
        [state.weights for state in states],
        list(shares.values()),
        method=merging.method,
        rank=merging.rank,
        seed=merging.job.seed,
        start=start.weights if start else None,
    )
    how = {"method": merging.method, "shares": shares, "rank_of_parts": merging.job.rank, "kept": merged.kept}
    write_text(place / HOW, json.dumps(how, indent=1) + "\n")
    return State(merged.weights, {}, {}, Tally())
