"""The answer in one sentence, as data: did grouping pay here, by how much, against whom.

A gain or a loss is only called one where the interval of the difference leaves out zero and the corrected test agrees.
Where one of the two says so and the other does not, the verdict leans; where neither does, nothing was shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.explain.evidence import ReportData
    from mintune.records import Comparison, ScoreTable

Outcome = Literal["unmeasured", "uncompared", "one_group", "gain", "loss", "leaning_gain", "leaning_loss", "level"]

REFERENCES = ("all", "single")
"""What a user would do without groups, in the order in which it is the fairest question to ask."""


@dataclass(frozen=True)
class Verdict:
    """What the comparison with `comparison.against` shows; `comparison` is None where there was none.

    The outcome is `one_group` where the strategy found nothing to tell tasks apart, so that nothing was grouped.
    `control` is the comparison with random groups of the same sizes: it tells whether it mattered *which* tasks met.
    """

    outcome: Outcome
    comparison: Comparison | None = None
    control: Comparison | None = None


def reach_verdict(report: ReportData) -> Verdict:
    """The verdict on the strategy in use against doing without groups, or against the first other strategy."""
    if len(report.grouping.groups) == 1 and report.main != "all":
        return Verdict("one_group")
    if report.scores is None or not report.scores.scores:
        return Verdict("unmeasured")
    found = comparisons_of(report.scores, report.main)
    if not found:
        return Verdict("uncompared")
    reference = reference_of(found)
    control = next((comparison for comparison in found if comparison.against == "random"), None)
    outcome = judge(reference, report.config.evaluate.confidence)
    return Verdict(outcome, reference, control if control is not reference else None)


def reference_of(found: Sequence[Comparison]) -> Comparison:
    """Of comparisons of the strategy in use, the one with doing without groups, or else the first."""
    against = {comparison.against: comparison for comparison in found}
    return next((against[name] for name in REFERENCES if name in against), found[0])


def judge(comparison: Comparison, confidence: float) -> Outcome:
    """What one comparison shows at this level of confidence."""
    excludes_zero = comparison.low > 0 or comparison.high < 0
    is_significant = comparison.p_value <= 1 - confidence
    if not excludes_zero and not is_significant:
        return "level"
    if excludes_zero and is_significant:
        return "gain" if comparison.difference > 0 else "loss"
    return "leaning_gain" if comparison.difference > 0 else "leaning_loss"


def comparisons_of(scores: ScoreTable, main: str) -> list[Comparison]:
    """Comparisons that `main` takes part in, each turned so that a positive difference speaks for `main`."""
    return [
        comparison if comparison.strategy == main else turned(comparison)
        for comparison in scores.comparisons
        if main in (comparison.strategy, comparison.against)
    ]


def turned(comparison: Comparison) -> Comparison:
    """The same comparison, seen from the other strategy."""
    return comparison.model_copy(
        update={
            "strategy": comparison.against,
            "against": comparison.strategy,
            "difference": -comparison.difference,
            "low": -comparison.high,
            "high": -comparison.low,
            "num_better": comparison.num_worse,
            "num_worse": comparison.num_better,
        }
    )
