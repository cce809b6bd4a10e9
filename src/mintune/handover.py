"""Hand the groups of a run to another tool, which then tunes or serves them (docs/export.md). Reads, trains nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune import jobs, preflight
from mintune.errors import ConfigError, RunError
from mintune.pipeline import REFERENCE, cards_of, made_before, ranks
from mintune.records import Grouping
from mintune.way import group_inputs, group_name

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.way import Way


SERVING = "vllm"
"""The target that serves adapters which are there, where the others tune them."""


def export(way: Way, target: str, folder: Path) -> list[Path]:
    """The groups of the configured strategy for another tool, by what the run folder has already.

    ConfigError where the target is unknown or cannot do what is set, or there is no data or backbone; RunError where
    profiles or groups are missing, or the adapters that are to be served; TrainingError where a mixture's budget has
    fewer steps than groups.
    """
    from mintune.config import TINY
    from mintune.export.parcel import Parcel
    from mintune.export.stage import export_groups
    from mintune.models.backbone import TINY_WEIGHTS
    from mintune.tune.budget import budget_of, split_branches
    from mintune.tune.shares import shares_in_groups

    preflight.check_data(way)
    if way.config.tune.start is not None and target != SERVING:
        raise ConfigError(
            f"tune.start: {way.config.tune.start}: an export begins with fresh adapters; leave the key out to export, "
            "and name the adapter in the other tool's own settings"
        )
    settings, strategy, seed = way.config.tune, way.config.group.strategy, way.config.seed
    grouping, reference = (
        made_before(way, group_name(way, name, seed), group_inputs(way, name, seed), Grouping, "group")
        for name in (strategy, REFERENCE)
    )
    rank = ranks(way, {strategy: grouping}, reference)[strategy]
    rate = settings.rate_for(way.config.backbone, rank)
    epochs = settings.epochs if settings.budget is None else passes(way)
    searched = jobs.found(way, grouping, seed=seed, rank=rank)
    if searched is None:
        keys = {"tune.rate_search": settings.rate_search, "tune.mixture": settings.mixture == "merge_search"}
        wanted = ", ".join(key for key, is_searched in keys.items() if is_searched)
        raise ConfigError(f"{wanted}: not searched yet; run `mintune tune` first, or give a rate or mixture by name")
    if target == SERVING and None in cards_of(way, grouping, seed=seed, rank=rank):
        raise RunError(
            f"{way.run / 'tune' / strategy}: holds no adapters of these settings and data; run `mintune tune` first, "
            "with the same -c and --run"
        )
    if searched.rate is not None:
        rate = searched.rate.chosen
    sizes = {task.name: len(task.train) for task in way.suite.tasks}
    parts = shares_in_groups(sizes, grouping.groups, settings)
    totals = {name: sum(part.values()) for name, part in parts.items()}
    shares = {name: {task: share / totals[name] for task, share in part.items()} for name, part in parts.items()}
    taken = {search.group: search.shares for search in searched.mixtures if search.is_taken}
    has_bounds = settings.floor is not None or settings.ceiling is not None
    is_proportional = settings.mixture_by_sizes == "proportional" and not has_bounds and not taken
    steps = {}
    if not is_proportional and target != SERVING:
        steps = {name: part.steps for name, part in split_branches(budget_of(way.suite, way.tuning), totals).items()}
    parcel = Parcel(
        suite=way.suite,
        groups=grouping.groups,
        shares=shares | taken,
        is_proportional=is_proportional,
        base=str(TINY_WEIGHTS) if way.config.backbone == TINY else way.config.backbone,
        rank=rank,
        epochs=epochs,
        steps=steps,
        learning_rate=rate,
        batch_size=settings.batch_size,
        seed=seed,
        adapters=way.run / "tune" / strategy,
    )
    return export_groups(parcel, target, folder)


def passes(way: Way) -> float:
    """The budget as passes over all training examples. ConfigError where it is time not told as examples yet."""
    from mintune.tune.budget import budget_of

    if way.tuning.seconds is not None:
        raise ConfigError(
            f"tune.budget: {way.config.tune.budget} is time, and no tuning here has told it as examples yet; give "
            "examples to export, or run `mintune tune` first"
        )
    return budget_of(way.suite, way.tuning).examples / sum(len(task.train) for task in way.suite.tasks)
