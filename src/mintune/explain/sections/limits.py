"""What a comparison could not have shown, whatever there was to see: told beside the advice and among the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words


def limit_of_test(report: ReportData, words: Words) -> str:
    """Where too few tasks were compared for a gain to be significant: n signs flip in 2^n ways, two of them extreme.

    Empty where the tasks are enough, or nothing was compared.
    """
    comparisons = report.scores.comparisons if report.scores else ()
    fewest = min((comparison.num_tasks for comparison in comparisons), default=0)
    least_p = 2.0 ** (1 - fewest)
    if not fewest or least_p <= 1 - report.config.evaluate.confidence:
        return ""
    return words("limit.few_tasks", tasks=words.count("task", fewest), p=words.p_value(min(least_p, 1.0)))
