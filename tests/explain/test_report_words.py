"""The two languages say the same things, each wholly in its own words."""

from __future__ import annotations

import re
import string
import typing
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mintune.config import Compared
from mintune.evaluate.metrics import METRICS
from mintune.explain.evidence import ReportData
from mintune.explain.reasons import ReasonWriter
from mintune.explain.sections.groups import group_labels, groups_section, types_of
from mintune.explain.sections.tasks import tasks_section
from mintune.explain.words import CATALOGUES, Words, decimal, percent, points, signed_points
from mintune.explain.words.en import ENGLISH
from mintune.explain.words.ja import JAPANESE
from mintune.records import Estimate, Group, Grouping, MixtureSearch, RateTrial, Reason, Suite, Validation

SAME_IN_BOTH = re.compile(
    r"^(number\.(p|p_below|percent_range|range)|list\..*|metric\.(anls|rouge_l)|provenance\.version|shares\.delta"
    r"|page\.other_language)$"
)
JAPANESE_LETTER = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def places(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_metric_has_a_name_in_words() -> None:
    assert {key.removeprefix("metric.") for key in ENGLISH if key.startswith("metric.")} == set(METRICS)


def test_catalogues_have_the_same_keys_in_the_same_order() -> None:
    assert list(ENGLISH) == list(JAPANESE)


@pytest.mark.parametrize("key", ENGLISH)
def test_translation_fills_the_same_places(key: str) -> None:
    assert set(places(ENGLISH[key])) == set(places(JAPANESE[key]))


@pytest.mark.parametrize("key", [key for key in ENGLISH if not SAME_IN_BOTH.match(key)])
def test_everything_is_translated(key: str) -> None:
    said = re.sub(r"\{\w+\}", "", JAPANESE[key])
    assert JAPANESE_LETTER.search(said) or not re.search(r"[A-Za-z]{3}", said)
    assert not JAPANESE_LETTER.search(ENGLISH[key])


@pytest.mark.parametrize("language", CATALOGUES)
def test_sentences_hold_no_markup(language: str) -> None:
    for text in CATALOGUES[language].values():
        assert not re.search(r"[<>&](?! 0\.001)", text)


def test_japanese_uses_full_width_brackets() -> None:
    for text in JAPANESE.values():
        plain = re.sub(r"`[^`]*`", "", text)
        assert not re.search(r"[()~]", plain)


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_reason_of_every_strategy_has_words(full: ReportData, language: str) -> None:
    words = Words(language)
    for grouping in (full.grouping, *full.other_groupings):
        writer = ReasonWriter(words, group_labels(grouping, types_of(full.profiles), words))
        for task, reason in grouping.reasons.items():
            said = writer.why(reason)
            assert reason.code not in ("shares", "delta") or re.search(r"\d", said)
            assert said != words("reason.unknown", code=reason.code)
            assert words("reason.unknown", code="").split("”")[0][:12] not in said
            profile = full.profiles[task]
            assert writer.what_would_change(task, grouping, profile)


@pytest.mark.parametrize("language", CATALOGUES)
@pytest.mark.parametrize(
    "because", ["one_task", "all_undetermined", "one_determined", "too_near", "unstable", "linked"]
)
def test_every_cause_of_a_single_group_has_words(language: str, because: str) -> None:
    writer = ReasonWriter(Words(language), {})
    said = writer.why(Reason(code="one_group", facts={"because": because, "kept_from": ["a", "b"]}))
    assert because not in said
    assert "a" in said


def test_an_unknown_reason_is_said_as_it_stands() -> None:
    writer = ReasonWriter(Words("en"), {})
    reason = Reason(code="by_hand", facts={"who": "Sato", "weight": 0.25, "near": ["x", "y"]})
    assert writer.why(reason) == "Placed by the rule “by_hand” (who: Sato; weight: 0.25; near: x and y)."
    assert writer.why(Reason(code="shares", facts={})) == "Placed by the rule “shares”."
    assert writer.why(None) == "The strategy gave no reason."


def test_a_placement_told_in_both_languages(full: ReportData) -> None:
    reason = Reason(
        code="shares",
        facts={
            "type": "synergy",
            "share": 0.73,
            "share_low": 0.64,
            "share_high": 0.84,
            "confidence": 0.991,
            "num_examples": 60.0,
            "companions": ["b"],
            "nearest_group": "unique_text",
            "distance": 0.19,
            "margin": 0.82,
        },
    )
    english, japanese = (
        ReasonWriter(words, group_labels(full.grouping, types_of(full.profiles), words)).why(reason)
        for words in map(Words, ("en", "ja"))
    )
    assert english == (
        "Synergistic in 73% of its examples; 99% sure of the type, from 60 examples. "
        "Mean distance to its companions 0.19; the nearest other group now, C (Text-unique), lies 0.82 farther."
    )
    assert japanese == (
        "事例の73%が相乗型です（型の確信度 99%、60件の事例から推定）。"
        "同じグループの仲間との平均距離は0.19で、現時点で次に近いグループC（文章依存型）はさらに0.82離れています。"
    )


@pytest.mark.parametrize(
    ("to", "language", "said"),
    [
        ("near", "en", "If its share of “Redundant” rose by 42% of its examples, it would move to group near."),
        (
            "far",
            "en",
            "If its share of “Redundant” rose by 42% of its examples, it would move to group far and not to near, "
            "which is the nearest other group now.",
        ),
        (
            "far",
            "ja",
            "「冗長型」の事例が全体の42%分増えると、現時点で次に近いグループnearではなく、グループfarに移ります。",
        ),
    ],
)
def test_a_move_past_the_nearest_group_names_both(to: str, language: str, said: str) -> None:
    facts: dict[str, float | str | list[str]] = {"nearest_group": "near", "would_move_to": to, "if_type": "redundancy"}
    grouping = Grouping(
        strategy="interaction",
        groups=tuple(Group(name=name, type=None, tasks=(name,)) for name in ("a", "near", "far")),
        membership={name: {name: 1.0} for name in ("a", "near", "far")},
        reasons={"a": Reason(code="shares", facts=facts | {"rose_by": 0.42})},
    )
    assert ReasonWriter(Words(language), {}).what_would_change("a", grouping, None) == said


def test_a_task_alone_in_its_group_is_told_of_no_companions(full: ReportData) -> None:
    alone = Grouping(
        strategy="interaction",
        groups=(Group(name="synergy", type="synergy", tasks=("a",)), Group(name="other", type=None, tasks=("b", "c"))),
        membership={"a": {"synergy": 1.0}, "b": {"other": 1.0}, "c": {"other": 1.0}},
        stability={"a": 0.97, "b": 1.0, "c": 1.0},
        reasons={"a": Reason(code="undetermined", facts={"companions": [], "nearest_group": "other", "margin": 0.8})},
    )
    for words, said in ((Words("en"), ("is alone", "stays alone 97%")), (Words("ja"), ("だけです", "97%の割合で単独"))):
        writer = ReasonWriter(words, {})
        assert said[0] in writer.why(alone.reasons["a"])
        assert said[1] in writer.what_would_change("a", alone, None)
        assert "companions" not in writer.why(alone.reasons["a"]) + writer.what_would_change("a", alone, None)


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_strategy_has_a_name_and_a_phrase(language: str) -> None:
    words = Words(language)
    for family in ("strategy", "phrase"):
        names = [words.strategy(strategy, family) for strategy in typing.get_args(Compared)]
        assert len(set(names)) == len(names)
        assert not set(names) & set(typing.get_args(Compared))


def test_strategies_and_strangers_are_named() -> None:
    words = Words("en")
    assert words.strategy("all") == "One for all"
    assert words.strategy("my-own") == "my-own"
    assert words.strategy("all", "phrase") == "one adapter for all tasks"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "at a set floor or ceiling: a and b · learning rate 0.003, chosen from 2 by validation loss · training",
        ),
        ("ja", "設定した下限または上限の配分：a、b、学習率 0.003（検証損失により2通りから選択）、以前に学習した"),
    ],
)
def test_how_an_adapter_was_trained_is_told_where_it_was_not_as_usual(
    full: ReportData, language: str, said: str
) -> None:
    trials = (RateTrial(learning_rate=3e-3, validation_loss=0.5), RateTrial(learning_rate=1e-2, validation_loss=None))
    told = {"bounded": ("a", "b"), "learning_rate": 3e-3, "trials": trials, "started_from": "0" * 32}
    changed = replace(full, cards=tuple(card.model_copy(update=told) for card in full.cards))
    words = Words(language)
    assert all(said not in card.adapter for card in groups_section(full, words).cards)
    assert all(said in card.adapter for card in groups_section(changed, words).cards)


