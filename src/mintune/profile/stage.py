"""From predictions to profiles: one InteractionProfile a task, by the chosen estimator. Runs no model.

The estimators are a table; each takes the Evidence of one task and returns a Finding. Accuracy, kappa and delta are
reported beside it whichever estimator speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from mintune.profile import delta, knowledge
from mintune.profile.bits import in_bits
from mintune.profile.chance import is_above_chance, kappa
from mintune.profile.evidence import Evidence, gather
from mintune.profile.finding import LEAST_EXAMPLES, Finding
from mintune.profile.informed import Standing, examples_needed
from mintune.profile.resampling import bootstrap_means, estimate, estimate_share, generator
from mintune.profile.sequential import Settlement
from mintune.profile.similarity import named
from mintune.records import (
    Cost,
    Estimate,
    InteractionProfile,
    Prediction,
    ProfileTable,
    Quarantined,
    Suite,
    View,
)

if TYPE_CHECKING:
    from mintune.config import ProfileSettings

ESTIMATORS: dict[str, Callable[[Evidence, np.random.Generator], Finding]] = {
    "knowledge": knowledge.find,
    "delta": delta.find,
}
VERSION = 8
"""Raised when the same data would give other profiles (estimators, questions, how a view is shown), so that profiles
made before are made again."""

REPLICATES = 200
"""Bootstrap draws of the clipped shares that a profile keeps."""

NOTHING_SETTLED: Mapping[str, Settlement] = MappingProxyType({})

ENOUGH_TASKS = 0.9
"""The share of tasks that a backbone must be able to do, or its views are answered with a short adapter."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence of each task, in the order of the suite, and everything that was set aside on the way to it."""

    evidence: tuple[Evidence, ...]
    quarantined: tuple[Quarantined, ...]


def gather_suite(
    suite: Suite, predictions_by_task: Mapping[str, Sequence[Prediction]], settings: ProfileSettings
) -> Gathered:
    """The evidence of every task of the suite; of a task without predictions there is none."""
    similarity = None if settings.similarity is None else named(settings.similarity)
    found = [gather(task, predictions_by_task.get(task.name, ()), similarity=similarity) for task in suite.tasks]
    aside = [row for _, rows in found for row in rows]
    return Gathered(tuple(evidence for evidence, _ in found), (*suite.quarantined, *aside))


def profile_suite(
    gathered: Gathered,
    settings: ProfileSettings,
    *,
    seed: int,
    cost: Cost,
    adapted: bool,
    settled: Mapping[str, Settlement] = NOTHING_SETTLED,
    probes: str = "",
) -> ProfileTable:
    """Profile every task from its evidence; a task without any gets a profile that says so.

    `cost`, `adapted` and `probes` are put into the table as they are. `settled` is what rounds of asking have found, by
    task.
    """
    profiles: list[InteractionProfile] = []
    for evidence in gathered.evidence:
        profile = profile_task(evidence, settings, seed=seed)
        profiles.append(as_settled(profile, settled[evidence.task]) if evidence.task in settled else profile)
    return ProfileTable(
        estimator=settings.estimator,
        profiles=tuple(profiles),
        hiding=settings.hiding,
        adapted=adapted,
        probes=probes,
        confidence=settings.confidence,
        cost=cost,
        quarantined=gathered.quarantined,
    )


def noted(table: ProfileTable, notes: Mapping[str, str]) -> ProfileTable:
    """The same table with a further note on each task that has one in `notes`."""
    profiles = tuple(
        profile.model_copy(update={"notes": (*profile.notes, notes[profile.task])})
        if notes.get(profile.task)
        else profile
        for profile in table.profiles
    )
    return table.model_copy(update={"profiles": profiles})


