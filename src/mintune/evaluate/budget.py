"""Equal budgets: the same trainable parameters in total under every strategy.

A LoRA adapter's parameters are its rank times a constant of the model, so k adapters of rank r equal one of rank k r.
The reference is `interaction` (or, where it is not among the strategies, the first one) at the configured rank; another
strategy with k_s groups gets rank r k / k_s, rounded, and at least 1. What rounding leaves over is in `excess` and
belongs beside any comparison. Examples and optimiser steps are equal by construction of `tune`; joules and seconds are
not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mintune.records import Grouping

REFERENCE = "interaction"


class RankBudget(Record):
    """The rank of each adapter of a strategy.

    `excess` is total_rank / wanted_rank - 1: 0.25 is 25 % more trainable parameters than the reference.
    """

    strategy: str
    num_groups: int
    rank: int
    total_rank: int
    wanted_rank: int
    excess: float


def rank_budgets(groupings: Mapping[str, Grouping], base_rank: int) -> dict[str, RankBudget]:
    """The budget of each strategy, by name."""
    reference = groupings.get(REFERENCE) or next(iter(groupings.values()))
    wanted = base_rank * len(reference.groups)
    budgets = {}
    for strategy, grouping in groupings.items():
        num_groups = len(grouping.groups)
        rank = max(1, round(wanted / num_groups))
        budgets[strategy] = RankBudget(
            strategy=strategy,
            num_groups=num_groups,
            rank=rank,
            total_rank=rank * num_groups,
            wanted_rank=wanted,
            excess=rank * num_groups / wanted - 1,
        )
    return budgets


def ranks(groupings: Mapping[str, Grouping], base_rank: int) -> dict[str, int]:
    """The rank of each adapter under each strategy, by name."""
    return {strategy: budget.rank for strategy, budget in rank_budgets(groupings, base_rank).items()}
