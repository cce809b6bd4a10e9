"""What a run will ask and train, and about how long that takes here, said before it starts.

The work is counted from the configuration; the speed is measured on a few of the run's own examples, some seconds long.
It is an estimate: what is cached already costs nothing, and identical questions are asked once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.progress import number_of
from mintune.records import HIDDEN_VIEWS, VIEWS
from mintune.speed import examples_in, speeds
from mintune.way import planned_runs

if TYPE_CHECKING:
    from mintune.config import TuneSettings
    from mintune.records import Suite
    from mintune.way import Way


@dataclass(frozen=True, slots=True)
class Plan:
    """Answers a model will give, training examples it will be shown (repeats counted), and seconds that may take.

    Examples that `tune.interaction` shows a second time are counted as if all profiles summed to one, and answers for
    `tune.validation` as if all groups were validated as often as one group of all tasks.
    `learning_rates` are the peak, which goes by the backbone where the configuration gives none, or those that are
    tried where it is chosen: `num_trying` are the training examples of these trials, among `num_training`.
    """

    num_tasks: int
    num_answers: int
    num_training: int
    num_strategies: int
    learning_rates: tuple[float, ...]
    num_trying: int
    seconds: float

    @property
    def sentence(self) -> str:
        """The plan in words."""
        minutes = max(1, round(self.seconds / 60))
        return (
            f"{number_of(self.num_tasks, 'task')}, up to {self.num_answers:,} answers and "
            f"{self.num_training:,} training examples under {number_of(self.num_strategies, 'tuning')} "
            f"with a peak learning rate {self._rate}: "
            f"about {minutes} min on this machine"
        )

    @property
    def _rate(self) -> str:
        rates = [f"{rate:g}" for rate in self.learning_rates]
        if not self.num_trying:
            return f"of {rates[0]}"
        return f"chosen from {', '.join(rates)} by trials of {self.num_trying:,} of these examples"


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """What profiling will ask at most, and about how long that takes on this machine.

    Under `profile.rounds` it is less: a task stops when its type is settled. `num_training` counts the examples that
    view adapters are shown, should the backbone need them. `seconds` is None where others than the backbone answer:
    `answered_by` is backbone, server, probes or predictions. `num_hidings` counts the ways in which views are hidden.
    """

    answered_by: str
    num_tasks: int
    num_examples: int
    num_answers: int
    num_training: int
    in_rounds: bool
    seconds: float | None
    num_hidings: int = 1

    @property
    def sentence(self) -> str:
        """The plan in words."""
        if not self.num_answers:
            return f"{number_of(self.num_tasks, 'task')}: the predictions are there, nothing will be asked"
        most = "at most " if self.in_rounds else ""
        views = f"{len(VIEWS)} views" + (f", hidden in {self.num_hidings} ways" if self.num_hidings > 1 else "")
        return (
            f"{number_of(self.num_tasks, 'task')}, {most}{self.num_examples:,} examples under {views}: "
            f"up to {self.num_answers:,} answers and {self.num_training:,} training examples, {self._time(most)}"
        )

    def _time(self, most: str) -> str:
        if self.seconds is None:
            return "as fast as the server answers" if self.answered_by == "server" else "by probes, some seconds a task"
        return f"{most}about {max(1, round(self.seconds / 60))} min on this machine"


def plan_profile(way: Way) -> ProfilePlan:
    """Count the work of profiling alone, and measure this machine's speed at it. Loads suite and backbone."""
    examples, answers, again, training = _profile_work(way)
    per_answer, per_training = speeds(way) if way.asks_backbone else (0.0, 0.0)
    return ProfilePlan(
        answered_by=_answered_by(way),
        num_tasks=len(way.suite.tasks),
        num_examples=examples,
        num_answers=answers + again,
        num_training=training,
        in_rounds=way.config.profile.rounds is not None,
        seconds=_seconds(way, answers * per_answer, again * per_answer + training * per_training),
        num_hidings=len(way.config.profile.hidings),
    )


