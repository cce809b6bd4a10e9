"""Strategy `random`: groups of the same sizes as `interaction` makes, filled by lot.

It tells what grouping by interaction adds beyond having several adapters. One draw says little: use several seeds.
Constraints do not bind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mintune.group.interaction import group_by_interaction
from mintune.group.problem import Placed, whole_grouping
from mintune.records import Reason

if TYPE_CHECKING:
    from mintune.group.problem import Problem
    from mintune.records import Grouping


def group_at_random(problem: Problem) -> Grouping:
    """One draw, decided by the problem's seed."""
    sizes = [len(group.tasks) for group in group_by_interaction(problem).groups]
    shuffled = np.random.default_rng(problem.seed).permutation(problem.names)
    parts = np.split(shuffled, np.cumsum(sizes)[:-1])
    groups = [Placed(f"random-{number}", None, frozenset(map(str, part))) for number, part in enumerate(parts, start=1)]
    reason = Reason(code="random", facts={"seed": float(problem.seed)})
    return whole_grouping(problem, "random", groups, dict.fromkeys(problem.names, reason))
