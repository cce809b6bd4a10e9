"""The learning rate of a strategy, chosen by short trials on validation loss: the same rates and budget for every one.

A rate that suits one grouping may not suit another, and a comparison at one rate for all is then one of rates. So each
strategy is tuned in full, trunk and branches, at each rate for a share of the budget, and the rate with the least
validation loss is taken: the mean over tasks, each answered by the adapter of its group. Test examples are not read.
Trials are tunings like any other, so they go on where they were interrupted, and strategies share what is alike.

Short trials favour rates that are somewhat too high for a long training; that bias is the same for every strategy.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mintune.errors import DivergedError, TrainingError
from mintune.records import Cost, RateSearch, RateTrial
from mintune.run import RunFolder, digest, read_fresh
from mintune.tune.budget import Budget, budget_for, budget_of
from mintune.tune.examining import check_examples, drawn, mean_loss
from mintune.tune.loop import Progress, of_whole
from mintune.tune.rows import Rows, look
from mintune.tune.stage import plan_branches, plan_trunk, tune_grouping

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mintune.config import TuneSettings
    from mintune.models.backbone import Backbone
    from mintune.records import Grouping, Suite, Task
    from mintune.tune.job import Job

VERSION = 1
"""Raised when the same trials would choose otherwise."""

MOST_VALIDATION = 100
"""Validation examples a task on which a trial is judged, at most; drawn by seed."""

RATE = "rate.json"
"""The search's outcome in a strategy's folder."""

TRIALS = "rates"
"""The folder of all trials beside those of the strategies; may be deleted."""

JUDGED = "judged"
"""Name of the adapter on the base whose validation loss is taken."""


def trial_budget(suite: Suite, settings: TuneSettings) -> Budget:
    """What one rate is tried for: the configured share of the budget's examples."""
    assert settings.rate_search is not None
    share = settings.rate_search.share
    return budget_for(max(1, round(share * budget_of(suite, settings).examples)), settings)


def search_inputs(job: Job, grouping: Grouping) -> str:
    """The digest of all trials. TrainingError where a trial has fewer steps than there are groups."""
    budget, planned = trial_budget(job.suite, job.settings), []
    for rate in job.settings.rates_for(job.backbone.name, job.rank):
        trial = _trial(job, rate)
        try:
            branches = plan_branches(trial, grouping, budget, plan_trunk(trial, budget))
        except TrainingError as error:
            reason = f"a trial is too short: {error}, or raise tune.rate_search.share"
            raise TrainingError(f"tune.rate_search: {reason}") from error
        planned.append([(branch.group.tasks, branch.lesson.inputs) for branch in branches])
    return digest("rates", VERSION, MOST_VALIDATION, planned)


def saved_search(folder: Path, inputs: str) -> RateSearch | None:
    """The outcome in a strategy's folder of exactly these trials, or None."""
    return read_fresh(folder, RATE, RateSearch, inputs)


def _trial(job: Job, rate: float) -> Job:
    """The same job at one rate, without looking at validation examples meanwhile."""
    return replace(job, settings=job.settings.at_rate(rate, job.rank).unwatched())


def search_rate(job: Job, grouping: Grouping, *, folder: Path, progress: Progress | None = None) -> RateSearch:
    """Try every rate of the settings and write the outcome into the strategy's `folder`; one that is there is taken.

    A rate at which training diverges is out; TrainingError where all do. Of rates alike the lower is taken.
    """
    backbone, suite, settings = job.backbone, job.suite, job.settings
    inputs = search_inputs(job, grouping)
    if (found := saved_search(folder, inputs)) is not None:
        return found
    check_examples(suite, "tune.rate_search")
    judged_on = [drawn(task, MOST_VALIDATION, job.seed) for task in suite.tasks]
    look(backbone, judged_on)
    budget, rates = trial_budget(suite, settings), settings.rates_for(backbone.name, job.rank)
    trials, cost = [], Cost()
    for number, rate in enumerate(rates):
        place = folder.parent / TRIALS / f"{folder.name}-{rate:g}"
        told = of_whole(progress, number * budget.steps, len(rates) * budget.steps)
        try:
            cards = tune_grouping(_trial(job, rate), grouping, folder=place, budget=budget, progress=told)
        except DivergedError:
            trials.append(RateTrial(learning_rate=rate, validation_loss=None))
            continue
        cost += sum((card.cost for card in cards), Cost())
        losses = {
            task: loss
            for card in cards
            for task, loss in validation_losses(
                backbone, [task for task in judged_on if task.name in card.tasks], place / card.folder, settings
            ).items()
        }
        trials.append(RateTrial(learning_rate=rate, validation_loss=sum(losses.values()) / len(losses)))
    search = RateSearch(chosen=_best(trials), trials=tuple(trials), examples=budget.examples, cost=cost)
    RunFolder(folder).write_record(RATE, search, job.origin(inputs))
    return search


def validation_losses(
    backbone: Backbone, tasks: Sequence[Task], folder: Path, settings: TuneSettings
) -> dict[str, float]:
    """The mean loss in nats an answer token of all training examples of these tasks under the adapter in `folder`."""
    from mintune.models.adapters import loaded

    rows = Rows(backbone, tasks)
    with loaded(backbone, folder, JUDGED):
        return {task.name: mean_loss(backbone, rows, task, settings.batch_size) for task in tasks}


def _best(trials: Sequence[RateTrial]) -> float:
    """The rate with the least validation loss. TrainingError where training diverged at every one."""
    losses = {trial.learning_rate: trial.validation_loss for trial in trials if trial.validation_loss is not None}
    if not losses:
        rates = ", ".join(f"{trial.learning_rate:g}" for trial in trials)
        raise TrainingError(f"tune.rate_search: training diverged at every rate ({rates}); give lower ones")
    return min(sorted(losses), key=lambda rate: losses[rate])
