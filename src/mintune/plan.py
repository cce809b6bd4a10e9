"""What a run will ask and train, and about how long that takes here, said before it starts.

The work is counted from the configuration; the speed is measured on a few of the run's own examples, some seconds long.
It is an estimate: what is cached already costs nothing, and identical questions are asked once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.inquiry import is_answered
from mintune.progress import number_of
from mintune.records import HIDDEN_VIEWS, VIEWS, Grouping
from mintune.speed import examples_in, speeds
from mintune.way import group_inputs, group_name, planned_runs

if TYPE_CHECKING:
    from mintune.config import TuneSettings
    from mintune.records import Suite
    from mintune.way import Way


PASSES = 3
"""A training example takes about as long as so many forward passes."""


@dataclass(frozen=True, slots=True)
class Rates:
    """The peak learning rate, or those that are tried where it is chosen, by trials of so many training examples.

    They are of adapters of this `rank` (`TuneSettings.rate_for`); None: of all.
    """

    tried: tuple[float, ...]
    num_trying: int
    rank: int | None

    @property
    def words(self) -> str:
        """As it stands in a plan's sentence."""
        rates = ", ".join(f"{rate:g}" for rate in self.tried) + (f" at rank {self.rank}" if self.rank else "")
        if not self.num_trying:
            return f"with a peak learning rate of {rates}"
        trials = f"by trials of {self.num_trying:,} of these examples"
        return f"with a peak learning rate chosen from {rates} {trials}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Answers a model will give, training examples it will be shown (repeats counted), and seconds that may take.

    Examples that `tune.interaction` shows a second time are counted as if all profiles summed to one, and answers for
    `tune.validation` as if all groups were validated as often as one group of all tasks. The examples of trials and of
    short adapters are among `num_training`. Nothing is counted where all is done.
    """

    num_tasks: int
    num_answers: int
    num_training: int
    num_strategies: int
    rates: Rates
    seconds: float
    is_done: bool = False

    @property
    def sentence(self) -> str:
        """The plan in words."""
        if self.is_done:
            return "all of this is done: nothing is asked or trained"
        return (
            f"{number_of(self.num_tasks, 'task')}, up to {self.num_answers:,} answers and "
            f"{self.num_training:,} training examples under {number_of(self.num_strategies, 'tuning')} "
            f"{self.rates.words}: {minutes(self.seconds)} on this machine"
        )


@dataclass(frozen=True, slots=True)
class TunePlan:
    """What tuning the configured strategy will train, counted as in `Plan`, and about how long that takes here.

    `num_groups` is None until tasks are grouped. `profiling` is what comes first where there is no profile yet; its
    work is not counted in the other figures. Nothing is counted where the adapters are there.
    """

    num_tasks: int
    num_groups: int | None
    num_steps: int
    num_training: int
    num_answers: int
    num_again: int
    rates: Rates
    seconds: float
    profiling: ProfilePlan | None = None
    is_done: bool = False

    @property
    def sentence(self) -> str:
        """The plan in words."""
        if self.is_done:
            return "the adapters are there, nothing will be trained"
        groups = "" if self.num_groups is None else f" in {number_of(self.num_groups, 'group')}"
        again = f" ({self.num_again:,} of them shown a second time)" if self.num_again else ""
        validation = f" and up to {self.num_answers:,} answers for validation" if self.num_answers else ""
        said = (
            f"{number_of(self.num_tasks, 'task')}{groups}, {self.num_training:,} training examples{again} in "
            f"{number_of(self.num_steps, 'step')} {self.rates.words}{validation}: "
            f"{minutes(self.seconds)} on this machine"
        )
        return said if self.profiling is None else f"to profile: {self.profiling.sentence}\nto tune: {said}"


def minutes(seconds: float) -> str:
    """A time in words."""
    return f"about {max(1, round(seconds / 60))} min"


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """What profiling will ask at most, and about how long that takes on this machine; nothing where answers are there.

    Under `profile.rounds` it is less: a task stops when its type is settled. `num_training` counts the examples that
    view adapters are shown, should the backbone need them. `seconds` is None where others than the backbone are asked:
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
            there = "predictions" if self.answered_by == "predictions" else f"answers of the {self.answered_by}"
            return f"{number_of(self.num_tasks, 'task')}: the {there} are there, nothing will be asked"
        most = "at most " if self.in_rounds else ""
        views = f"{len(VIEWS)} views" + (f", hidden in {self.num_hidings} ways" if self.num_hidings > 1 else "")
        return (
            f"{number_of(self.num_tasks, 'task')}, {most}{self.num_examples:,} examples under {views}: "
            f"up to {self.num_answers:,} answers and {self.num_training:,} training examples, {self._time(most)}"
        )

    def _time(self, most: str) -> str:
        if self.seconds is None:
            return "as fast as the server answers" if self.answered_by == "server" else "by probes, some seconds a task"
        return f"{most}{minutes(self.seconds)} on this machine"


def plan_profile(way: Way) -> ProfilePlan:
    """Count the work of profiling alone, and measure this machine's speed at it. Loads suite and backbone."""
    is_there = is_answered(way)
    examples, answers, again, training = (0, 0, 0, 0) if is_there else _profile_work(way)
    per_answer, per_training = speeds(way) if way.asks_backbone and not is_there else (0.0, 0.0)
    return ProfilePlan(
        answered_by=_answered_by(way),
        num_tasks=len(way.suite.tasks),
        num_examples=examples,
        num_answers=answers + again,
        num_training=training,
        in_rounds=way.config.profile.rounds is not None,
        seconds=0.0 if is_there else _seconds(way, answers * per_answer, again * per_answer + training * per_training),
        num_hidings=len(way.config.profile.hidings),
    )


