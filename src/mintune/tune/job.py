"""What the stretches of one call share: base, rows, settings; how each starts or resumes; what is saved in the end."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from mintune.records import SCHEMA_VERSION, AdapterCard, Cost, Mixture
from mintune.run import digest, provenance
from mintune.tune import course
from mintune.tune.card import write_card
from mintune.tune.checkpoint import State, Tally, load_state
from mintune.tune.course import Course, verdict_on, write_validations
from mintune.tune.examining import Examiner
from mintune.tune.history import TABLE, Parts, write_history
from mintune.tune.loop import VERSION, Lesson, Progress, train, untrained, weights_in_training, write_weights
from mintune.tune.objectives.interaction import Interaction
from mintune.tune.readme import Known
from mintune.tune.rows import Rows
from mintune.tune.shares import bounded_tasks
from mintune.tune.trackers import Trackers
from mintune.tune.watching import Validating, Watching, keep_only, load_weights

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from mintune.config import TuneSettings
    from mintune.models.backbone import Backbone
    from mintune.records import MixtureSearch, Provenance, RateTrial, Suite
    from mintune.tune.examining import Judge
    from mintune.tune.objectives.interaction import Shares

NAME = "tuning"
"""Name of the adapter in training inside the loaded base; on disk it has none."""


def cost_of(tally: Tally) -> Cost:
    """What a stretch has taken."""
    return Cost(
        seconds=tally.seconds,
        examples=tally.examples,
        tokens=tally.tokens,
        steps=tally.step,
        truncated=tally.truncated,
    )


def make_job(
    backbone: Backbone,
    suite: Suite,
    settings: TuneSettings,
    *,
    seed: int,
    rank: int,
    profiled: Mapping[str, Shares] | None = None,
    judge: Judge | None = None,
) -> Job:
    """The job of tuning any grouping of a suite.

    `rank` is the adapters', by which the peak learning rate goes that the settings give for their own rank.
    `profiled` are the profile's shares by task, in the order of TYPES, for `tune.interaction`, which does nothing
    without; the rest as `Job` has it.
    """
    interaction = None
    if settings.interaction > 0:
        interaction = Interaction(suite.tasks, profiled or {}, settings.interaction, seed=seed)
    rows = Rows(backbone, suite.tasks, interaction=interaction)
    return Job(backbone, suite, rows, settings, seed, rank, judge=judge)


@dataclass(frozen=True)
class Job:
    """Training of adapters of one rank over one loaded base, one attached at a time.

    `trials` are those by which the learning rate of the settings was chosen, for the cards, `searches` those of the
    mixtures of the groups that are tuned. `judge` scores what validation examples are answered (None: they have a loss
    and no metric).
    """

    backbone: Backbone
    suite: Suite
    rows: Rows
    settings: TuneSettings
    seed: int
    rank: int
    trials: tuple[RateTrial, ...] = ()
    searches: tuple[MixtureSearch, ...] = ()
    judge: Judge | None = None

    def inputs(self, *parts: object) -> str:
        """The digest of `parts` and of what decides any training here: code, data, base, settings, seed, rank."""
        settings = self.settings.deciding("rank", "learning_rate", "start", "interaction")
        if self._started_from is not None:
            settings["start"] = self._started_from
        code = (SCHEMA_VERSION, VERSION)
        rate = self.rate
        data = [(task.name, task.instruction, task.fingerprint, len(task.train)) for task in self.suite.tasks]
        if self.rows.interaction is not None:
            parts = (*parts, "interaction", self.rows.interaction.odds)
        if self.settings.validation is not None:
            scoring = self.judge and (self.judge.version, [task.metric for task in self.suite.tasks])
            parts = (*parts, scoring, [len(task.validation) for task in self.suite.tasks])
        return digest(code, settings, rate, data, self.backbone.fingerprint, self.seed, self.rank, parts)

    @property
    def rate(self) -> float:
        """The peak learning rate of adapters of the job's rank."""
        return self.settings.rate_for(self.backbone.name, self.rank)

    def search_of(self, group: str) -> MixtureSearch | None:
        """The search of a group's mixture; None where there was none."""
        return next((search for search in self.searches if search.group == group), None)

    def mixture(self, group: str, shares: Mapping[str, float]) -> Mixture:
        """The mixture of a group: these shares by the settings, or what was found to be better for sure."""
        search = self.search_of(group)
        if search is not None and search.is_taken:
            return Mixture(group=group, shares=search.shares, decided_by=self.settings.mixture)
        return Mixture(group=group, shares=dict(shares), decided_by=self.settings.mixture_by_sizes)

    @cached_property
    def _started_from(self) -> str | None:
        """The fingerprint of the adapter that training begins with; None: a fresh one."""
        from mintune.tune.start import fingerprint_of_start

        return None if self.settings.start is None else fingerprint_of_start(self.settings.start)

    def _begin(self) -> State:
        """Where a lesson that goes on from no other begins: a fresh adapter, or the one that the settings name."""
        from mintune.tune.start import started

        fresh = untrained(self.backbone)
        return fresh if self.settings.start is None else started(self.backbone, fresh, self.settings.start)

    def learn(
        self,
        lesson: Lesson,
        folder: Path,
        start: State | None,
        progress: Progress | None,
        *,
        may_choose: bool = False,
    ) -> State:
        """Where a lesson ends that begins with `start` (None: as the settings say); an interrupted one goes on.

        `may_choose` says that the best state by validation may take the place of the last one, where settings want it.
        """
        from accelerate.state import PartialState

        state, steps = load_state(folder, lesson.inputs), lesson.sampler.budget.steps
        going = self._course(lesson, folder, state, may_choose)
        if state is None or (state.tally.step < steps and not (going and going.is_over)):
            if self.judge is not None and state is not None and state.tally.step:
                self.judge.say(f"{lesson.name}: goes on at step {state.tally.step + 1} of {steps}")
            trackers = self._trackers(lesson, folder)
            try:
                with self._attached():
                    watcher = self._watcher(lesson, folder, going, trackers)
                    state = state or start or self._begin()
                    state = train(
                        self.backbone,
                        self.rows,
                        lesson,
                        self.settings.at_rate(self.rate, self.rank),
                        state,
                        folder=folder,
                        progress=progress,
                        watcher=watcher,
                    )
            finally:
                trackers.finish()
            PartialState().wait_for_everyone()  # for the weights that the main process wrote
            if progress is not None and state.tally.step < steps and state.tally.loss is not None:
                progress(steps, steps, state.tally.loss)  # those left out by an early stop are not to come
        if going is None or not going.chooses:
            return state
        keep_only(folder, {going.kept_step})
        return replace(state, weights=load_weights(folder, going.kept_step))

    def _course(self, lesson: Lesson, folder: Path, state: State | None, may_choose: bool) -> Course | None:
        """How validation of a lesson went so far; None where there is none."""
        settings = self.settings.validation
        if settings is None or lesson.sampler.budget.steps == 0:
            return None
        if not may_choose:
            settings = settings.model_copy(update={"keep": "last", "patience": None})
        return Course(folder, settings, done=state.tally.step if state else 0)

    def _watcher(self, lesson: Lesson, folder: Path, going: Course | None, trackers: Trackers) -> Watching:
        """Who looks on at a lesson."""
        if going is None or self.settings.validation is None:
            return Watching(lesson, None, trackers)
        self._examiner.prepare()
        validating = Validating(
            examiner=self._examiner,
            course=going,
            folder=folder,
            adapter=NAME,
            every=self.settings.validation.steps,
            weights=lambda: weights_in_training(self.backbone),
        )
        return Watching(lesson, validating, trackers)

    def _trackers(self, lesson: Lesson, folder: Path) -> Trackers:
        """The trackers of a lesson, whose files lie beside the folders of the strategies."""
        run = f"{lesson.name.replace(' ', '-')}-{lesson.inputs[:12]}"
        return Trackers(self.settings.trackers, folder.parent / "trackers", run=run, inputs=lesson.inputs)

    @cached_property
    def _examiner(self) -> Examiner:
        return Examiner(self.backbone, self.suite, self.settings, seed=self.seed, judge=self.judge)

    def save(
        self, folder: Path, state: State, strategy: str, mixture: Mixture, inputs: str, cost: Cost, *, parts: Parts
    ) -> AdapterCard:
        """Write an adapter in `state` as a PEFT folder, what its training saw in these parts, then its card."""
        from mintune.models.adapters import save_adapter, trainable_parameters

        with self._attached():
            write_weights(self.backbone, state)
            fingerprint = save_adapter(self.backbone, NAME, folder)
        write_history(folder / TABLE, parts)
        write_validations(folder / course.TABLE, parts)
        sizes = {task.name: len(task.train) for task in self.suite.tasks}
        rate, search = self.rate, self.search_of(mixture.group)
        bounded = () if search and search.is_taken else bounded_tasks(sizes, self.settings)
        tasks, losses = tuple(mixture.shares), state.tally.task_loss
        card = AdapterCard(
            strategy=strategy,
            group=mixture.group,
            tasks=tasks,
            seed=self.seed,
            rank=self.rank,
            trainable_parameters=trainable_parameters(self.backbone, self.rank),
            mixture=mixture,
            folder=folder.name,
            fingerprint=fingerprint,
            train_loss={task: losses[task] for task in tasks if task in losses},
            cost=cost,
            validation=self.settings.validation and verdict_on(parts, self.settings.validation),
            started_from=self._started_from,
            bounded=tuple(task for task in bounded if task in tasks),
            learning_rate=rate,
            trials=self.trials,
            search=search,
        )
        settings = self.settings.model_copy(update={"rank": self.rank, "learning_rate": rate})
        known = Known({task: self.suite[task] for task in tasks})
        write_card(folder, card, self.origin(inputs, settings, tasks), known)
        return card

    def origin(
        self, inputs: str, settings: TuneSettings | None = None, tasks: Collection[str] | None = None
    ) -> Provenance:
        """Where a record of this job comes from; by its own settings and all of its tasks where none are given."""
        data = {task.name: task.fingerprint for task in self.suite.tasks if tasks is None or task.name in tasks}
        base = f"{self.backbone.name} {self.backbone.fingerprint}"
        config = settings or self.settings
        return provenance("tune", inputs, config=config, seed=self.seed, data=data, backbone=base)

    @contextmanager
    def _attached(self) -> Iterator[None]:
        """A fresh adapter on the base, gone again afterwards."""
        from mintune.models.adapters import attach, drop_adapter

        attach(self.backbone, self.rank, self.seed, NAME)
        try:
            yield
        finally:
            drop_adapter(self.backbone, NAME)
