"""Short adapters that teach a backbone the tasks under every view, so that profiling has something to measure.

A backbone that cannot do a task knows nothing under any view, and nothing can be typed (method.md, section 5). So one
adapter is trained over all tasks, each example under a view drawn anew in each pass. The view `none` is among them: the
adapter then learns each task's prior, which corrects the other views for chance.

An adapter knows the examples it was trained on, whatever view they are shown under, and something of every other
example that shows the same picture, in whatever task. So examples are dealt into two folds, no picture into both, and
each is answered by the adapter that was trained on the other fold. Both train on half as many examples, so together
they cost what one adapter over all examples would.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from mintune.errors import TrainingError
from mintune.records import AdapterCard, Mixture, Suite
from mintune.run import digest
from mintune.tasks.clusters import clusters_of
from mintune.tasks.copies import glances, kept_together_by
from mintune.tasks.outlines import outlines
from mintune.tune.budget import budget_of
from mintune.tune.card import fresh_card
from mintune.tune.checkpoint import discard_state
from mintune.tune.chosen import Chosen
from mintune.tune.job import Job, cost_of
from mintune.tune.loop import Lesson, Progress, of_whole
from mintune.tune.mixtures import MIXTURES
from mintune.tune.rows import Rows, look
from mintune.tune.sampler import Sampler, Slot, generator

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.config import TuneSettings
    from mintune.models.backbone import Backbone
    from mintune.records import Hiding, View

FOLDS = 2

VIEW_SHARES: Mapping[View, float] = {"both": 0.4, "image": 0.25, "text": 0.25, "none": 0.1}
"""How often each view is drawn. `both` is asked most of the model; `none` only has to learn a prior."""

MOST_EXAMPLES = 1000
"""Training examples a task and fold: a profile needs a backbone that can do the task, not one tuned to its limit."""

OBJECTIVE, MIXTURE = "mean", "proportional"
"""What view adapters are trained by, whatever `tune` says: what is tuned with may not change what is measured."""

Part = tuple[str, str]
"""A task and one of its splits."""

HeldOut = dict[str, frozenset[str]]
"""Ids of the train and validation examples of each task that an adapter was not trained on."""


def train_view_adapters(
    backbone: Backbone,
    suite: Suite,
    *,
    epochs: float,
    settings: TuneSettings,
    seed: int,
    folder: Path,
    hiding: Hiding = "drop",
    progress: Progress | None = None,
) -> list[tuple[AdapterCard, HeldOut]]:
    """Train an adapter for each fold into `folder/fold-<n>`; returns each with the examples it may answer.

    Every train and validation example is held out from exactly one adapter, together with all that share a picture with
    it. Rank, batch size and learning rate are those of `settings`. Objective and mixture are `mean` and `proportional`
    whatever the settings, so that what is tuned with does not change what is measured; there is no trunk, no validation
    and no tracker, each begins with a fresh adapter, and nothing stands beside an example.
    TrainingError where a fold has no examples or training diverges.
    """
    off = dict.fromkeys(("start", "budget", "floor", "ceiling", "rate_search", "validation"))
    plain = {"trunk": 0.0, "interaction": 0.0, "trackers": (), "objective": OBJECTIVE, "mixture": MIXTURE, **off}
    settings = settings.model_copy(update={"epochs": epochs, **plain})
    held_out = deal(suite, seed)
    lessons = []
    for fold, held in enumerate(held_out):
        part = _without(suite, held, seed)
        rows = Rows(backbone, part.tasks, view_of=_views(part, seed), hiding=hiding, seed=seed)
        lessons.append(_plan(Job(backbone, part, rows, settings, seed, settings.rank), fold, hiding))
    steps = sum(lesson.sampler.budget.steps for _, lesson, _ in lessons)
    done, cards = 0, []
    for fold, (job, lesson, mixture) in enumerate(lessons):
        place = folder / f"fold-{fold}"
        card = fresh_card(place, lesson.inputs)
        if card is None:
            look(backbone, suite.tasks)
            card = _train_fold(job, lesson, mixture, place, of_whole(progress, done, steps))
        done += lesson.sampler.budget.steps
        cards.append(card)
    return list(zip(cards, held_out, strict=True))


def _plan(job: Job, fold: int, hiding: Hiding) -> tuple[Job, Lesson, Mixture]:
    sizes = {task.name: len(task.train) for task in job.suite.tasks}
    shares = MIXTURES[job.settings.mixture](sizes)
    sampler = Sampler(sizes, shares, budget_of(job.suite, job.settings), seed=job.seed)
    inputs = job.inputs("views", fold, hiding, dict(VIEW_SHARES))
    mixture = Mixture(group=f"fold-{fold}", shares=shares, decided_by=job.settings.mixture)
    return job, Lesson(f"views, fold {fold + 1} of {FOLDS}", inputs, sampler), mixture


def _train_fold(job: Job, lesson: Lesson, mixture: Mixture, folder: Path, progress: Progress | None) -> AdapterCard:
    state = job.learn(lesson, folder, None, progress)
    cost = cost_of(state.tally)
    card = job.save(folder, state, "views", mixture, lesson.inputs, cost, parts=[("views", folder)])
    discard_state(folder)
    return card


def deal(suite: Suite, seed: int) -> list[HeldOut]:
    """Deal the examples of all tasks into folds; those that share a picture, even by way of others, stay together.

    Examples without a picture go with those of the same words. Clusters are dealt in an order drawn by seed, large ones
    first, each to the fold that has less of its tasks so far, training and validation examples counted apart.
    """
    seen = [
        ((task.name, split), glance)
        for task in suite.tasks
        for split, examples in (("train", task.train), ("validation", task.validation))
        for glance in glances(examples)
    ]
    clusters = clusters_of([kept_together_by(glance) for _, glance in seen])
    members: list[list[int]] = [[] for _ in range(max(clusters, default=-1) + 1)]
    for index, cluster in enumerate(clusters):
        members[cluster].append(index)
    sizes = Counter(part for part, _ in seen)
    loads: list[Counter[Part]] = [Counter() for _ in range(FOLDS)]
    ids: list[dict[str, set[str]]] = [{task.name: set() for task in suite.tasks} for _ in range(FOLDS)]
    drawn = generator(seed, "folds").permutation(len(members)).tolist()
    for cluster in sorted(drawn, key=lambda cluster: -len(members[cluster])):
        counts = Counter(seen[index][0] for index in members[cluster])
        fold = min(range(FOLDS), key=lambda fold: (_crowding(counts, loads[fold], sizes), loads[fold].total()))
        loads[fold] += counts
        for index in members[cluster]:
            (task, _), glance = seen[index]
            ids[fold][task].add(glance.id)
    return [{task: frozenset(names) for task, names in fold.items()} for fold in ids]


def _crowding(counts: Counter[Part], load: Counter[Part], sizes: Counter[Part]) -> float:
    """How much of what a cluster has is in a fold already: the sum over its parts of both shares' product."""
    return sum(count * load[part] / sizes[part] ** 2 for part, count in counts.items())