@pytest.mark.parametrize(
    ("language", "low", "said"),
    [
        ("en", 0.02, "predicts 0.050 (0.020 to 0.080) nats an answer token less loss, so it was followed"),
        ("en", -0.02, "no mixture that is surely better: 0.050 (−0.020 to 0.080) nats"),
        ("ja", 0.02, "0.050（0.020〜0.080）ナットの損失低下が予測されたため採用"),
        ("ja", -0.02, "確実に良い配分は見つからず（回答トークンあたりの損失低下 0.050、−0.020〜0.080 ナット）"),
    ],
)
def test_what_a_search_of_the_mixture_predicts_is_told_with_its_interval(
    full: ReportData, language: str, low: float, said: str
) -> None:
    shares = {"a": 0.5, "b": 0.5}
    search = MixtureSearch(
        group="A",
        before=shares,
        found=shares,
        gain=Estimate(value=0.05, low=low, high=0.08),
        confidence=0.95,
        correlation=0.8,
        scale=2.0,
        num_asked=100,
    )
    changed = replace(full, cards=tuple(card.model_copy(update={"search": search}) for card in full.cards))
    assert all(said in card.adapter for card in groups_section(changed, Words(language)).cards)


@pytest.mark.parametrize(
    ("language", "kept", "stopped"),
    [
        ("en", "kept as it was after step 20 of 80, where validation was best", "stopped early, after step 40 of 80"),
        (
            "ja",
            "検証結果が最良だった第20ステップ（全80ステップ）の状態を採用",
            "全80ステップのうち第40ステップで早期終了",
        ),
    ],
)
def test_which_state_was_kept_is_told_where_it_was_chosen(
    full: ReportData, language: str, kept: str, stopped: str
) -> None:
    words = Words(language)

    def adapters(**looked: Any) -> str:
        validation = Validation(planned_steps=80, examples=9, tasks={}, **looked)
        cards = tuple(card.model_copy(update={"validation": validation}) for card in full.cards)
        return groups_section(replace(full, cards=cards), words).cards[0].adapter

    early = adapters(kept="best_loss", step=20, trained_steps=40)
    assert kept in early
    assert stopped in early
    last = adapters(kept="last", step=80, trained_steps=80)
    assert last == groups_section(full, words).cards[0].adapter