def _seconds(way: Way, asking: float, others: float) -> float | None:
    """Seconds of asking, within the budget if there is one, and of what no budget holds; None where others answer."""
    if not way.asks_backbone:
        return None if way.config.profile.predictions is None else 0.0
    rounds = way.config.profile.rounds
    passes = 2 if way.config.profile.adapt == "auto" else 1
    if rounds is not None and rounds.seconds is not None:
        asking = min(asking, passes * rounds.seconds)
    return asking + others


def _answered_by(way: Way) -> str:
    if way.asks_backbone:
        return "backbone"
    if way.config.is_probed:
        return "probes"
    return "server" if way.config.profile.predictions is None else "predictions"


def _profile_work(way: Way) -> tuple[int, int, int, int]:
    """Examples to profile on, answers under all views, those hidden in other ways, and training examples, all at most.

    Training is that of view adapters. Other ways of hiding are asked once, of who has answered in the end.
    """
    from mintune.profile.asking import num_asked
    from mintune.profile.repeats import most_times_asked

    tasks, settings = way.suite.tasks, way.config.profile
    if settings.predictions is not None:
        return 0, 0, 0, 0
    numbers = [num_asked(task, settings) for task in tasks]
    times = [most_times_asked(task, settings.repeats) for task in tasks]
    examples, put = sum(numbers), sum(a * b for a, b in zip(numbers, times, strict=True))
    if settings.rounds is not None and settings.rounds.examples is not None:
        examples = min(examples, settings.rounds.examples)
        put = min(put, examples * max(times, default=1))
    answers, again = put * len(VIEWS), put * len(HIDDEN_VIEWS) * len(settings.also_hiding)
    if not way.asks_backbone:
        return examples, answers, again, 0
    # Where `adapt` is `auto` the backbone may prove able; the plan takes the dearer case.
    answers *= 2 if settings.adapt == "auto" else 1
    training = sum(len(task.train) for task in tasks) * settings.adapt_epochs if settings.adapt != "never" else 0
    return examples, answers, again, training


def plan(way: Way) -> Plan:
    """Count the work of all five stages and measure this machine's speed at it. Loads suite and backbone."""
    from mintune.tune.budget import budget_of
    from mintune.tune.rates import MOST_VALIDATION, trial_budget

    tasks, settings = way.suite.tasks, way.config
    runs = planned_runs(way)
    _, asked, again, adapting = _profile_work(way) if way.asks_backbone else (0, 0, 0, 0)
    answers = asked + again + sum(len(task.test) for task in tasks) * (1 + len(runs))
    # What is merged is trained as `single` is, once for both.
    trained = {("single" if strategy in MERGED_BY else strategy, seed) for strategy, seed in runs}
    per_answer, per_training = speeds(way)
    tuning = way.tuning
    if tuning.seconds is not None:
        tuning = tuning.with_examples(examples_in(tuning.seconds, per_training * (1 + tuning.interaction)))
    rates, trying, judged = tuning.rates_for(settings.backbone), 0, 0
    if tuning.rate_search is not None:
        trying = trial_budget(way.suite, tuning).examples * len(rates) * len(trained)
        judged = sum(min(MOST_VALIDATION, len(task.validation)) for task in tasks) * len(rates) * len(trained)
    validated = _num_validated(way.suite, tuning) * len(trained)
    tuned = budget_of(way.suite, tuning).examples * len(trained) + trying
    shown = round(tuned * (1 + tuning.interaction)) + adapting
    return Plan(
        num_tasks=len(tasks),
        num_answers=answers + validated,
        num_training=shown,
        num_strategies=len(runs),
        learning_rates=rates,
        num_trying=trying,
        # A loss alone takes less than a step.
        seconds=(answers + validated) * per_answer + (shown + judged + validated) * per_training,
    )


def _num_validated(suite: Suite, settings: TuneSettings) -> int:
    """Validation examples asked while one strategy is tuned, at most: as often as if there were one group."""
    from mintune.tune.budget import budget_of, split_trunk

    if settings.validation is None:
        return 0
    examples = sum(min(settings.validation.examples, len(task.validation)) for task in suite.tasks)
    parts = [part.steps for part in split_trunk(budget_of(suite, settings), settings.trunk) if part.steps]
    # Before the first step, every so many, and after the last.
    return examples * sum(1 + math.ceil(steps / settings.validation.steps) for steps in parts)
