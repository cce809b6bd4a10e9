"""`tune` in mintune.yaml: how adapters are trained, on what budget, and what is looked at meanwhile."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from mintune.config.base import MERGED_BY, TINY, Settings, read_budget

TINY_LEARNING_RATE = 1e-2
LEARNING_RATE = 2e-4

ADDED_TO_TUNE = frozenset({"interaction", "start", "budget", "floor", "ceiling", "rate_search", "validation"})
"""Fields of `tune` that are younger than run folders in use, and off by default."""


class RateSearchSettings(Settings):
    """Choosing each strategy's learning rate by trials on validation loss, with the same rates and budget for all."""

    rates: tuple[float, ...] | None = None
    """The peak learning rates that are tried, whatever an adapter's rank; off: a third of the one that `learning_rate`
    is by default at its rank, itself, and three times it."""
    share: float = Field(0.1, gt=0, le=1)
    """For what share of the budget each rate is tried; it comes on top of the budget."""

    @field_validator("rates")
    @classmethod
    def _several_rates(cls, rates: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if rates is not None and (len(set(rates)) < 2 or len(set(rates)) < len(rates) or min(rates) <= 0):
            raise ValueError(f"expected two rates or more, each once and greater than 0; got {list(rates)}")
        return None if rates is None else tuple(sorted(rates))


class ValidationSettings(Settings):
    """Looking at validation examples while an adapter is trained, to keep its best state (docs/watching.md)."""

    steps: int = Field(50, ge=1)
    """Optimiser steps between two validations; one comes before the first step, and one after the last."""
    examples: int = Field(64, ge=1)
    """At most so many validation examples a task, drawn by the seed and the same each time."""
    keep: Literal["best_loss", "best_metric", "last"] = "best_loss"
    """Which state of a group's adapter is kept: the one with the smallest loss, or with the best metric (normalised by
    chance), in the mean over its tasks; `last`: the last one, and validation only tells."""
    patience: int | None = Field(None, ge=1)
    """A group's training stops after so many validations in a row that were no better than the best; off: it never
    stops early."""

    @model_validator(mode="after")
    def _patience_knows_what_is_best(self) -> Self:
        if self.patience is not None and self.keep == "last":
            raise ValueError(
                "patience waits for a better state, and keep: last chooses none; leave patience out, or set keep to "
                "best_loss or best_metric"
            )
        return self


class TuneSettings(Settings):
    """How adapters are trained. A budget is the same for every strategy."""

    rank: int = Field(8, ge=1)
    """LoRA rank of one adapter where there are as many groups as `interaction` makes; other strategies get the
    rank that makes the total of trainable parameters equal."""
    epochs: float = Field(3, gt=0)
    """Passes over the training examples, trunk and branches together."""
    budget: str | None = None
    """In place of `epochs`, what is spent on each strategy: examples (`5000`) or time (`90s`, `10m`, `2h`), which is
    told as examples by this machine's speed when it is first needed (docs/tune.md)."""
    trunk: float = Field(0.5, ge=0, le=1)
    """Share of the budget spent on one adapter for all tasks, which each group then continues from; 0 is none."""
    objective: Literal["mean", "pcgrad", "cagrad", "mgda", "upgrad", "famo", "uncertainty", "group_dro"] = "mean"
    """How the gradients of a batch's tasks become one step (docs/objectives.md)."""
    interaction: float = Field(0.0, ge=0, le=1)
    """The share of examples that are shown a second time, otherwise, where the profile says that the answer then stays
    or goes (docs/objectives.md). Goes with any objective; steps take as much longer."""
    mixture: Literal["proportional", "temperature", "unimax", "uniform", "merge_search"] = "proportional"
    """How a group's budget is shared among its tasks; `merge_search` costs more than a budget more (docs/tune.md)."""
    floor: float | dict[str, float] | None = None
    """The least share of the budget that a task gets, whatever the mixture: one number for all tasks, or a mapping by
    task; off: none."""
    ceiling: float | dict[str, float] | None = None
    """The largest share of the budget that a task gets, in the same way; off: none."""
    learning_rate: float | None = Field(None, gt=0)
    """Peak learning rate of AdamW for adapters of `rank`; others get it times the root of (`rank` / their own).
    Off: 1e-2 where the backbone is the small `mintune/tiny`, else 2e-4, which suits models of billions of weights."""
    rate_search: RateSearchSettings | None = None
    """Choose each strategy's learning rate by trials, instead of `learning_rate`; off: no trials."""
    batch_size: int = Field(32, ge=1)
    """Examples an optimiser step."""
    start: Path | None = None
    """A folder with a PEFT LoRA adapter of the same backbone from which training begins; off: a fresh adapter."""
    checkpoint_steps: int = Field(50, ge=1)
    """Optimiser steps between two checkpoints: at most so many are lost in a crash."""
    validation: ValidationSettings | None = None
    """Look at validation examples while training, keep the best state, stop early; off: the last state is kept."""
    trackers: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = ()
    """Where losses, metrics, learning rate and gradient lengths are sent while an adapter is trained; none: only to
    Parquet files beside it."""

    @field_validator("budget", mode="before")
    @classmethod
    def _examples_or_time(cls, budget: object) -> object:
        if isinstance(budget, int) and not isinstance(budget, bool):
            budget = str(budget)
        if isinstance(budget, str):
            read_budget(budget)
        return budget

    @field_validator("floor", "ceiling", mode="before")
    @classmethod
    def _shares(cls, bound: object) -> object:
        given = bound if isinstance(bound, dict) else {} if bound is None else {None: bound}
        for task, share in given.items():
            if not isinstance(share, int | float) or isinstance(share, bool) or not 0 < share <= 1:
                of_task = "" if task is None else f" for {task}"
                raise ValueError(
                    "expected a share greater than 0 and of at most 1, or a mapping of tasks to such; "
                    f"got {share!r}{of_task}"
                )
        return bound

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.budget is not None and "epochs" in self.model_fields_set:
            raise ValueError("epochs and budget are both given, and both say how long to train; leave one of them out")
        return self

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if self.rate_search is not None and self.learning_rate is not None:
            raise ValueError("learning_rate and rate_search are both given; leave one of them out")
        return self

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        if self.mixture == "merge_search" and self.start is not None:
            raise ValueError("mixture: merge_search begins with fresh adapters; leave start out or name another")
        if self.mixture == "merge_search" and self.trunk == 1:
            raise ValueError("trunk: 1 leaves nothing to train on a searched mixture; give less or name another")
        return self

    def searches_mixtures(self, strategy: str) -> bool:
        """Whether a strategy's mixtures are searched: not where each adapter is trained on one task."""
        return self.mixture == "merge_search" and strategy != "single" and strategy not in MERGED_BY

    def unwatched(self) -> Self:
        """The same without looking at validation examples meanwhile, and without trackers."""
        return self.model_copy(update={"validation": None, "trackers": ()})

    @property
    def mixture_by_sizes(self) -> str:
        """The mixture that goes by numbers of examples alone: itself, or the one that a search has to beat."""
        return "proportional" if self.mixture == "merge_search" else self.mixture

    @property
    def seconds(self) -> float | None:
        """The budget of time; None where it is one of examples or epochs."""
        return None if self.budget is None else read_budget(self.budget)[1]

    def with_examples(self, examples: int) -> Self:
        """The same with a budget of so many examples."""
        return self.model_copy(update={"budget": str(examples)})

    def rate_for(self, backbone: str, rank: int | None = None) -> float:
        """The peak learning rate on a backbone of this name: a narrow model learns at a higher rate than a wide one.

        An adapter of another rank than `rank` gets it times the root of (rank / its own), as it moves the model the
        farther the more columns it has: one rate for all ranks would make a comparison of strategies one of rates.
        """
        usual = TINY_LEARNING_RATE if backbone == TINY else LEARNING_RATE
        rate = usual if self.learning_rate is None else self.learning_rate
        return rate if rank is None else rate * math.sqrt(self.rank / rank)

    def rates_for(self, backbone: str, rank: int | None = None) -> tuple[float, ...]:
        """The peak learning rates that are tried on a backbone of this name, lowest first; one where none is chosen.

        Rates that the settings name are tried as they are, whatever the adapter's rank.
        """
        usual = self.rate_for(backbone, rank)
        if self.rate_search is None:
            return (usual,)
        return self.rate_search.rates or (usual / 3, usual, usual * 3)

    def at_rate(self, rate: float, rank: int) -> Self:
        """The same for adapters of this rank at a given peak learning rate."""
        return self.model_copy(update={"learning_rate": rate, "rank": rank, "rate_search": None})

    def deciding(self, *without: str) -> dict[str, Any]:
        """What decides the adapters, as plain values for digests, but for the fields `without`.

        A field of ADDED_TO_TUNE that is off is left out, so adapters made before there was such a field stay fresh.
        """
        found = self.model_dump(mode="json", exclude={"checkpoint_steps", "trackers", *without})
        fields = type(self).model_fields
        return {key: value for key, value in found.items() if key not in ADDED_TO_TUNE or value != fields[key].default}
