"""How well profiles recover what tasks were built to be: for benchmarks on worlds whose truth is known."""

from __future__ import annotations

from statistics import fmean

from mintune.profile.stage import is_informed
from mintune.records import TYPES, InteractionProfile, ProfileTable, Record, Suite

SURE = 0.95


class Recovery(Record):
    """Profiles beside built truth; None where there is nothing to average.

    Pure tasks have one built share of 1, mixtures have several. `typed_right`, `undetermined` and `typed_wrong` count
    pure tasks that are informed under `both`; `wrong` names pure tasks with another type, `sure_and_wrong` those among
    them with a confidence above 0.95. `share_error` is the mean over mixtures and the four shares of |found - built|;
    `composition_error` is the same after the found shares were scaled to sum to one without the unanswered.
    """

    estimator: str
    pure: int
    informed: int
    typed_right: int
    undetermined: int
    typed_wrong: int
    wrong: dict[str, str]
    sure_and_wrong: tuple[str, ...]
    mixtures: int
    share_error: float | None
    composition_error: float | None


def recovery(table: ProfileTable, suite: Suite) -> Recovery:
    """Count how many tasks of known build the profiles type as built; tasks of unknown build are left out."""
    built = [(table[task.name], task.built_shares) for task in suite.tasks if task.built_shares]
    pure = [(profile, TYPES[shares.index(1.0)]) for profile, shares in built if max(shares) == 1.0]
    mixed = [(profile, shares) for profile, shares in built if max(shares) < 1.0]
    informed = [(profile, kind) for profile, kind in pure if is_informed(profile, "both")]
    wrong = [profile for profile, kind in pure if profile.type not in (kind, "undetermined")]
    return Recovery(
        estimator=table.estimator,
        pure=len(pure),
        informed=len(informed),
        typed_right=sum(profile.type == kind for profile, kind in informed),
        undetermined=sum(profile.type == "undetermined" for profile, _ in informed),
        typed_wrong=sum(profile.type not in (kind, "undetermined") for profile, kind in informed),
        wrong={profile.task: profile.type for profile in wrong},
        sure_and_wrong=tuple(profile.task for profile in wrong if profile.confidence > SURE),
        mixtures=len(mixed),
        share_error=_mean_error([(profile.shares, shares) for profile, shares in mixed]),
        composition_error=_mean_error([(_composition(profile), shares) for profile, shares in mixed]),
    )


def agreement(first: ProfileTable, second: ProfileTable) -> float:
    """Share of tasks to which two tables over the same tasks give the same type."""
    return fmean(profile.type == second[profile.task].type for profile in first.profiles)


def _composition(profile: InteractionProfile) -> tuple[float, ...]:
    total = sum(profile.shares)
    return tuple(share / total for share in profile.shares) if total > 0 else profile.shares


def _mean_error(pairs: list[tuple[tuple[float, ...], tuple[float, ...]]]) -> float | None:
    errors = [abs(found - built) for shares, truth in pairs for found, built in zip(shares, truth, strict=True)]
    return fmean(errors) if errors else None
