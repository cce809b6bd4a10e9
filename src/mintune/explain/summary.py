"""The report in a few lines, as data: what the terminal shows at the end of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.sections.answer import next_sentence, verdict_sentence
from mintune.explain.standing import mean_normalised
from mintune.explain.verdict import comparisons_of, reach_verdict
from mintune.explain.words import Words, points, signed_points
from mintune.records import ScoreTable

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData


@dataclass(frozen=True)
class Summary:
    """A title, a table of words (first the headings, then one row a strategy), the verdict, and what to do next.

    `advice` is empty where strategies were not compared.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    verdict: str
    advice: str


def summary_table(report: ReportData, language: str = "en") -> Summary:
    """Each strategy's mean normalised score, its interval, and how far the strategy in use is ahead of it.

    As everywhere a positive difference speaks for the strategy in use. Without scores there are no rows.
    """
    words = Words(language)
    scores = report.scores or ScoreTable(scores=())
    against = {found.against: found for found in comparisons_of(scores, report.main)}
    rows = []
    for strategy in report.strategies:
        mean = mean_normalised(scores.scores, strategy, report.config.evaluate.confidence)
        if mean is None:
            continue
        difference = words("summary.in_use") if strategy == report.main else ""
        if strategy in against:
            found = against[strategy]
            interval = words("number.range", low=signed_points(found.low), high=signed_points(found.high))
            difference = words("number.estimate", value=signed_points(found.difference), interval=interval)
        interval = words("number.range", low=points(mean.low), high=points(mean.high))
        rows.append((words.strategy(strategy), points(mean.value), interval, difference))
    return Summary(
        title=words("summary.title"),
        headings=(
            words("summary.strategy"),
            words("summary.mean"),
            words("summary.interval"),
            words("summary.against_main", strategy=words.strategy(report.main)),
        ),
        rows=tuple(rows),
        verdict=verdict_sentence(report, reach_verdict(report), words),
        advice=next_sentence(report, words),
    )
