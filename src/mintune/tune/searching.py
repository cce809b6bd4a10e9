"""The mixtures of a strategy's groups, searched by merges of short adapters (`merge_search.py`), one search a group.

A group keeps its part of the budget, and its tasks their floors and ceilings; the search says how the part is dealt
among them. It goes by the mixture that was found where validation examples that nothing was fitted to say that it is
better for sure, and otherwise stays with the one to beat. Test examples are not read. Short adapters and merges lie
beside the folders of the strategies, so strategies of one rank that have a group in common search it once; they come on
top of the budget, for every strategy alike.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mintune.errors import RunError, TrainingError
from mintune.progress import number_of
from mintune.records import MixtureSearch, MixtureSearches
from mintune.run import RunFolder, digest, provenance
from mintune.tune.budget import Budget, budget_of
from mintune.tune.examining import check_examples
from mintune.tune.loop import Progress, of_whole
from mintune.tune.merge_search import MEASURED, SCALES, Exam, Quest, lessons_of, search_mixture
from mintune.tune.rows import look
from mintune.tune.shares import bounds_of, shares_of

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.config import TuneSettings
    from mintune.records import Grouping, Suite
    from mintune.tune.job import Job

VERSION = 1
"""Raised when the same short adapters and merges would lead to another mixture."""

SHARE = 0.5
"""Share of a group's tuning budget that its short adapters are trained for together: a dozen tasks at the default
budget have eight steps each."""

MIXTURES = "mixtures.json"
"""The searches' outcome in a strategy's folder."""

SEARCHES = "searches"
"""The folder of short adapters and merges beside those of the strategies; may be deleted."""

CONFIDENCE = 0.95
"""Of the interval of a gain that decides whether a mixture is taken."""


def searching_budget(suite: Suite, settings: TuneSettings) -> Budget:
    """What one strategy's short adapters are trained for at most, where all of its groups have two tasks or more."""
    return _part(budget_of(suite, settings), 1.0)


def quests_of(job: Job, grouping: Grouping) -> list[Quest]:
    """What is searched for each group of two tasks or more: the settings' mixture is that to beat, within the group."""
    sizes = {task.name: len(task.train) for task in job.suite.tasks}
    mixture, whole = shares_of(sizes, job.settings), budget_of(job.suite, job.settings)
    floors, ceilings = bounds_of(sizes, job.settings)
    quests = []
    for group in grouping.groups:
        # In the order of the suite, so that strategies with this group in common ask alike.
        tasks = [task for task in sizes if task in group.tasks]
        share = sum(mixture[task] for task in tasks)
        if len(tasks) > 1:
            quests.append(
                Quest(
                    group=group.name,
                    before={task: mixture[task] / share for task in tasks},
                    least={task: floors[task] / share for task in tasks},
                    most={task: ceilings[task] / share for task in tasks},
                    budget=_part(whole, share),
                )
            )
    return quests


def searches_inputs(job: Job, grouping: Grouping) -> str:
    """The digest of all searches.

    TrainingError where a group's short adapters have fewer steps than tasks; DataError as `Exam`.
    """
    from mintune.models.merging import VERSION as MERGING

    plain, asked = _plain(job), []
    for quest in quests_of(job, grouping):
        exam = Exam(plain, [job.suite[task] for task in quest.before])
        try:
            parts = [lesson.inputs for lesson in lessons_of(plain, quest).values()]
        except TrainingError as error:
            raise TrainingError(
                f"tune.mixture: merge_search trains a short adapter for each of the {len(quest.before)} tasks of group "
                f"{quest.group}, and {SHARE:g} of its budget has {number_of(quest.budget.steps, 'step')}; raise "
                "tune.epochs (tune.budget), or lower tune.batch_size"
            ) from error
        asked.append((quest.group, quest.before, quest.least, quest.most, parts, exam.inputs))
    return digest("searches of mixtures", VERSION, MERGING, MEASURED, SCALES, CONFIDENCE, asked)


def saved_searches(folder: Path, inputs: str) -> MixtureSearches | None:
    """The outcome in a strategy's folder of exactly these searches, or None."""
    if not (folder / MIXTURES).exists():
        return None
    run = RunFolder(folder)
    try:
        return run.read_record(MIXTURES, MixtureSearches) if run.is_fresh(MIXTURES, inputs) else None
    except RunError:
        return None


def search_mixtures(job: Job, grouping: Grouping, *, folder: Path, progress: Progress | None = None) -> MixtureSearches:
    """Search the mixture of every group and write the outcome into the strategy's `folder`; one that is there is taken.

    ConfigError where a task has no validation example; errors as `searches_inputs`.
    """
    check_examples(job.suite, "tune.mixture")
    inputs = searches_inputs(job, grouping)
    if (found := saved_searches(folder, inputs)) is not None:
        return found
    look(job.backbone, job.suite.tasks)
    plain, quests = _plain(job), quests_of(job, grouping)
    steps, done = sum(quest.budget.steps for quest in quests), 0
    searches: list[MixtureSearch] = []
    for quest in quests:
        told = of_whole(progress, done, steps)
        place = folder.parent / SEARCHES
        searches.append(search_mixture(plain, quest, folder=place, confidence=CONFIDENCE, progress=told)[0])
        done += quest.budget.steps
    found = MixtureSearches(groups=tuple(searches))
    data = {task.name: task.fingerprint for task in job.suite.tasks}
    base = f"{job.backbone.name} {job.backbone.fingerprint}"
    origin = provenance("tune", inputs, config=job.settings, seed=job.seed, data=data, backbone=base)
    RunFolder(folder).write_record(MIXTURES, found, origin)
    return found


def _plain(job: Job) -> Job:
    """The same job without looking at validation examples while short adapters are trained."""
    return replace(job, settings=job.settings.model_copy(update={"validation": None, "trackers": ()}))


def _part(whole: Budget, share: float) -> Budget:
    """Budget of the short adapters of a group with this share of the whole."""
    steps = max(1, round(SHARE * share * whole.steps))
    return Budget(max(steps, round(SHARE * share * whole.examples)), steps)
