"""Equal budgets: the same trainable parameters in total under every strategy.

A LoRA adapter's parameters are its rank times a constant of the model, so k adapters of rank r equal one of rank k r.
The reference is `interaction` (or, where it is not among the strategies, the first one) at the configured rank; another
strategy with k_s groups gets rank r k / k_s, rounded, and at least 1. What rounding leaves over shows in the parameters
of each strategy, which the report puts beside any comparison. The peak learning rate goes by the rank
(`TuneSettings.rate_for`). Examples and optimiser steps are equal by construction of `tune`; joules and seconds are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mintune.records import Grouping

REFERENCE = "interaction"


def ranks(groupings: Mapping[str, Grouping], base_rank: int) -> dict[str, int]:
    """The rank of each adapter under each strategy, by name."""
    reference = groupings.get(REFERENCE) or next(iter(groupings.values()))
    wanted = base_rank * len(reference.groups)
    return {strategy: max(1, round(wanted / len(grouping.groups))) for strategy, grouping in groupings.items()}
