"""Search for a group's mixture without training on mixtures: merges of short adapters, one a task, stand in for them.

    a short adapter a task ──> merges by some dozens of mixtures ──> their validation losses ──> a surface
    ──> its lowest mixture ──> the gain of that one's merge on validation examples that nothing was fitted to

After Berasi et al. 2026 (arXiv 2602.04937): near where adapters began, training on a mixture and merging by its shares
lead to like places, so merges rank mixtures. Theirs are of whole weights and nothing is fitted; here deltas are merged
and a surface says more than was measured. How well they rank them here is measured in `benchmarks/merge_search`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mintune.errors import DataError
from mintune.records import Cost, Estimate, MixtureSearch
from mintune.run import Journal, digest
from mintune.tune.budget import Budget, split_branches
from mintune.tune.job import cost_of
from mintune.tune.loop import Lesson, Progress, of_whole
from mintune.tune.sampler import Sampler
from mintune.tune.surface import Surface, draw_mixtures, fit_surface

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from mintune.models.encoding import Encoded
    from mintune.records import Task
    from mintune.tune.checkpoint import State
    from mintune.tune.job import Job

Array = NDArray[np.float64]
Losses = dict[str, Array]
"""Loss of each validation example that is asked, in nats an answer token, (num_examples,) by task."""

MEASURED = 48
"""Mixtures whose merges are measured, the one to beat among them."""

SCALES = (1.0, 2.0, 4.0, 8.0)
"""How much longer a merge may be than the weighted mean: short adapters go less far than one training on all tasks.
The one with the lowest loss at the mixture to beat is taken for all."""

CONSIDERED = 20_000
"""Mixtures on the surface of which the lowest is chosen: drawn by the same law, so that nothing is extrapolated."""

FLOOR = 0.25
"""Part of its share in the mixture to beat that no task loses."""

MOST_EXAMPLES = 24
"""Validation examples a task that are asked: half of them to fit on, half for the gain."""

RESAMPLES = 1000

NAME = "searching"


@dataclass(frozen=True)
class Quest:
    """What is searched for one group of two tasks or more.

    `before` is the mixture to beat, `least` and `most` bound the share of each task in the group, and `budget` is what
    its short adapters are trained for together.
    """

    group: str
    before: dict[str, float]
    least: dict[str, float]
    most: dict[str, float]
    budget: Budget


def search_mixture(
    job: Job,
    quest: Quest,
    *,
    folder: Path,
    num_measured: int = MEASURED,
    confidence: float = 0.95,
    progress: Progress | None = None,
) -> tuple[MixtureSearch, Surface]:
    """Search a group's mixture; returns what was found and the surface that it was found on.

    Checkpoints of the short adapters and every measured merge are kept below `folder`, so that a search that was killed
    goes on, and one of the same tasks under another strategy finds them. DataError where a task has fewer than two
    validation examples that share no picture; TrainingError where the budget has fewer steps than there are tasks, or a
    loss is not finite.
    """
    exam = Exam(job, [job.suite[task] for task in quest.before])
    before = _array(quest.before)
    steps, num_merges = quest.budget.steps, num_measured + len(SCALES)
    parts = train_parts(job, quest, folder, of_whole(progress, 0, steps + num_merges))
    spread = draw_mixtures(before, FLOOR, num_measured - 1, np.random.default_rng([job.seed, 1]))
    mixtures = np.vstack([before, spread])
    merges = Merges(job, parts, exam, folder, of_whole(progress, steps, steps + num_merges))
    scale = min(SCALES, key=lambda scale: exam.fitted(merges.losses(before, scale)))
    measured = [merges.losses(mixture, scale) for mixture in mixtures]
    fitted = np.array([exam.fitted(losses) for losses in measured])
    surface = fit_surface(mixtures, fitted)
    chosen = _lowest(surface, quest, np.random.default_rng([job.seed, 2]))
    saved = {name: measured[0][name] - losses for name, losses in merges.losses(chosen, scale).items()}
    training = sum((cost_of(state.tally) for state in parts.values()), Cost())
    search = MixtureSearch(
        group=quest.group,
        before=quest.before,
        found=dict(zip(quest.before, chosen.tolist(), strict=True)),
        gain=_gain(exam, saved, confidence, np.random.default_rng([job.seed, 3])),
        confidence=confidence,
        correlation=_spearman(surface.left_out, fitted),
        scale=scale,
        num_asked=len(merges.asked) * exam.size,
        cost=training.model_copy(update={"seconds": training.seconds + merges.seconds}),
    )
    return search, surface


def length_of(quest: Quest) -> int:
    """How many steps and merges the progress of a search counts, at most."""
    return quest.budget.steps + MEASURED + len(SCALES)


def lessons_of(job: Job, quest: Quest) -> dict[str, Lesson]:
    """The training of each task's short adapter, for as many steps each.

    TrainingError where the budget has fewer steps than there are tasks.
    """
    budgets, lessons = split_branches(quest.budget, dict.fromkeys(quest.before, 1.0)), {}
    for name, budget in budgets.items():
        inputs = job.inputs("part of a search", name, budget.examples, budget.steps)
        sampler = Sampler({name: len(job.suite[name].train)}, {name: 1.0}, budget, seed=job.seed)
        lessons[name] = Lesson(f"task {name} alone", inputs, sampler)
    return lessons


def train_parts(job: Job, quest: Quest, folder: Path, progress: Progress | None) -> dict[str, State]:
    """A short adapter for each task, all from the same beginning and for as many steps."""
    states, done = {}, 0
    for task, lesson in lessons_of(job, quest).items():
        told = of_whole(progress, done, quest.budget.steps)
        states[task] = job.learn(lesson, folder / f"part-{lesson.inputs[:12]}", None, told)
        done += lesson.sampler.budget.steps
    return states


class Exam:
    """The validation examples that are asked, at most `most` a task, and which of them are for fitting."""

    def __init__(self, job: Job, tasks: Sequence[Task], *, most: int = MOST_EXAMPLES) -> None:
        """DataError as `search_mixture`."""
        self.job = job
        self.clusters: dict[str, NDArray[np.int64]] = {}
        self.fits: dict[str, NDArray[np.bool_]] = {}
        self._examples = {task.name: list(islice(task.validation, most)) for task in tasks}
        for task in tasks:
            self._deal(task.name)

    def _deal(self, name: str) -> None:
        """Whole clusters of examples that share pictures in turn to the smaller half, larger clusters first."""
        from mintune.tasks.clusters import picture_clusters

        clusters = np.array(picture_clusters(self._examples[name]), dtype=np.int64)
        if len(set(clusters.tolist())) < 2:
            raise DataError(
                f"task {name}: {len(clusters)} validation examples, and a search for a mixture takes two or more that "
                "share no picture; raise suite.validation"
            )
        counts = np.bincount(clusters)
        halves: list[list[int]] = [[], []]
        for cluster in np.argsort(-counts, kind="stable").tolist():
            min(halves, key=lambda half: sum(counts[other] for other in half)).append(cluster)
        self.clusters[name] = clusters
        self.fits[name] = np.isin(clusters, halves[0])

    @property
    def size(self) -> int:
        """How many examples are asked."""
        return sum(map(len, self._examples.values()))

    @cached_property
    def inputs(self) -> str:
        """The digest of the examples."""
        return digest({name: [example.id for example in examples] for name, examples in self._examples.items()})

    @cached_property
    def _encoded(self) -> list[tuple[str, Encoded]]:
        from mintune.models.encoding import Encoder
        from mintune.models.showing import show

        encoder = Encoder(self.job.backbone)
        found = []
        for name, examples in self._examples.items():
            shown = [show(self.job.suite[name], example, "both") for example in examples]
            rows = encoder.with_answers(shown, [example.targets[0] for example in examples])
            found += [(name, row) for row in rows]
        return found

    def fitted(self, losses: Losses) -> float:
        """Mean over tasks of the losses of the examples for fitting."""
        return float(np.mean([losses[name][fits].mean() for name, fits in self.fits.items()]))

    def losses(self) -> Losses:
        """The loss of each example under the adapter that acts now."""
        import torch

        from mintune.models.encoding import Encoder
        from mintune.models.loss import answer_losses
        from mintune.tune.rows import split_by_length

        encoder, rows = Encoder(self.job.backbone), [row for _, row in self._encoded]
        found = np.zeros(len(rows))
        size = self.job.settings.batch_size
        with torch.no_grad():
            for piece in split_by_length([len(row) for row in rows]):
                for few in (piece[at : at + size] for at in range(0, len(piece), size)):
                    batch = encoder.collate([rows[index] for index in few])
                    found[few] = answer_losses(self.job.backbone, batch).float().cpu().numpy()
        owners = np.array([name for name, _ in self._encoded])
        return {name: found[owners == name] for name in self._examples}


class Merges:
    """Validation losses of merges, each measured once and then known."""

    def __init__(
        self, job: Job, parts: Mapping[str, State], exam: Exam, folder: Path, progress: Progress | None = None
    ) -> None:
        from mintune.models.merging import VERSION

        trained = [(task, state.tally.examples, state.tally.step) for task, state in parts.items()]
        self._inputs = job.inputs("merges of a search", VERSION, trained, exam.inputs)
        self._journal = Journal(folder / f"merges-{self._inputs[:12]}.jsonl")
        self._known = {row["mixture"]: row for row in self._journal}
        self._job, self._parts, self._exam, self._progress = job, parts, exam, progress
        self.asked: set[str] = set()
        """The merges that were asked for so far, whoever measured them."""

    @property
    def seconds(self) -> float:
        """What all measuring took, of this process and of those before it."""
        return float(sum(row["seconds"] for row in self._known.values()))

    def losses(self, mixture: Array, scale: float = 1.0) -> Losses:
        """The losses under `scale` times the mean of the short adapters by these shares (num_tasks,)."""
        key = digest(mixture.tolist(), scale)
        if key not in self._known:
            started = time.perf_counter()
            found = {name: losses.tolist() for name, losses in self._measure(mixture, scale).items()}
            row = {"mixture": key, "losses": found, "seconds": time.perf_counter() - started}
            self._journal.append([row])
            self._known[key] = row
        losses = {name: np.array(values) for name, values in self._known[key]["losses"].items()}
        self.asked.add(key)
        if self._progress is not None:
            self._progress(len(self.asked), 0, self._exam.fitted(losses))
        return losses

    def _measure(self, mixture: Array, scale: float) -> Losses:
        from mintune.models.adapters import attached_weights
        from mintune.models.lowrank import OUTPUTS
        from mintune.models.merging import merge

        weights: list[Mapping[str, Tensor]] = [state.weights for state in self._parts.values()]
        # Enough for all parts together, and no more than the widest layer can have.
        rank = min(self._job.rank * len(weights), _most_rank(weights[0]))
        merged = merge(weights, mixture.tolist(), method="linear", rank=rank)
        scaled = {key: weight * scale if key.endswith(OUTPUTS) else weight for key, weight in merged.weights.items()}
        with attached_weights(self._job.backbone, scaled, NAME):
            return self._exam.losses()


def _lowest(surface: Surface, quest: Quest, generator: np.random.Generator) -> Array:
    """The mixture (num_tasks,) within the bounds that is lowest on the surface, the one to beat among them."""
    before = _array(quest.before)
    drawn = draw_mixtures(before, FLOOR, CONSIDERED, generator)
    is_inside = np.all((drawn >= _array(quest.least)) & (drawn <= _array(quest.most)), axis=1)
    considered = np.vstack([before, drawn[is_inside]])
    return np.asarray(considered[int(surface.predict(considered).argmin())])


def _most_rank(weights: Mapping[str, Tensor]) -> int:
    """The largest rank that any layer's delta can have."""
    from mintune.models.lowrank import INPUTS, OUTPUTS

    layers = [key.removesuffix(INPUTS) for key in weights if key.endswith(INPUTS)]
    return max(min(weights[layer + INPUTS].shape[1], weights[layer + OUTPUTS].shape[0]) for layer in layers)


def _array(shares: Mapping[str, float]) -> Array:
    return np.array(list(shares.values()))


def _gain(exam: Exam, saved: Losses, confidence: float, generator: np.random.Generator) -> Estimate:
    """Mean over tasks of what was saved where nothing was fitted to; examples of one picture are drawn together."""
    values, draws = [], []
    for name, differences in saved.items():
        unseen = ~exam.fits[name]
        _, clusters = np.unique(exam.clusters[name][unseen], return_inverse=True)
        sums, counts = np.bincount(clusters, differences[unseen]), np.bincount(clusters)
        drawn = generator.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=RESAMPLES)
        values.append(sums.sum() / counts.sum())
        draws.append(drawn @ sums / (drawn @ counts))
    low, high = np.quantile(np.mean(draws, axis=0), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Estimate(value=float(np.mean(values)), low=float(low), high=float(high))


def _spearman(one: Array, other: Array) -> float:
    """Spearman's rank correlation; 0 where one of the two is constant."""
    from scipy.stats import spearmanr

    return 0.0 if min(np.ptp(one), np.ptp(other)) == 0 else float(spearmanr(one, other).statistic)
