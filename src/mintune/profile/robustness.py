"""Whether a task's type hangs on how a modality is hidden: the same examples and estimator, other ways of hiding.

Views that hide something are answered anew; `both` hides nothing, so its answers are those of the profile. Where types
were settled in rounds, so are those under other ways, from the examples that were asked: the bets hold whenever one
stops (`sequential.py`). What answers is the same throughout, also where a short adapter was trained for
`profile.hiding` and has never seen another way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from mintune.errors import ConfigError
from mintune.profile.asking import num_asked
from mintune.profile.rounds import settlement
from mintune.profile.stage import gather_suite, profile_suite
from mintune.progress import number_of
from mintune.records import Cost, Hiding, InteractionType, Prediction, ProfileTable, Quarantined, Suite, TypeFound

if TYPE_CHECKING:
    from mintune.config import ProfileSettings
    from mintune.records import InteractionProfile

Predictions = Mapping[str, Sequence[Prediction]]
"""Predictions by task."""

Robustness = Literal["same", "in_part", "unsure", "depends"]
"""One type under every way of hiding; one, and undetermined under others; several, not all of them sure; several."""


def under_each_hiding(
    table: ProfileTable,
    suite: Suite,
    predictions: Predictions,
    hidden: Mapping[Hiding, Predictions],
    settings: ProfileSettings,
    *,
    seed: int,
) -> ProfileTable:
    """The table with each task's type under every way of hiding that it was asked under.

    Args:
        table: profiles of `predictions`, which are those under `settings.hiding`.
        suite: the tasks.
        predictions: of these `both` is taken.
        hidden: predictions under other ways of hiding.
        settings: how the table was made.
        seed: as the table was made with.
    """
    found = {
        profile.task: {table.hiding: _type_of(profile)} if any(profile.task in by for by in hidden.values()) else {}
        for profile in table.profiles
    }
    aside: list[Quarantined] = []
    for hiding, answered in hidden.items():
        whole = {task: completed(answers, predictions[task]) for task, answers in answered.items()}
        other = _profiled(suite, whole, settings.model_copy(update={"hiding": hiding, "information": False}), seed=seed)
        aside += [row.model_copy(update={"reason": f"hidden by {hiding}: {row.reason}"}) for row in other.quarantined]
        for profile in other.profiles:
            found[profile.task][hiding] = _type_of(profile)
    profiles = tuple(one.model_copy(update={"robustness": found[one.task]}) for one in table.profiles)
    return table.model_copy(update={"profiles": profiles, "quarantined": (*table.quarantined, *aside)})


def _profiled(suite: Suite, predictions: Predictions, settings: ProfileSettings, *, seed: int) -> ProfileTable:
    """Profiles of the tasks that have predictions, settled as in rounds where there are rounds."""
    part = Suite(tuple(task for task in suite.tasks if task.name in predictions))
    settled = {
        task.name: settlement(task, predictions[task.name], settings, num_asked(task, settings))
        for task in part.tasks
        if settings.rounds is not None
    }
    gathered = gather_suite(part, predictions, settings)
    return profile_suite(gathered, settings, seed=seed, cost=Cost(), adapted=False, settled=settled)


def completed(hidden: Sequence[Prediction], shown: Iterable[Prediction]) -> list[Prediction]:
    """One task's predictions under another way of hiding, with what was answered under `both`, of the same examples.

    Where there are predictions under `both` among `hidden`, these count.
    """
    asked = {prediction.example_id for prediction in hidden}
    own = {prediction.example_id for prediction in hidden if prediction.view == "both"}
    both = [one for one in shown if one.view == "both" and one.example_id in asked - own]
    return [*hidden, *both]


def apart(
    predictions: Predictions, settings: ProfileSettings
) -> tuple[dict[str, list[Prediction]], dict[Hiding, dict[str, list[Prediction]]], list[Quarantined]]:
    """Predictions made elsewhere as the profile's own and, by way of hiding, the others; and what was set aside.

    Rows under ways that the settings do not ask for are set aside, counted by task. ConfigError where a way is asked
    for under which no row was answered.
    """
    own: dict[str, list[Prediction]] = {task: [] for task in predictions}
    hidden: dict[Hiding, dict[str, list[Prediction]]] = {hiding: {} for hiding in settings.also_hiding}
    unasked: Counter[tuple[str, Hiding]] = Counter()
    for prediction in (one for answers in predictions.values() for one in answers):
        if prediction.hiding is None:
            own[prediction.task].append(prediction)
        elif prediction.hiding in hidden:
            hidden[prediction.hiding].setdefault(prediction.task, []).append(prediction)
        else:
            unasked[prediction.task, prediction.hiding] += 1
    if missing := [hiding for hiding, answers in hidden.items() if not answers]:
        raise ConfigError(
            f"profile.also_hiding: {settings.predictions} holds no row with hiding {', '.join(missing)}; "
            "add such rows, or leave the name out"
        )
    aside = [
        Quarantined(
            task=task,
            file=str(settings.predictions),
            line=None,
            reason=f"{number_of(count, 'row')}: hiding is {hiding}, "
            "which neither profile.hiding nor profile.also_hiding names",
        )
        for (task, hiding), count in sorted(unasked.items())
    ]
    return own, hidden, aside


def by_type(profile: InteractionProfile) -> dict[InteractionType, list[Hiding]]:
    """The ways of hiding under which each type was found, in the order in which the types come first."""
    found: dict[InteractionType, list[Hiding]] = {}
    for hiding, one in profile.robustness.items():
        found.setdefault(one.type, []).append(hiding)
    return found


def robustness(profile: InteractionProfile, confidence: float) -> Robustness | None:
    """How far the type hangs on the way of hiding; None where only one was asked, or no type was found under any.

    Two types differ for sure where each is at least `confidence` sure under some way.
    """
    types = {one.type for one in profile.robustness.values()} - {"undetermined"}
    if not types:
        return None
    if len(types) == 1:
        return "in_part" if "undetermined" in by_type(profile) else "same"
    sure = {one.type for one in profile.robustness.values() if one.confidence >= confidence} - {"undetermined"}
    return "depends" if len(sure) > 1 else "unsure"


def _type_of(profile: InteractionProfile) -> TypeFound:
    return TypeFound(type=profile.type, confidence=profile.confidence, num_examples=profile.num_examples)
