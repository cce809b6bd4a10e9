"""What all settings share: their base, names of tasks and strategies, the built-in backbone, how budgets are read."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from mintune.names import NAME_LENGTH, NAME_PATTERN

TINY = "mintune/tiny"
NO_BACKBONE = "none"
SECONDS_IN = {"s": 1, "m": 60, "h": 3600}

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=NAME_LENGTH)]
Strategy = Literal["interaction", "delta", "all", "single", "random", "domain"]
Merged = Literal["merge_linear", "merge_ties", "merge_dare"]
Compared = Literal[Strategy, Merged]

MERGED_BY: dict[str, str] = {"merge_linear": "linear", "merge_ties": "ties", "merge_dare": "dare"}
"""Baselines whose one adapter for all tasks is merged of one a task, and the method of merging (docs/evaluate.md)."""


def read_budget(text: str) -> tuple[int | None, float | None]:
    """Examples or seconds, the other None, from `2000`, `90s`, `10m` or `2h`. ValueError where it is neither."""
    found = re.fullmatch(r"(\d+)([smh]?)", text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text!r} is no budget; expected examples (2000) or time (90s, 10m, 2h)")
    number, unit = int(found[1]), found[2]
    return (None, float(number * SECONDS_IN[unit])) if unit else (number, None)


class Settings(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