def profile_task(evidence: Evidence, settings: ProfileSettings, *, seed: int) -> InteractionProfile:
    """Profile one task. Depends on the seed, the task's name and its evidence, not on other tasks."""
    finding = ESTIMATORS[settings.estimator](evidence, generator(seed, "profile", evidence.task))
    level, within, size = settings.confidence, finding.drawn_raw.clip(0, 1), evidence.num_clusters
    redundancy, unique_image, unique_text, synergy, unanswered = (
        estimate_share(float(finding.shares[place]), within[:, place], level, size=size, raw=float(finding.raw[place]))
        for place in range(5)
    )
    accuracy, kappas, score = _standing(evidence, level, generator(seed, "standing", evidence.task))
    information, notes = None, finding.notes
    if settings.information:
        information, said = in_bits(evidence, generator(seed, "bits", evidence.task), confidence=level)
        notes = (*notes, said)
    replicates = finding.drawn[:REPLICATES, :4] if finding.drawn.shape[0] >= REPLICATES else np.empty((0, 4))
    return InteractionProfile(
        task=evidence.task,
        estimator=settings.estimator,
        num_examples=evidence.num_examples,
        type=finding.type,
        confidence=finding.confidence,
        redundancy=redundancy,
        unique_image=unique_image,
        unique_text=unique_text,
        synergy=synergy,
        unanswered=unanswered,
        delta=score,
        accuracy=accuracy,
        kappa=kappas,
        examples_needed=finding.examples_needed,
        information=information,
        notes=notes,
        replicates=tuple((float(r), float(i), float(t), float(s)) for r, i, t, s in replicates.round(6)),
    )


def as_settled(profile: InteractionProfile, found: Settlement) -> InteractionProfile:
    """The profile with the type that rounds of asking have settled, and how sure that is at any time of stopping."""
    if found.type is not None:
        note = f"settled after {found.num_examples} examples"
        sure = {"type": found.type, "confidence": 1 - found.error, "examples_needed": None}
        return profile.model_copy(update={**sure, "notes": (*profile.notes, note)})
    if found.is_hopeless and profile.type == "undetermined":
        note = f"stopped after {found.num_examples} examples: no view knows enough for a type"
        return profile.model_copy(update={"examples_needed": None, "notes": (*profile.notes, note)})
    return profile


def _standing(
    evidence: Evidence, level: float, rng: np.random.Generator
) -> tuple[dict[View, Estimate], dict[View, Estimate], Estimate]:
    """Accuracy and kappa of each view, and delta; without examples, nothing and a delta that may be anything."""
    if not evidence.num_examples:
        return {}, {}, Estimate(value=1.0, low=0.0, high=2.0)
    views, size = list(evidence.right), evidence.num_clusters
    per_example = [*evidence.right.values(), *evidence.chance.values(), delta.shares(evidence)]
    quantities = np.column_stack(per_example)
    means, drawn = quantities.mean(axis=0), bootstrap_means(quantities, evidence.clusters, rng)
    accuracy, kappas = {}, {}
    for place, view in enumerate(views):
        value, chance = float(means[place]), float(means[place + len(views)])
        accuracy[view] = estimate_share(value, drawn[:, place], level, size=size)
        corrected = Standing(value, chance, evidence.num_examples).kappa
        kappas[view] = estimate(corrected, kappa(drawn[:, place], drawn[:, place + len(views)]), level)
    return accuracy, kappas, estimate(float(delta.score(means[-4:])), delta.score(drawn[:, -4:]), level)


def needs_adapter(table: ProfileTable, most: Mapping[str, int]) -> bool:
    """Whether views should be answered with a short adapter: the rule behind `adapt: auto`.

    True where on fewer than `ENOUGH_TASKS` of the tasks the answers under `both` are far enough above chance to decide
    a type (the examples needed at that kappa, see `informed`, are no more than the `most` that can be asked).
    """
    able = sum(_can_do(profile, most[profile.task]) for profile in table.profiles)
    return able < ENOUGH_TASKS * len(table.profiles)


def is_informed(profile: InteractionProfile, view: View) -> bool:
    """Whether the view is right more often than chance, at the test's 1 % (see `informed`)."""
    if view not in profile.kappa:
        return False
    standing = _standing_of(profile, view)
    return bool(is_above_chance(np.array(standing.accuracy), np.array(standing.chance), standing.size))


def _can_do(profile: InteractionProfile, most: int) -> bool:
    if profile.num_examples < LEAST_EXAMPLES or "both" not in profile.kappa:
        return False
    return examples_needed(_standing_of(profile, "both")) <= most


def _standing_of(profile: InteractionProfile, view: View) -> Standing:
    """The view's standing as the profile records it; chance follows from accuracy and kappa."""
    accuracy, corrected = profile.accuracy[view].value, profile.kappa[view].value
    chance = (accuracy - corrected) / (1 - corrected) if corrected < 1 else 0.0
    return Standing(accuracy, max(chance, 1 / profile.num_examples), profile.num_examples)
