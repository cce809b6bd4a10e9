"""From a run to its tuning jobs: what is searched before, what adapters will be made from, and the job itself.

The learning rate is searched first, then mixtures at that rate, each where the configuration asks for it. A search is
kept as a file in the strategy's folder and made once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.progress import number_of, percent
from mintune.records import MixtureSearch, ProfileTable, RateSearch
from mintune.way import judge, label, profile_inputs, profile_name

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.records import Grouping
    from mintune.tune.job import Job
    from mintune.way import Way


@dataclass(frozen=True, slots=True)
class Searched:
    """What was searched before a grouping is tuned; None and nothing where the configuration asks for no search."""

    rate: RateSearch | None = None
    mixtures: tuple[MixtureSearch, ...] = ()


def found(way: Way, grouping: Grouping, *, seed: int, rank: int) -> Searched | None:
    """What was searched for a grouping's adapters of this rank; None where a search that is asked for is not done."""
    from mintune.tune.rates import saved_search, search_inputs
    from mintune.tune.searching import saved_searches, searches_inputs

    folder, done = _folder(way, grouping, seed), Searched()
    if way.tuning.rate_search is not None:
        rate = saved_search(folder, search_inputs(job_of(way, seed=seed, rank=rank), grouping))
        if rate is None:
            return None
        done = Searched(rate)
    if _deals_tasks(way, grouping):
        job = job_of(way, seed=seed, rank=rank, searched=done)
        mixtures = saved_searches(folder, searches_inputs(job, grouping))
        return None if mixtures is None else replace(done, mixtures=mixtures.groups)
    return done


def search(way: Way, grouping: Grouping, *, seed: int, rank: int) -> Searched:
    """Search what the configuration asks for: `tune/<strategy>/rate.json` and `mixtures.json`."""
    done = Searched()
    if way.tuning.rate_search is not None:
        done = Searched(_choose_rate(way, grouping, seed=seed, rank=rank))
    if _deals_tasks(way, grouping):
        done = replace(done, mixtures=_choose_mixtures(way, grouping, done, seed=seed, rank=rank))
    return done


def plan_tuning(
    way: Way, grouping: Grouping, *, seed: int, rank: int, searched: Searched | None = None
) -> dict[str, str]:
    """Of each group the digest of what its adapter will be made from, by what was searched before.

    TrainingError where the budget has too few steps, or that of a trial or a short adapter; DataError where a task has
    too few validation examples for a search of mixtures.
    """
    from mintune.tune.budget import budget_of
    from mintune.tune.merged import plan_merging
    from mintune.tune.rates import search_inputs
    from mintune.tune.searching import searches_inputs
    from mintune.tune.stage import plan_branches, plan_trunk

    job = job_of(way, seed=seed, rank=rank, searched=searched)
    if job.settings.rate_search is not None:
        search_inputs(job, grouping)
    if searched is None and _deals_tasks(way, grouping):
        searches_inputs(job, grouping)
    budget = budget_of(way.suite, job.settings)
    if grouping.strategy in MERGED_BY:
        merging = plan_merging(job, grouping, budget)
        return {merging.group.name: merging.inputs}
    return {
        branch.group.name: branch.inputs for branch in plan_branches(job, grouping, budget, plan_trunk(job, budget))
    }


def job_of(way: Way, *, seed: int, rank: int, searched: Searched | None = None) -> Job:
    """The job of tuning a grouping at this rank, by what was searched before; of any grouping where nothing was."""
    from mintune.tune.job import make_job

    searched = searched or Searched()
    rate = searched.rate
    job = make_job(
        way.backbone,
        way.suite,
        way.tuning if rate is None else way.tuning.at_rate(rate.chosen, rank),
        seed=seed,
        rank=rank,
        profiled=shares_known(way),
        judge=judge(way),
    )
    return replace(job, trials=rate.trials if rate else (), searches=searched.mixtures)


def shares_known(way: Way) -> dict[str, tuple[float, float, float, float]]:
    """The shares of each task that has been profiled, where tuning goes by them (`tune.interaction`)."""
    name = profile_name(way)
    if way.config.tune.interaction == 0 or not way.run.is_fresh(name, profile_inputs(way)):
        return {}
    return {found.task: found.shares for found in way.run.read_record(name, ProfileTable).profiles}


def _choose_rate(way: Way, grouping: Grouping, *, seed: int, rank: int) -> RateSearch:
    from mintune.tune.rates import search_rate

    name, rates = label(way, grouping.strategy, seed), way.tuning.rates_for(way.backbone.name, rank)
    with way.watch.track(f"trying {len(rates)} learning rates, {name}") as advance:
        job = job_of(way, seed=seed, rank=rank)
        chosen = search_rate(job, grouping, folder=_folder(way, grouping, seed), progress=percent(advance))
    at_the_edge = " (at the edge of what was tried: a wider search may find a better)"
    edge = at_the_edge if chosen.chosen in (rates[0], rates[-1]) else ""
    way.watch.say(f"{name}: learning rate {chosen.chosen:g} has the least validation loss{edge}")
    return chosen


def _choose_mixtures(
    way: Way, grouping: Grouping, done: Searched, *, seed: int, rank: int
) -> tuple[MixtureSearch, ...]:
    from mintune.tune.readme import sentence_of_search
    from mintune.tune.searching import search_mixtures

    name = label(way, grouping.strategy, seed)
    groups = number_of(sum(len(group.tasks) > 1 for group in grouping.groups), "group")
    with way.watch.track(f"searching mixtures, {name}, {groups}") as advance:
        job = job_of(way, seed=seed, rank=rank, searched=done)
        chosen = search_mixtures(job, grouping, folder=_folder(way, grouping, seed), progress=percent(advance)).groups
    for one in chosen:
        way.watch.say(f"{name}, group {one.group}: {sentence_of_search(one)}")
    return chosen


def _folder(way: Way, grouping: Grouping, seed: int) -> Path:
    return way.run / "tune" / label(way, grouping.strategy, seed)


def _deals_tasks(way: Way, grouping: Grouping) -> bool:
    """Whether mixtures are to be searched, and a group has more than one task that is trained on in one adapter."""
    is_asked = way.tuning.searches_mixtures(grouping.strategy)
    return is_asked and any(len(group.tasks) > 1 for group in grouping.groups)
