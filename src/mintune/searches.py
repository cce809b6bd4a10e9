"""What is searched before a grouping is tuned, where the configuration asks for it: the learning rate, then mixtures.

Each search is kept as a file in the strategy's folder and made once; that of mixtures goes by the rate that was chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune import preflight
from mintune.config import MERGED_BY
from mintune.preflight import Searched
from mintune.progress import number_of, percent
from mintune.way import label

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.records import Grouping, MixtureSearches, RateSearch
    from mintune.way import Way


def found(way: Way, grouping: Grouping, *, seed: int, rank: int) -> Searched | None:
    """What was searched for a grouping's adapters of this rank; None where a search that is asked for is not done."""
    from mintune.tune.rates import saved_search, search_inputs
    from mintune.tune.searching import saved_searches, searches_inputs

    folder, done = _folder(way, grouping, seed), Searched()
    if way.tuning.rate_search is not None:
        rate = saved_search(folder, search_inputs(preflight.job_of(way, seed=seed, rank=rank), grouping))
        if rate is None:
            return None
        done = Searched(rate)
    if _deals_tasks(way, grouping):
        job = preflight.job_of(way, seed=seed, rank=rank, searched=done)
        mixtures = saved_searches(folder, searches_inputs(job, grouping))
        return None if mixtures is None else Searched(done.rate, mixtures)
    return done


def search(way: Way, grouping: Grouping, *, seed: int, rank: int) -> Searched:
    """Search what the configuration asks for: `tune/<strategy>/rate.json` and `mixtures.json`."""
    done = Searched()
    if way.tuning.rate_search is not None:
        done = Searched(_choose_rate(way, grouping, seed=seed, rank=rank))
    if _deals_tasks(way, grouping):
        done = Searched(done.rate, _choose_mixtures(way, grouping, done, seed=seed, rank=rank))
    return done


def _choose_rate(way: Way, grouping: Grouping, *, seed: int, rank: int) -> RateSearch:
    from mintune.tune.rates import search_rate

    name, rates = label(way, grouping.strategy, seed), way.tuning.rates_for(way.backbone.name, rank)
    with way.watch.track(f"trying {len(rates)} learning rates, {name}") as advance:
        job = preflight.job_of(way, seed=seed, rank=rank)
        chosen = search_rate(job, grouping, folder=_folder(way, grouping, seed), progress=percent(advance))
    at_the_edge = " (at the edge of what was tried: a wider search may find a better)"
    edge = at_the_edge if chosen.chosen in (rates[0], rates[-1]) else ""
    way.watch.say(f"{name}: learning rate {chosen.chosen:g} has the least validation loss{edge}")
    return chosen


def _choose_mixtures(way: Way, grouping: Grouping, done: Searched, *, seed: int, rank: int) -> MixtureSearches:
    from mintune.tune.readme import sentence_of_search
    from mintune.tune.searching import search_mixtures

    name = label(way, grouping.strategy, seed)
    groups = number_of(sum(len(group.tasks) > 1 for group in grouping.groups), "group")
    with way.watch.track(f"searching mixtures, {name}, {groups}") as advance:
        job = preflight.job_of(way, seed=seed, rank=rank, searched=done)
        chosen = search_mixtures(job, grouping, folder=_folder(way, grouping, seed), progress=percent(advance))
    for one in chosen.groups:
        way.watch.say(f"{name}, group {one.group}: {sentence_of_search(one)}")
    return chosen


def _folder(way: Way, grouping: Grouping, seed: int) -> Path:
    return way.run / "tune" / label(way, grouping.strategy, seed)


def _deals_tasks(way: Way, grouping: Grouping) -> bool:
    """Whether mixtures are to be searched, and a group has more than one task that is trained on in one adapter."""
    is_asked = way.tuning.mixture == "merge_search" and grouping.strategy not in MERGED_BY
    return is_asked and any(len(group.tasks) > 1 for group in grouping.groups)
