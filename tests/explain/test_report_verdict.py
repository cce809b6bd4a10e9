"""The verdict says gain only where interval and test agree, and says the rest as plainly."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.explain import reports

from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.sections.answer import answer_section
from mintune.explain.summary import summary_table
from mintune.explain.verdict import comparisons_of, judge, reach_verdict, turned
from mintune.explain.words import Words
from mintune.records import Comparison, ScoreTable


def comparison(
    low: float, high: float, p_value: float, strategy: str = "interaction", against: str = "all"
) -> Comparison:
    return Comparison(
        strategy="interaction",
        against=against,
        difference=(low + high) / 2,
        low=low,
        high=high,
        p_value=p_value,
        num_tasks=13,
        num_comparisons=3,
        num_better=9,
        num_worse=3,
    )


@pytest.mark.parametrize(
    ("low", "high", "p_value", "outcome"),
    [
        (0.01, 0.05, 0.01, "gain"),
        (-0.05, -0.01, 0.01, "loss"),
        (-0.01, 0.05, 0.2, "level"),
        (0.01, 0.05, 0.2, "leaning_gain"),
        (-0.01, 0.05, 0.01, "leaning_gain"),
        (-0.05, -0.01, 0.2, "leaning_loss"),
        (0.0, 0.0, 1.0, "level"),
    ],
)
def test_gain_takes_both_interval_and_test(low: float, high: float, p_value: float, outcome: str) -> None:
    assert judge(comparison(low, high, p_value), 0.95) == outcome


def test_a_stricter_level_asks_for_a_smaller_p() -> None:
    found = comparison(0.01, 0.05, 0.03)
    assert judge(found, 0.95) == "gain"
    assert judge(found, 0.99) == "leaning_gain"


def test_turning_a_comparison_twice_changes_nothing() -> None:
    found = comparison(-0.01, 0.05, 0.2)
    assert turned(turned(found)) == found
    assert turned(found).difference == -found.difference
    assert (turned(found).low, turned(found).high) == (-0.05, 0.01)


def test_a_comparison_is_read_from_either_side(full: ReportData) -> None:
    assert full.scores is not None
    reversed_table = full.scores.model_copy(update={"comparisons": tuple(map(turned, full.scores.comparisons))})
    assert comparisons_of(reversed_table, "interaction") == list(full.scores.comparisons)


def test_the_question_is_put_against_one_adapter_for_all(full: ReportData) -> None:
    verdict = reach_verdict(full)
    assert verdict.comparison is not None
    assert verdict.control is not None
    assert (verdict.comparison.against, verdict.control.against) == ("all", "random")


def test_without_scores_or_rivals_nothing_is_claimed(full: ReportData, early: ReportData) -> None:
    assert reach_verdict(early).outcome == "unmeasured"
    assert full.scores is not None
    alone = replace(full, scores=full.scores.model_copy(update={"comparisons": ()}))
    assert reach_verdict(alone).outcome == "uncompared"
    assert reach_verdict(replace(full, scores=ScoreTable(scores=()))).outcome == "unmeasured"


@pytest.mark.parametrize(("backbone", "next_step"), [("mintune/tiny", "`mintune tune`"), ("none", "`backbone`")])
def test_what_to_do_next_can_be_done(early: ReportData, backbone: str, next_step: str) -> None:
    report = replace(early, config=early.config.model_copy(update={"backbone": backbone}))
    for language in ("en", "ja"):
        assert next_step in answer_section(report, Words(language)).details[-1]


def test_one_group_is_no_grouping(full: ReportData, early: ReportData) -> None:
    together = next(grouping for grouping in full.other_groupings if grouping.strategy == "all")
    undivided = together.model_copy(update={"strategy": "interaction"})
    for report in (full, early):
        section = answer_section(replace(report, grouping=undivided), Words("en"))
        assert section.outcome == "one_group"
        assert section.sentence.startswith(
            "There is nothing to group here: groups by interaction leave 13 tasks together"
        )
    assert reach_verdict(replace(early, grouping=together)).outcome == "unmeasured"


GAIN = (0.034, 0.012, 0.056, 0.008)
LOSS = (-0.034, -0.056, -0.012, 0.008)
LOWER = (-0.063, -0.148, 0.021, 0.313)
LEVEL = (0.004, -0.021, 0.029, 0.81)


@pytest.mark.parametrize(
    ("numbers", "language", "sentence"),
    [
        (
            GAIN,
            "en",
            "Grouping paid here: with groups by interaction the tasks score 3.4 points higher on average than with one "
            "adapter for all tasks (95% interval +1.2 to +5.6, p = 0.008, corrected for 3 comparisons).",
        ),
        (
            LOSS,
            "en",
            "Grouping did not pay here: with groups by interaction the tasks score 3.4 points lower on average than "
            "with one adapter for all tasks (95% interval −5.6 to −1.2, p = 0.008, corrected for 3 comparisons).",
        ),
        (
            LEVEL,
            "en",
            "No benefit of grouping was shown here: groups by interaction differ from one adapter for all tasks by "
            "+0.4 points on average, and the 95% interval, −2.1 to +2.9, includes zero (p = 0.810, "
            "corrected for 3 comparisons).",
        ),
        (
            LOWER,
            "en",
            "No benefit of grouping was shown here: with groups by interaction the tasks score 6.3 points lower on "
            "average than with one adapter for all tasks, which may be chance, as the 95% interval, −14.8 to +2.1, "
            "includes zero (p = 0.313, corrected for 3 comparisons).",
        ),
        (
            LOWER,
            "ja",
            "グループ分けの効果は確認できませんでした。相互作用別のグループ分けでは、全タスク共通のアダプタに比べて"
            "平均スコアが6.3ポイント低くなりましたが、95%信頼区間（−14.8～+2.1）がゼロを含むため、"
            "偶然の差かもしれません（p = 0.313、3件の比較に対する補正済み）。",
        ),
        (
            GAIN,
            "ja",
            "グループ分けの効果が確認できました。相互作用別のグループ分けでは、全タスク共通のアダプタに比べて"
            "平均スコアが3.4ポイント高くなりました（95%信頼区間 +1.2～+5.6、p = 0.008、3件の比較に対する補正済み）。",
        ),
        (
            LOSS,
            "ja",
            "今回はグループ分けが逆効果でした。相互作用別のグループ分けでは、全タスク共通のアダプタに比べて"
            "平均スコアが3.4ポイント低くなりました（95%信頼区間 −5.6～−1.2、p = 0.008、3件の比較に対する補正済み）。",
        ),
        (
            LEVEL,
            "ja",
            "グループ分けの効果は確認できませんでした。相互作用別のグループ分けと全タスク共通のアダプタの平均スコアの差は"
            "+0.4ポイントですが、95%信頼区間（−2.1～+2.9）がゼロを含んでいます（p = 0.810、"
            "3件の比較に対する補正済み）。",
        ),
    ],
)
def test_the_answer_in_one_sentence(
    full: ReportData, numbers: tuple[float, float, float, float], language: str, sentence: str
) -> None:
    report = reports.with_difference(full, *numbers)
    assert answer_section(report, Words(language)).sentence == sentence
    assert summary_table(report, language).verdict == sentence


def test_a_difference_that_rounds_to_nothing_is_not_called_lower(full: ReportData) -> None:
    report = reports.with_difference(full, -0.0001, -0.02, 0.02, 0.9)
    assert "by 0.0 points" in answer_section(report, Words("en")).sentence


def test_one_comparison_is_corrected_for_nothing(full: ReportData) -> None:
    assert full.scores is not None
    single = comparison(0.01, 0.05, 0.01, against="single").model_copy(update={"num_comparisons": 1})
    report = replace(full, scores=full.scores.model_copy(update={"comparisons": (single,)}))
    for language, correct in (("en", "correct"), ("ja", "補正済み")):
        section = answer_section(report, Words(language))
        assert correct not in section.sentence + section.p_heading
        assert "1 comparisons" not in section.note
    assert "nothing to correct for" in answer_section(report, Words("en")).note
    assert "補正の必要はありません" in answer_section(report, Words("ja")).note


def test_of_several_comparisons_p_is_corrected_and_intervals_are_not(full: ReportData) -> None:
    section = answer_section(full, Words("en"))
    assert section.p_heading == "p, corrected"
    assert "p is corrected for 3 comparisons (Holm), the intervals are not." in section.note


def test_time_that_strategies_share_is_not_called_the_time_of_the_run(full: ReportData, early: ReportData) -> None:
    said = " ".join(answer_section(full, Words("en")).details)
    assert "had each strategy been trained alone: 29 min 25 s in all" in said
    asked = replace(early, costs={"profile": full.profiles.cost})
    assert "Computing time: 1 min 33 s." in " ".join(answer_section(asked, Words("en")).details)
    for report, is_shared in ((full, True), (asked, False)):
        html = render(compose(report, Words("en"), exemplars=0), Words("en"))
        assert ("What strategies share is counted for each of them, as if" in html) == is_shared


def test_random_groups_qualify_the_answer(full: ReportData) -> None:
    details = " ".join(answer_section(full, Words("en")).details)
    assert "that it matters which tasks share a group is not shown" in details


def test_grouping_is_only_spoken_of_against_one_for_all(full: ReportData) -> None:
    assert full.scores is not None
    only_single = full.scores.model_copy(update={"comparisons": (comparison(0.01, 0.05, 0.01, against="single"),)})
    sentence = answer_section(replace(full, scores=only_single), Words("en")).sentence
    assert sentence.startswith("With groups by interaction the tasks score 3.0 points higher")
    assert "than with one adapter per task" in sentence


def test_summary_has_a_row_a_strategy_whose_signs_are_those_of_the_page(full: ReportData) -> None:
    summary = summary_table(reports.with_difference(full, *GAIN))
    assert [row[0] for row in summary.rows] == ["By interaction", "One for all", "One per task", "Random groups"]
    assert all(len(row) == len(summary.headings) for row in summary.rows)
    assert summary.rows[0][3] == "in use"
    assert summary.rows[1][3] == "+3.4 (+1.2 to +5.6)"
    assert summary.advice.startswith("What to do: use")
    assert summary_table(full, "ja").rows[0][3] == "採用"


def test_summary_before_evaluation_has_only_the_verdict(early: ReportData) -> None:
    summary = summary_table(early)
    assert (summary.rows, summary.advice) == ((), "")
    assert "has not been measured yet" in summary.verdict