def test_numbers_are_written_as_people_write_them() -> None:
    words = Words("en")
    assert [percent(0.004), percent(-0.004), percent(-0.02), percent(float("nan"))] == ["0%", "0%", "−2%", "–"]
    assert [signed_points(0.034), signed_points(-0.034), signed_points(0.0)] == ["+3.4", "−3.4", "0.0"]
    assert [points(0.741), decimal(-0.001)] == ["74.1", "0.00"]
    assert [words.duration(seconds) for seconds in (3.21, 59.4, 61)] == ["3.2 s", "59 s", "1 min 1 s"]
    assert [words.duration(seconds) for seconds in (3599.7, 7325)] == ["1 h 0 min", "2 h 2 min"]
    assert [words.p_value(p) for p in (0.0001, 0.0404, 1.0)] == ["p < 0.001", "p = 0.040", "p = 1.000"]
    assert Words("ja").duration(200) == "3分20秒"
    assert words.count("task", 1) == "1 task"
    assert words.count("task", 1200) == "1,200 tasks"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert Words("ja").listing(["a", "b", "c"]) == "a、b、c"


@settings(deadline=None, max_examples=50)
@given(st.floats(-10, 10))
def test_a_difference_shows_its_sign_unless_it_rounds_to_zero(difference: float) -> None:
    said = signed_points(difference)
    assert said[0] in "+−" or said == "0.0"
    assert "-" not in said


@pytest.mark.parametrize("language", CATALOGUES)
def test_of_a_task_that_nobody_can_do_it_is_not_said_where_it_would_move(full: ReportData, language: str) -> None:
    words = Words(language)
    task = "old_script"
    shaky = full.grouping.model_copy(update={"stability": {**full.grouping.stability, task: 0.4}})
    writer = ReasonWriter(words, group_labels(full.grouping, types_of(full.profiles), words))
    assert writer.what_would_change(task, shaky, full.profiles[task]) == words("change.unable")
    # With some views informed more examples may tell, and how shaky its place is is said.
    told = writer.what_would_change("mixed_inspection", shaky, full.profiles["mixed_inspection"])
    assert told.startswith(words("change.few_examples", n="140"))
    assert told != words("change.few_examples", n="140")


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_more_examples_are_asked_for_than_the_data_holds(full: ReportData, language: str) -> None:
    words = Words(language)
    shaken = full.profiles["mixed_inspection"]
    said = words("change.few_examples_held", n="140", held="60")
    writer = ReasonWriter(words, group_labels(full.grouping, types_of(full.profiles), words), full.held)
    assert writer.what_would_change(shaken.task, full.grouping, shaken).startswith(said)
    row = next(row for row in tasks_section(full, words).rows if row.task == shaken.task)
    assert row.remark == words("shares.more_held", n="140", held="60")
    plenty = replace(full, suite=Suite(tuple(task for task in full.suite.tasks if task.name != shaken.task)))
    row = next(row for row in tasks_section(plenty, words).rows if row.task == shaken.task)
    assert row.remark == words("shares.more", n="140")
