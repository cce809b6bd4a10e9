"""The page says what to do with what was measured, names the folder, and claims no order that was not shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.explain import reports

from mintune.explain.advice import advise
from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.sections.answer import answer_section
from mintune.explain.words import Words

GAIN, LOSS, LEVEL = (0.03, 0.01, 0.05, 0.01), (-0.03, -0.05, -0.01, 0.01), (0.0, -0.02, 0.02, 0.9)
UNFIRM_LOSS = (-0.03, -0.05, -0.01, 0.2)


def with_outcomes(report: ReportData, **against: tuple[float, float, float, float]) -> ReportData:
    """The same run, compared with these strategies alone, to these effects."""
    assert report.scores is not None
    known = report.scores.comparisons[0]
    comparisons = tuple(
        known.model_copy(
            update={"against": name, "difference": value, "low": low, "high": high, "p_value": p, "num_comparisons": 3}
        )
        for name, (value, low, high, p) in against.items()
    )
    return replace(report, scores=report.scores.model_copy(update={"comparisons": comparisons}))


@pytest.mark.parametrize(
    ("against", "because", "strategy"),
    [
        ({"all": GAIN, "single": LEVEL, "random": LEVEL}, "gain", "interaction"),
        ({"all": GAIN, "single": LOSS}, "loss", "single"),
        ({"all": LOSS, "single": LOSS}, "loss", "all"),
        ({"all": LEVEL, "single": LEVEL, "random": LEVEL}, "open", "all"),
        ({"all": UNFIRM_LOSS}, "open", "all"),
        ({"single": LEVEL}, "open", "interaction"),  # four adapters instead of thirteen
        ({"single": GAIN}, "gain", "interaction"),
        ({"domain": LEVEL, "random": LEVEL}, "open", "interaction"),
        ({"single": LOSS, "random": LOSS}, "loss", "single"),
        ({"random": LOSS}, "loss", "random"),
    ],
)
def test_advice_goes_by_what_is_sure_and_then_by_what_is_simple(
    full: ReportData, against: dict[str, tuple[float, float, float, float]], because: str, strategy: str
) -> None:
    advice = advise(with_outcomes(full, **against))
    assert advice is not None
    assert (advice.because, advice.strategy, advice.folder.split("/")[:2]) == (because, strategy, ["tune", strategy])
    assert (advice.num_adapters == 1) == (advice.folder.count("/") == 3)


def test_without_a_comparison_nothing_is_advised(full: ReportData, early: ReportData) -> None:
    assert advise(early) is None
    assert advise(with_outcomes(full)) is None


def test_where_grouping_won_its_adapters_are_the_next_step(full: ReportData) -> None:
    report = with_outcomes(full, all=GAIN)
    assert answer_section(report, Words("en")).details[-1] == (
        "What to do: use groups by interaction, which scored better for sure. The adapters lie in `tune/interaction/` "
        "inside the run folder, one folder a group."
    )
    assert "`tune/interaction/`" in answer_section(report, Words("ja")).details[-1]


def test_strategies_that_won_alike_are_named_beside_the_simplest(full: ReportData) -> None:
    said = answer_section(with_outcomes(full, all=LOSS, single=LOSS), Words("en")).details[-1]
    assert "use one adapter for all tasks, which scored better for sure than groups by interaction" in said
    assert "So did one adapter per task; these were not compared with one another" in said
    assert "The adapter lies in `tune/all/all/`" in said


def test_where_nothing_is_sure_that_is_said_with_what_would_tell(full: ReportData) -> None:
    report = with_outcomes(full, all=UNFIRM_LOSS, single=LEVEL)
    said = answer_section(report, Words("en")).details[-1]
    assert "which strategy is best is not sure" in said
    assert "one adapter for all tasks will do" in said
    assert "cheapest to serve" in said
    assert report.num_seeds == 2
    assert "`evaluate.seeds: 4`" in said
    assert report.scores is not None
    one_seed = report.scores.model_copy(update={"scores": tuple(s for s in report.scores.scores if s.seed == 0)})
    assert "`evaluate.seeds: 3`" in answer_section(replace(report, scores=one_seed), Words("en")).details[-1]


def test_where_the_tasks_are_too_few_to_show_anything_the_advice_says_so(full: ReportData) -> None:
    report = with_outcomes(full, all=LEVEL)
    assert report.scores is not None
    few = report.scores.comparisons[0].model_copy(update={"num_tasks": 4})
    told = replace(report, scores=report.scores.model_copy(update={"comparisons": (few,)}))
    said = "With 4 tasks the test cannot fall below p = 0.125, whatever the gain."
    assert said in answer_section(told, Words("en")).details[-1]
    assert said not in answer_section(report, Words("en")).details[-1]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_says_where_each_adapter_lies(full: ReportData, language: str) -> None:
    words = Words(language)
    html = render(compose(reports.with_difference(full, *GAIN), words, exemplars=0), words)
    for group in full.grouping.groups:
        assert f"<code>tune/interaction/{group.name}/</code>" in html
