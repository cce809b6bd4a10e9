"""What to do with what was measured, as data: which strategy's adapters to use, and how sure that is.

Strategies are compared with the one in use and not with one another, so among several that beat it the simplest is
named, not the one with the highest mean. Random groups are a control, and advised only where nothing else is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mintune.explain.verdict import comparisons_of, judge, reference_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mintune.explain.evidence import ReportData

CONTROL = "random"


@dataclass(frozen=True)
class Advice:
    """Use `strategy`: `folder` of the run folder is its adapter's, or holds a folder for each of its adapters.

    `because` is `gain` where the strategy in use beats doing without groups, `loss` where `strategy` beats the one in
    use, and `open` where neither is sure and `strategy` is the simplest that is not worse for sure. `as_good` are
    others that beat the strategy in use as well.
    """

    because: Literal["gain", "loss", "open"]
    strategy: str
    folder: str
    num_adapters: int
    as_good: tuple[str, ...] = ()


def advise(report: ReportData) -> Advice | None:
    """What to do next, or None where strategies were not compared."""
    found = comparisons_of(report.scores, report.main) if report.scores else []
    if not found:
        return None
    outcomes = {comparison.against: judge(comparison, report.config.evaluate.confidence) for comparison in found}
    better = _simplest_first(report, (name for name, outcome in outcomes.items() if outcome == "loss"))
    if better:
        return _advice(report, "loss", better[0], as_good=tuple(name for name in better[1:] if name != CONTROL))
    if outcomes[reference_of(found).against] == "gain":
        return _advice(report, "gain", report.main)
    not_worse = [name for name, outcome in outcomes.items() if outcome != "gain" and name != CONTROL]
    return _advice(report, "open", _simplest_first(report, (report.main, *not_worse))[0])


def folder_of(strategy: str) -> str:
    """Where the adapters of a strategy lie in the run folder, those of the run's own seed."""
    return f"tune/{strategy}/"


def _advice(
    report: ReportData, because: Literal["gain", "loss", "open"], strategy: str, *, as_good: tuple[str, ...] = ()
) -> Advice:
    names = _group_names(report, strategy)
    folder = folder_of(strategy) + (f"{names[0]}/" if len(names) == 1 else "")
    return Advice(because, strategy, folder, len(names), as_good)


def _simplest_first(report: ReportData, strategies: Iterable[str]) -> list[str]:
    """Strategies by how many adapters must be served; random groups last, and `all` before others with one."""
    return sorted(strategies, key=lambda name: (name == CONTROL, len(_group_names(report, name)), name != "all"))


def _group_names(report: ReportData, strategy: str) -> list[str]:
    """Groups of the strategy; where its grouping is not at hand one for `all`, else as many as there are tasks."""
    for grouping in (report.grouping, *report.other_groupings):
        if grouping.strategy == strategy:
            return [group.name for group in grouping.groups]
    return ["all"] if strategy == "all" else list(report.grouping.membership)
