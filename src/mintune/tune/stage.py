"""Tune one adapter for each group of a grouping, all over one loaded base, within one budget.

    trunk: one adapter for all tasks, for a share of the budget ──> a copy for each group, trained on its tasks alone

Trunk and branches lie under the digest of what decides their weights, and no strategy or group is named in it. So
strategies of the same rank share the trunk, and groups of the same tasks, budget and rank share their branch; cards
are each strategy's own. What is finished is not trained again, and what was interrupted goes on from its last
checkpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mintune.errors import ConfigError, DataError
from mintune.records import Cost, Mixture
from mintune.run import digest
from mintune.tune.budget import Budget, apportion, budget_of, split_branches, split_trunk
from mintune.tune.card import fresh_card
from mintune.tune.checkpoint import State, save_state
from mintune.tune.examining import check_examples
from mintune.tune.job import Job, cost_of
from mintune.tune.loop import Lesson, Progress, of_whole
from mintune.tune.rows import look
from mintune.tune.sampler import Sampler
from mintune.tune.shares import shares_in_groups, shares_of
from mintune.tune.trackers import check_installed

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.config import TuneSettings
    from mintune.records import AdapterCard, Group, Grouping, Suite
    from mintune.tune.examining import Judge
    from mintune.tune.history import Parts


def tune_grouping(
    job: Job,
    grouping: Grouping,
    *,
    folder: Path,
    budget: Budget | None = None,
    progress: Progress | None = None,
) -> list[AdapterCard]:
    """Train an adapter for each group into `folder/<group>`; returns their cards in the order of the groups.

    Trunks and branches lie beside `folder`, in `trunk-<digest>` and `branch-<digest>`. `budget` is what both spend
    together, by default that of `budget_of`, the same for every grouping of the suite. `progress` hears of steps done
    and in all. A card's folder is relative to `folder`; its cost is of its branch and its share of the trunk, as if
    every strategy had trained its own. ConfigError as `check_settings`.
    DataError where the grouping names a task that the suite has not; TrainingError where training diverges or the
    budget has fewer steps than there are groups.
    """
    budget = budget or budget_of(job.suite, job.settings)
    check_settings(job.suite, job.settings, job.judge)
    trunk = plan_trunk(job, budget)
    branches = plan_branches(job, grouping, budget, trunk)
    cards = [fresh_card(folder / branch.group.name, branch.inputs) for branch in branches]
    if all(card is not None for card in cards):
        return [card for card in cards if card is not None]
    look(job.backbone, job.suite.tasks)
    start, done = None, 0
    if trunk is not None:
        start = job.learn(trunk, place_of(folder, "trunk", trunk), None, of_whole(progress, done, budget.steps))
        done += trunk.sampler.budget.steps
    costs = share_cost(start, {branch.group.name: branch.share for branch in branches})
    found = []
    for branch, card in zip(branches, cards, strict=True):
        counted = of_whole(progress, done, budget.steps)
        found.append(card or grow(job, branch, trunk, start, costs[branch.group.name], folder, counted))
        done += branch.lesson.sampler.budget.steps
    return found


def check_settings(suite: Suite, settings: TuneSettings, judge: Judge | None) -> None:
    """ConfigError where validation lacks examples or somebody to score answers, or a tracker its package."""
    check_installed(settings.trackers)
    if settings.validation is not None:
        check_examples(suite, "tune.validation")
        if settings.validation.keep == "best_metric" and judge is None:
            raise ConfigError(
                "tune.validation.keep: best_metric goes by scored answers, and no `judge` is given that scores them"
            )


@dataclass(frozen=True)
class Branch:
    """What is planned for one group: its lesson, its mixture, and its share of trunk and budget.

    `inputs` is the digest of its card, in which strategy and group are named, unlike in that of the lesson.
    """

    strategy: str
    group: Group
    mixture: Mixture
    lesson: Lesson
    inputs: str
    share: float


def plan_trunk(job: Job, budget: Budget) -> Lesson | None:
    """The lesson on all tasks that every grouping begins with, or None where `settings.trunk` leaves it no step."""
    part, rest = split_trunk(budget, job.settings.trunk)
    if part.steps == 0:
        return None
    sizes = {task.name: len(task.train) for task in job.suite.tasks}
    sampler = Sampler(sizes, shares_of(sizes, job.settings), part, seed=job.seed)
    inputs = job.inputs("trunk", part.examples, part.steps, rest.examples, rest.steps)
    return Lesson("trunk", inputs, sampler, 0.0, part.steps / budget.steps)


def plan_branches(job: Job, grouping: Grouping, budget: Budget, trunk: Lesson | None) -> list[Branch]:
    """The lesson of each group; DataError where one names a task that the suite has not.

    A group's share of the budget is that of its tasks in the mixture over all tasks, so a task is trained on equally
    often whatever its company, but where a search of the group's mixture says otherwise. A task that spans types trains
    in its own group alone, and there in full: what it gave to other groups by its weight in them, no other strategy's
    tasks would have to give.
    """
    sizes = {task.name: len(task.train) for task in job.suite.tasks}
    grouped = dict.fromkeys(task for group in grouping.groups for task in group.tasks)
    unknown = [task for task in grouped if task not in sizes]
    if unknown or not all(group.tasks for group in grouping.groups):
        raise DataError(
            f"grouping {grouping.strategy}: "
            + (f"no task named {unknown[0]} in the suite" if unknown else "a group without tasks cannot be tuned")
        )
    parts = shares_in_groups(sizes, grouping.groups, job.settings)
    shares = {name: sum(part.values()) for name, part in parts.items()}
    _, rest = split_trunk(budget, job.settings.trunk)
    budgets = split_branches(rest, shares)
    return [
        _plan_branch(job, grouping, group, parts[group.name], budgets[group.name], trunk) for group in grouping.groups
    ]


def _plan_branch(
    job: Job, grouping: Grouping, group: Group, part: dict[str, float], budget: Budget, trunk: Lesson | None
) -> Branch:
    sizes = {task: len(job.suite[task].train) for task in part}
    share = sum(part.values())
    mixture = job.mixture(group.name, {task: value / share for task, value in part.items()})
    starts = trunk.sampler.used() if trunk else {}
    sampler = Sampler(sizes, mixture.shares, budget, seed=job.seed, starts=starts)
    begins = trunk.ends if trunk else 0.0
    before = trunk.inputs if trunk else None
    inputs = job.inputs("branch", mixture.shares, budget.examples, budget.steps, begins, before)
    lesson = Lesson(f"group {group.name}", inputs, sampler, begins)
    chosen_by: tuple[object, ...] = (job.trials,) if job.trials else ()
    if (search := job.search_of(group.name)) is not None:
        chosen_by = (*chosen_by, search.model_dump(mode="json", exclude={"cost"}))
    card_inputs = digest(inputs, grouping.strategy, group, mixture, *chosen_by)
    return Branch(grouping.strategy, group, mixture, lesson, card_inputs, share)


def grow(
    job: Job,
    branch: Branch,
    trunk: Lesson | None,
    start: State | None,
    trunk_cost: Cost,
    folder: Path,
    progress: Progress | None,
) -> AdapterCard:
    """Train one group from where the trunk ended (None: a fresh adapter) and save adapter and card.

    Both lie in the strategy's folder. A branch that another strategy trained is taken as it is.
    """
    state = learn_branch(job, branch, start, folder, progress)
    cost = cost_of(state.tally) + trunk_cost
    parts = parts_of([branch], trunk, folder)
    return job.save(
        folder / branch.group.name, state, branch.strategy, branch.mixture, branch.inputs, cost, parts=parts
    )


def learn_branch(job: Job, branch: Branch, start: State | None, folder: Path, progress: Progress | None) -> State:
    """Where one group's training ends that goes on from the trunk's end, trained if no strategy has yet."""
    place = place_of(folder, "branch", branch.lesson)
    state = job.learn(branch.lesson, place, _branching(start), progress, may_choose=True)
    if state.first:  # nobody goes on from a branch, so its moments need not be kept
        save_state(place, replace(state, first={}, second={}), branch.lesson.inputs)
    return state


def parts_of(branches: Sequence[Branch], trunk: Lesson | None, folder: Path) -> Parts:
    """The stretches that lead to an adapter of these branches, for what each step saw."""
    begun = [] if trunk is None else [("trunk", place_of(folder, "trunk", trunk))]
    return [*begun, *(("branch", place_of(folder, "branch", branch.lesson)) for branch in branches)]


def place_of(folder: Path, kind: str, lesson: Lesson) -> Path:
    """Where a lesson's checkpoint lies: beside the folders of the strategies, under the digest of what decides it."""
    return folder.parent / f"{kind}-{lesson.inputs[:12]}"


def share_cost(state: State | None, shares: Mapping[str, float]) -> dict[str, Cost]:
    """What each group owes for the trunk, by its share; counts are whole and sum to the trunk's."""
    cost = cost_of(state.tally) if state else Cost()
    counts = (cost.examples, cost.tokens, cost.steps, cost.truncated)
    examples, tokens, steps, truncated = (apportion(count, shares) for count in counts)
    whole = sum(shares.values())
    return {
        name: Cost(
            seconds=cost.seconds * share / whole,
            examples=examples[name],
            tokens=tokens[name],
            steps=steps[name],
            truncated=truncated[name],
        )
        for name, share in shares.items()
    }


def _branching(trunk: State | None) -> State | None:
    """A copy of the trunk from which a branch counts anew; optimiser moments and running losses go on."""
    import torch

    if trunk is None:
        return None
    threads = torch.get_num_threads()
    fresh = replace(trunk.tally, step=0, examples=0, tokens=0, truncated=0, seconds=0.0, threads=threads)
    return replace(trunk, tally=fresh)
