"""The mixtures of a strategy's groups, searched by merges of short adapters (`merge_search.py`), one search a group.

A group keeps its part of the budget, and its tasks their floors and ceilings; the search says how the part is dealt
among them. It goes by the mixture that was found where validation examples that nothing was fitted to say that it is
better for sure, and otherwise stays with the one to beat. Test examples are not read. Short adapters and merges lie
beside the folders of the strategies, so strategies of one rank that have a group in common search it once; they come on
top of the budget.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mintune.errors import TrainingError
from mintune.progress import number_of
from mintune.records import MixtureSearch, MixtureSearches
from mintune.run import RunFolder, digest, read_fresh
from mintune.tune.budget import Budget, budget_of
from mintune.tune.loop import Progress, of_whole
from mintune.tune.merge_search import MEASURED, SCALES, Exam, Quest, length_of, lessons_of, search_mixture
from mintune.tune.rows import look
from mintune.tune.shares import bounds_of, shares_in_groups

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
    floors, ceilings = bounds_of(sizes, job.settings)
    whole, quests = budget_of(job.suite, job.settings), []
    for name, part in shares_in_groups(sizes, grouping.groups, job.settings).items():
        share = sum(part.values())
        if len(part) > 1:
            quests.append(
                Quest(
                    group=name,
                    before={task: value / share for task, value in part.items()},
                    least={task: floors[task] / share for task in part},
                    most={task: ceilings[task] / share for task in part},
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
    return read_fresh(folder, MIXTURES, MixtureSearches, inputs)


def search_mixtures(job: Job, grouping: Grouping, *, folder: Path, progress: Progress | None = None) -> MixtureSearches:
    """Search the mixture of every group and write the outcome into the strategy's `folder`; one that is there is taken.

    Errors as `searches_inputs`.
    """
    inputs = searches_inputs(job, grouping)
    if (found := saved_searches(folder, inputs)) is not None:
        return found
    look(job.backbone, job.suite.tasks)
    plain, quests = _plain(job), quests_of(job, grouping)
    whole, done = sum(map(length_of, quests)), 0
    searches: list[MixtureSearch] = []
    for quest in quests:
        told = of_whole(progress, done, whole)
        place = folder.parent / SEARCHES
        searches.append(search_mixture(plain, quest, folder=place, confidence=CONFIDENCE, progress=told)[0])
        done += length_of(quest)
    found = MixtureSearches(groups=tuple(searches))
    RunFolder(folder).write_record(MIXTURES, found, job.origin(inputs))
    return found


def _plain(job: Job) -> Job:
    """The same job without looking at validation examples while short adapters are trained."""
    return replace(job, settings=job.settings.unwatched())


def _part(whole: Budget, share: float) -> Budget:
    """Budget of the short adapters of a group with this share of the whole."""
    steps = max(1, round(SHARE * share * whole.steps))
    return Budget(max(steps, round(SHARE * share * whole.examples)), steps)
