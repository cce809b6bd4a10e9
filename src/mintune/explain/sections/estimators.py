"""Part of section 2: where ways of measuring the same task disagree, and why.

`knowledge` compares with gold, `delta` one view's answers with another's, bits weigh how much is said about the answer.
The reason is read from what the profile shows; where several hold, the first of them is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.words import decimal, percent, whole
from mintune.profile.delta import REDUNDANT_ABOVE, UNIQUE_ABOVE
from mintune.records import TYPES, InteractionProfile

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words

MIXED_BELOW = 0.65
"""A task of which no type has so much of what is known is a mixture."""

FEW_ANSWERS = 0.3
"""Chance agreement from which on two guesses are often the same."""

SURE_ENOUGH = 0.85
"""Below this accuracy two views that know differ in more than a quarter of the examples."""


@dataclass(frozen=True)
class Disagreement:
    """One task whose type is not the same by all, in words."""

    task: str
    type: str
    type_name: str
    delta: str
    bits: str
    why: str


@dataclass(frozen=True)
class EstimatorsSection:
    """How many tasks the estimators agree on, and those they do not."""

    summary: str
    has_bits: bool
    rows: list[Disagreement]


def estimators_section(report: ReportData, words: Words) -> EstimatorsSection | None:
    """None where types are those of `delta` itself, or no task has one."""
    typed = [profile for profile in report.profiles.profiles if profile.type != "undetermined"]
    if report.profiles.estimator != "knowledge" or not typed:
        return None
    differ = [profile for profile in typed if not _agrees(profile)]
    has_bits = any(profile.information is not None for profile in typed)
    return EstimatorsSection(
        summary=words("differ.summary", same=whole(len(typed) - len(differ)), all=whole(len(typed))),
        has_bits=has_bits,
        rows=[_row(profile, words) for profile in differ],
    )


def _agrees(profile: InteractionProfile) -> bool:
    leading = leading_in_bits(profile)
    return _kind_by_delta(profile) == _kind(profile.type) and leading in (None, profile.type)


def _kind(name: str) -> str:
    """The type without the side: delta cannot tell an image from a text that holds the answer."""
    return "unique" if name.startswith("unique") else name


def _kind_by_delta(profile: InteractionProfile) -> str:
    score = profile.delta.value
    return "redundancy" if score > REDUNDANT_ABOVE else "unique" if score > UNIQUE_ABOVE else "synergy"


def leading_in_bits(profile: InteractionProfile) -> str | None:
    """The part with the most bits, None where it is not told or its interval holds none at all."""
    if profile.information is None:
        return None
    leader = max(TYPES, key=lambda kind: float(getattr(profile.information, kind).value))
    return leader if getattr(profile.information, leader).low > 0 else None


def _row(profile: InteractionProfile, words: Words) -> Disagreement:
    leading, information = leading_in_bits(profile), profile.information
    bits = ""
    if leading is not None and information is not None:
        number = decimal(getattr(information, leading).value)
        bits = words("differ.bits", type=words.name("type", leading), bits=number)
    by_delta = words(f"differ.{_kind_by_delta(profile)}")
    return Disagreement(
        task=profile.task,
        type=profile.type,
        type_name=words.name("type", profile.type),
        delta=words("differ.delta", type=by_delta, score=decimal(profile.delta.value)),
        bits=bits,
        why=next(words(f"differ.why.{name}", **said) for name, why in REASONS.items() if (said := why(profile))),
    )


def _mixture(profile: InteractionProfile) -> dict[str, str]:
    known = sum(profile.shares)
    most = max(profile.shares)
    return {"share": percent(most / known)} if known > 0 and most < MIXED_BELOW * known else {}


def _few_answers(profile: InteractionProfile) -> dict[str, str]:
    chances = [_chance(profile.accuracy[view].value, profile.kappa[view].value) for view in profile.kappa]
    return {"chance": percent(max(chances))} if chances and max(chances) >= FEW_ANSWERS else {}


def _chance(accuracy: float, kappa: float) -> float:
    return (accuracy - kappa) / (1 - kappa) if kappa < 1 else 0.0


def _slips(profile: InteractionProfile) -> dict[str, str]:
    if "both" not in profile.accuracy or profile.accuracy["both"].value >= SURE_ENOUGH:
        return {}
    return {"accuracy": percent(profile.accuracy["both"].value)}


def _by_bits(profile: InteractionProfile) -> dict[str, str]:
    same = _kind_by_delta(profile) == _kind(profile.type)
    return {"n": whole(profile.num_examples)} if same else {}


def _otherwise(profile: InteractionProfile) -> dict[str, str]:
    return {"delta": decimal(profile.delta.value)}


REASONS: dict[str, Callable[[InteractionProfile], dict[str, str]]] = {
    "mixture": _mixture,
    "bits": _by_bits,
    "few_answers": _few_answers,
    "slips": _slips,
    "otherwise": _otherwise,
}