def _without(suite: Suite, held: HeldOut, seed: int) -> Suite:
    """The suite with at most MOST_EXAMPLES training examples a task, drawn from those that are not held out.

    TrainingError where no task has any left.
    """
    tasks = []
    for task in suite.tasks:
        order = generator(seed, "kept", task.name).permutation(len(task.train)).tolist()
        ids = [outline.id for outline in outlines(task.train)]
        kept = list(islice((index for index in order if ids[index] not in held[task.name]), MOST_EXAMPLES))
        if kept:
            name = digest(task.fingerprint, kept)
            tasks.append(dataclasses.replace(task, splits={"train": Chosen(task.train, kept)}, fingerprint=name))
    if not tasks:
        raise TrainingError(
            "profile.adapt: no task has two training examples without a common picture, so none can be held out; "
            "add data, or set profile.adapt to never"
        )
    return Suite(tuple(tasks))


def _views(suite: Suite, seed: int) -> Callable[[Slot], View]:
    """The view of each slot, drawn anew for each pass over a task."""
    sizes = {task.name: len(task.train) for task in suite.tasks}
    views, shares = list(VIEW_SHARES), list(VIEW_SHARES.values())

    @lru_cache(maxsize=2 * len(sizes))
    def drawn(task: str, turn: int) -> list[int]:
        choices: list[int] = generator(seed, "views", task, turn).choice(len(views), sizes[task], p=shares).tolist()
        return choices

    return lambda slot: views[drawn(slot.task, slot.turn)[slot.index]]
