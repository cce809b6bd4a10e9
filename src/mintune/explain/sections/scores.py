"""Section 5: scores by strategy and type, then task by task, with what harm was done and what cannot be seen yet."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from mintune.evaluate.summary import SOLVED
from mintune.explain.charts.dots import Dot, lane, means
from mintune.explain.standing import TaskStanding, mean_normalised, normalised_by_task, stand_tasks
from mintune.explain.verdict import reach_verdict
from mintune.explain.words import percent, points, whole
from mintune.records import TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from markupsafe import Markup

    from mintune.explain.evidence import ReportData
    from mintune.explain.words import Words
    from mintune.records import Estimate


@dataclass(frozen=True)
class Panel:
    """Means of all strategies over some tasks."""

    title: str
    type: str
    size: str
    figure: Markup


@dataclass(frozen=True)
class ScoreRow:
    """One task under every strategy; `values` are (value, interval) in the order of the strategies."""

    task: str
    metric: str
    chance: str
    ceiling: str
    figure: Markup
    values: list[tuple[str, str]]
    is_seen: bool
    is_harmed: bool


@dataclass(frozen=True)
class MeanRow:
    """One strategy: (mean, interval) for each panel in their order, and median and solved tasks over all."""

    strategy: str
    style: str
    means: list[tuple[str, str]]
    median: str
    solved: str


@dataclass(frozen=True)
class ScoresSection:
    """What tuning brought; `panels` and `rows` are empty where nothing was scored."""

    panels: list[Panel]
    mean_note: str
    strategies: list[tuple[str, str]]
    means: list[MeanRow]
    solved_heading: str
    rows: list[ScoreRow]
    harmed: str
    not_seen: str


def scores_section(report: ReportData, words: Words) -> ScoresSection | None:
    """Scores with intervals; None before evaluation."""
    if report.scores is None or not report.scores.scores:
        return None
    comparison = reach_verdict(report).comparison
    reference = comparison.against if comparison else None
    standings = stand_tasks(report, reference)
    selections = _selections(report, standings, words)
    confidence = report.config.evaluate.confidence
    table = {
        strategy: [mean_normalised(report.scores.scores, strategy, confidence, tasks) for _, _, tasks in selections]
        for strategy in report.strategies
    }
    return ScoresSection(
        panels=_panels(selections, table, report, words),
        mean_note=words(
            "scores.mean_note",
            confidence=percent(confidence),
            seeds=words("scores.and_seeds") if report.num_seeds > 1 else "",
        ),
        strategies=[(words.strategy(strategy), _style(strategy, report)) for strategy in report.strategies],
        means=[_mean_row(strategy, table[strategy], report, words) for strategy in report.strategies],
        solved_heading=words("scores.solved", level=whole(SOLVED * 100)),
        rows=[_row(standing, report, words) for standing in standings],
        harmed=_harmed(standings, reference, words),
        not_seen=_not_seen(standings, words),
    )


def _style(strategy: str, report: ReportData) -> str:
    """The class that tells the strategy in use from the others."""
    return "mine" if strategy == report.main else "other"


def _selections(
    report: ReportData, standings: Sequence[TaskStanding], words: Words
) -> list[tuple[str, str, Collection[str]]]:
    """All scored tasks, then those of each type, as (type, title, tasks); types without tasks are left out."""
    types = {profile.task: profile.type for profile in report.profiles.profiles}
    scored = [standing.task for standing in standings]
    found: list[tuple[str, str, Collection[str]]] = [("", words("scores.everything"), scored)]
    for kind in (*TYPES, "undetermined"):
        tasks = [task for task in scored if types.get(task, "undetermined") == kind]
        if tasks:
            found.append((kind, words.name("type", kind), tasks))
    return found


def _panels(
    selections: Sequence[tuple[str, str, Collection[str]]],
    table: dict[str, list[Estimate | None]],
    report: ReportData,
    words: Words,
) -> list[Panel]:
    """One figure a selection, all on one scale."""
    there = [mean for row in table.values() for mean in row if mean]
    span = (min([0.0, *(mean.low for mean in there)]) - 0.02, max([1.0, *(mean.high for mean in there)]) + 0.02)
    panels = []
    for column, (kind, title, tasks) in enumerate(selections):
        dots = []
        for strategy in report.strategies:
            mean = table[strategy][column]
            if mean:
                label = words.strategy(strategy)
                dots.append(Dot(label, mean, _style(strategy, report), f"{label}: {words.points_estimate(mean)}"))
        alt = f"{title}. {words('scores.by_type_alt')}"
        panels.append(Panel(title, kind, words.count("task", len(tasks)), means(dots, alt, span)))
    return panels


def _mean_row(strategy: str, means_of: Sequence[Estimate | None], report: ReportData, words: Words) -> MeanRow:
    scores = report.scores.scores if report.scores else ()
    each = list(normalised_by_task(scores, strategy).values())
    return MeanRow(
        strategy=words.strategy(strategy),
        style=_style(strategy, report),
        means=[(points(mean.value), _range(mean, words)) if mean else ("", "") for mean in means_of],
        median=points(median(each)),
        solved=whole(sum(value >= SOLVED for value in each)),
    )


def _row(standing: TaskStanding, report: ReportData, words: Words) -> ScoreRow:
    dots, values = [], []
    for strategy in report.strategies:
        value = standing.values.get(strategy)
        if value is None:
            values.append(("", ""))
            continue
        written = (points(value.value), _range(value, words))
        values.append(written)
        tip = f"{words.strategy(strategy)}: {words('number.estimate', value=written[0], interval=written[1])}"
        dots.append(Dot(words.strategy(strategy), value, _style(strategy, report), tip))
    return ScoreRow(
        task=standing.task,
        metric=words.name("metric", standing.metric),
        chance=points(standing.chance),
        ceiling=points(standing.ceiling),
        figure=lane(dots, standing.chance, standing.ceiling),
        values=values,
        is_seen=standing.is_seen,
        is_harmed=standing.is_harmed,
    )


def _range(estimate: Estimate, words: Words) -> str:
    return words("number.range", low=points(estimate.low), high=points(estimate.high))


def _harmed(standings: Sequence[TaskStanding], reference: str | None, words: Words) -> str:
    if reference is None:
        return ""
    against = words.strategy(reference, "phrase")
    harmed = [standing.task for standing in standings if standing.is_harmed]
    if not harmed:
        return words("scores.harmed_none", against=against)
    return words("scores.harmed_list", against=against, tasks=words.listing(harmed))


def _not_seen(standings: Sequence[TaskStanding], words: Words) -> str:
    names = [standing.task for standing in standings if not standing.is_seen]
    if not names:
        return ""
    tasks = words.count("task", len(standings))
    return words("scores.not_seen_list", n=whole(len(names)), tasks=tasks, names=words.listing(names))
