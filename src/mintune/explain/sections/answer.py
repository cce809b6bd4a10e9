"""Section 1: did grouping pay here, by how much, and what did it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mintune.explain.advice import advise
from mintune.explain.charts.dots import Dot, forest
from mintune.explain.sections.limits import limit_of_test
from mintune.explain.verdict import Verdict, comparisons_of, judge, reach_verdict
from mintune.explain.words import MINUS, percent, points, signed_points, whole
from mintune.records import Cost, Estimate

if TYPE_CHECKING:
    from markupsafe import Markup

    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import Comparison


ENOUGH_SEEDS = 3
"""The least number of seeds to advise where nothing is sure: with fewer, how much training varies is hardly seen."""


@dataclass(frozen=True)
class ForestRow:
    """One other strategy: the difference that the strategy in use makes against it."""

    against: str
    difference: str
    interval: str
    p_value: str
    better_worse: str
    outcome: str


@dataclass(frozen=True)
class AnswerSection:
    """The verdict as a sentence, what qualifies it, and the differences it rests on."""

    outcome: str
    sentence: str
    details: list[str]
    forest: Markup | None
    rows: list[ForestRow]
    interval_heading: str
    p_heading: str
    unit: str
    note: str


def answer_section(report: ReportData, words: Words) -> AnswerSection:
    """The answer; without scores it says that nothing was measured and how to find out."""
    verdict = reach_verdict(report)
    found = comparisons_of(report.scores, report.main) if report.scores else []
    confidence = report.config.evaluate.confidence
    num_comparisons = max((comparison.num_comparisons for comparison in found), default=0)
    return AnswerSection(
        outcome=verdict.outcome,
        sentence=verdict_sentence(report, verdict, words),
        details=_details(report, verdict, words),
        forest=_forest(report, found, words) if found else None,
        rows=[_row(comparison, confidence, words) for comparison in found],
        interval_heading=words("forest.interval", confidence=percent(confidence)),
        unit=words("forest.unit", strategy=words.strategy(report.main)),
        p_heading=words("forest.p_corrected" if num_comparisons > 1 else "forest.p"),
        note=_note(num_comparisons, words) if found else "",
    )


def verdict_sentence(report: ReportData, verdict: Verdict, words: Words) -> str:
    """The one sentence that answers whether grouping paid. It is about grouping only where `all` is the other side.

    It holds the first p on the page, and so says for how many comparisons that is corrected.
    """
    if verdict.comparison is None:
        groups = len(report.grouping.groups)
        return words(
            f"verdict.{verdict.outcome}",
            tasks=words.count("task", len(report.grouping.membership)),
            groups=words.count("group", groups),
            strategy=words.strategy(report.main, "phrase"),
        )
    comparison = verdict.comparison
    family = "grouping" if comparison.against == "all" else "plain"
    is_lower = verdict.outcome == "level" and signed_points(comparison.difference).startswith(MINUS)
    numbers = _numbers(comparison, words)
    if comparison.num_comparisons > 1:
        numbers["p"] = words("number.p_corrected", p=numbers["p"], n=whole(comparison.num_comparisons))
    return words(
        f"verdict.{family}.{'lower' if is_lower else verdict.outcome}",
        strategy=words.strategy(comparison.strategy, "phrase"),
        against=words.strategy(comparison.against, "phrase"),
        size=points(abs(comparison.difference)),
        **numbers,
        confidence=percent(report.config.evaluate.confidence),
    )


def _details(report: ReportData, verdict: Verdict, words: Words) -> list[str]:
    said = []
    if verdict.comparison:
        against = words.strategy(verdict.comparison.against, "phrase")
        said.append(
            words(
                "answer.counts",
                tasks=words.count("task", verdict.comparison.num_tasks),
                better=whole(verdict.comparison.num_better),
                worse=whole(verdict.comparison.num_worse),
                against=against,
            )
        )
    if verdict.control:
        outcome = judge(verdict.control, report.config.evaluate.confidence)
        key = "leaning" if outcome.startswith("leaning") else outcome
        said.append(words(f"control.{key}", **_numbers(verdict.control, words)))
    said += _cost(report, verdict, words)
    if "evaluate" in report.stale:
        said.append(words("answer.stale"))
    elif verdict.outcome in ("unmeasured", "uncompared"):
        said.append(words(f"answer.{_next_step(report, verdict.outcome)}"))
    elif advice := next_sentence(report, words):
        said.append(advice)
    if "tune" in report.stale:
        said.append(words("answer.stale_adapters"))
    return said


def next_sentence(report: ReportData, words: Words) -> str:
    """What to do now that strategies were compared, and where the adapters for it lie; empty where they were not."""
    advice = advise(report)
    if advice is None:
        return ""
    said = [
        words(
            f"next.{advice.because}",
            strategy=words.strategy(advice.strategy, "phrase"),
            main=words.strategy(report.main, "phrase"),
            seeds=whole(max(ENOUGH_SEEDS, report.num_seeds + 2)),
        )
    ]
    if advice.as_good:
        others = words.listing([words.strategy(name, "phrase") for name in advice.as_good])
        said.append(words("next.as_good", others=others))
    if advice.because == "open":
        if few := limit_of_test(report, words):
            said.append(few)
        if advice.num_adapters == 1:
            said.append(words("next.cheapest"))
    said.append(words("next.one" if advice.num_adapters == 1 else "next.many", folder=advice.folder))
    return words("list.sentences").join(said)


def _next_step(report: ReportData, outcome: str) -> str:
    """What has to be done so that it can be measured."""
    if not report.config.has_backbone:
        return "without_backbone"
    return f"{outcome}_next" if report.config.suite.names_data else "without_data"


def _cost(report: ReportData, verdict: Verdict, words: Words) -> list[str]:
    said: list[str] = []
    total = sum(cost.seconds for cost in report.costs.values())
    costs = report.scores.costs if report.scores else {}
    if total > 0:
        said.append(words("answer.cost_shared" if len(costs) > 1 else "answer.cost", total=words.duration(total)))
    if verdict.comparison:
        mine, other = (costs.get(name, Cost()).seconds for name in (report.main, verdict.comparison.against))
        if mine > 0 and other > 0:
            said.append(
                words(
                    "answer.cost_tuning",
                    strategy=words.strategy(report.main, "phrase"),
                    against=words.strategy(verdict.comparison.against, "phrase"),
                    mine=words.duration(mine),
                    other=words.duration(other),
                )
            )
    return [words("list.sentences").join(said)] if said else []


def _note(num_comparisons: int, words: Words) -> str:
    corrected = words("forest.corrected", n=whole(num_comparisons)) if num_comparisons > 1 else words("forest.single")
    return words("list.sentences").join([words("forest.paired"), corrected, words("forest.note")])


def _forest(report: ReportData, found: list[Comparison], words: Words) -> Markup:
    strategy = words.strategy(report.main)
    dots = []
    for comparison in found:
        estimate = Estimate(value=comparison.difference, low=comparison.low, high=comparison.high)
        label = words.strategy(comparison.against)
        row = _row(comparison, report.config.evaluate.confidence, words)
        tip = f"{label}: {row.difference} ({row.interval}), {row.p_value}"
        dots.append(Dot(label, estimate, f"outcome-{row.outcome}", tip))
    return forest(dots, words("forest.alt", strategy=strategy))


def _row(comparison: Comparison, confidence: float, words: Words) -> ForestRow:
    numbers = _numbers(comparison, words)
    return ForestRow(
        against=words.strategy(comparison.against),
        difference=numbers["difference"],
        interval=words("number.range", low=numbers["low"], high=numbers["high"]),
        p_value=numbers["p"],
        better_worse=f"{whole(comparison.num_better)} / {whole(comparison.num_worse)}",
        outcome=judge(comparison, confidence),
    )


def _numbers(comparison: Comparison, words: Words) -> dict[str, str]:
    return {
        "difference": signed_points(comparison.difference),
        "low": signed_points(comparison.low),
        "high": signed_points(comparison.high),
        "p": words.p_value(comparison.p_value),
    }