def _seconds(way: Way, asking: float, others: float) -> float | None:
    """Seconds of asking, within the budget if there is one, and of what no budget holds; None where others answer."""
    if not way.asks_backbone:
        return None
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


@dataclass(frozen=True, slots=True)
class _Tuning:
    """The work of tuning one strategy: steps, examples shown, losses of trials and searches, answers for validation.

    `num_trying` of the examples are for trials of learning rates, `num_again` are shown a second time.
    """

    num_steps: int
    num_shown: int
    num_judged: int
    num_validated: int
    num_trying: int
    num_again: int

    def seconds(self, per_answer: float, per_training: float) -> float:
        """What answers, training and losses alone take."""
        losses = (self.num_judged + self.num_validated) / PASSES
        return self.num_validated * per_answer + (self.num_shown + losses) * per_training


def _rates(way: Way, num_trying: int) -> Rates:
    tuning = way.config.tune
    is_given = tuning.rate_search is not None and tuning.rate_search.rates is not None
    return Rates(tuning.rates_for(way.config.backbone), num_trying, None if is_given else tuning.rank)


def _tuning_work(way: Way, strategy: str, per_training: float) -> _Tuning:
    """Count it; where the budget is time, by seconds a training example.

    A search of mixtures is counted as if every group had several tasks, but for `single` and what is merged of it.
    """
    from mintune.tune.budget import budget_of
    from mintune.tune.merge_search import MEASURED, MOST_EXAMPLES, SCALES
    from mintune.tune.rates import MOST_VALIDATION, trial_budget
    from mintune.tune.searching import searching_budget

    suite, tuning = way.suite, way.tuning
    if tuning.seconds is not None:
        tuning = tuning.with_examples(examples_in(tuning.seconds, per_training * (1 + tuning.interaction)))
    trying, judged, num_rates = 0, 0, len(tuning.rates_for(way.config.backbone))
    if tuning.rate_search is not None:
        trying = trial_budget(suite, tuning).examples * num_rates
        judged = sum(min(MOST_VALIDATION, len(task.validation)) for task in suite.tasks) * num_rates
    searching = 0
    if tuning.searches_mixtures(strategy):
        searching = searching_budget(suite, tuning).examples
        asked = sum(min(MOST_EXAMPLES, len(task.validation)) for task in suite.tasks)
        judged += (MEASURED + len(SCALES)) * asked
    budget = budget_of(suite, tuning)
    shown = budget.examples + trying + searching
    again = round(shown * tuning.interaction)
    return _Tuning(
        num_steps=budget.steps,
        num_shown=shown + again,
        num_judged=judged,
        num_validated=_num_validated(suite, tuning),
        num_trying=trying,
        num_again=again,
    )


def plan(way: Way, *, is_done: bool = False) -> Plan:
    """Count the work of all five stages and measure this machine's speed at it. Loads suite and backbone.

    Nothing is counted where all `is_done`.
    """
    tasks, runs = way.suite.tasks, planned_runs(way)
    if is_done:
        return Plan(len(tasks), 0, 0, len(runs), _rates(way, 0), 0.0, is_done=True)
    is_asked = way.asks_backbone and not is_answered(way)
    _, asked, again, adapting = _profile_work(way) if is_asked else (0, 0, 0, 0)
    testing = sum(len(task.test) for task in tasks) * (1 + len(runs))
    # What is merged is trained as `single` is, once for both.
    trained = sorted({("single" if strategy in MERGED_BY else strategy, seed) for strategy, seed in runs})
    per_answer, per_training = speeds(way)
    works = [_tuning_work(way, strategy, per_training) for strategy, _ in trained]
    asking, shown = asked + again + testing, sum(work.num_shown for work in works) + adapting
    tuning = sum(work.seconds(per_answer, per_training) for work in works)
    return Plan(
        num_tasks=len(tasks),
        num_answers=asking + sum(work.num_validated for work in works),
        num_training=shown,
        num_strategies=len(runs),
        rates=_rates(way, sum(work.num_trying for work in works)),
        seconds=asking * per_answer + adapting * per_training + tuning,
    )


def plan_tune(way: Way, *, is_done: bool = False) -> TunePlan:
    """Count the work of tuning the configured strategy, and measure this machine's speed at it.

    Loads suite and backbone. Nothing is counted where the adapters are there (`is_done`).
    """
    strategy, seed, num_tasks = way.config.group.strategy, way.config.seed, len(way.suite.tasks)
    name = group_name(way, strategy, seed)
    is_grouped = way.run.is_fresh(name, group_inputs(way, strategy, seed))
    num_groups = len(way.run.read_record(name, Grouping).groups) if is_grouped else None
    if is_done:
        return TunePlan(num_tasks, num_groups, 0, 0, 0, 0, _rates(way, 0), 0.0, is_done=True)
    profiling = None if is_grouped or is_answered(way) else plan_profile(way)
    per_answer, per_training = speeds(way)
    work = _tuning_work(way, strategy, per_training)
    return TunePlan(
        num_tasks=num_tasks,
        num_groups=num_groups,
        num_steps=work.num_steps,
        num_training=work.num_shown,
        num_answers=work.num_validated,
        num_again=work.num_again,
        rates=_rates(way, work.num_trying),
        seconds=work.seconds(per_answer, per_training),
        profiling=profiling,
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
