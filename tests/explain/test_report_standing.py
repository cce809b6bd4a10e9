"""Means, intervals, harm and what cannot be seen, on scores small enough to check by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mintune.explain.evidence import ReportData, badges, tasks_by_group
from mintune.explain.standing import mean_normalised, stand_tasks
from mintune.records import Group, Grouping, Score, ScoreTable


def score(task: str, value: float, strategy: str = "interaction", seed: int = 0, reach: float = 0.1) -> Score:
    return Score(
        task=task,
        strategy=strategy,
        seed=seed,
        metric="exact_match",
        value=value,
        low=value - reach,
        high=value + reach,
        chance=0.5,
        ceiling=1.0,
        normalised=(value - 0.5) / 0.5,
    )


def test_mean_is_over_tasks_of_means_over_seeds() -> None:
    scores = [score("a", 0.6), score("a", 0.8, seed=1), score("b", 1.0), score("c", 0.5, strategy="all")]
    mean = mean_normalised(scores, "interaction", 0.95)
    assert mean is not None
    assert mean.value == pytest.approx((0.4 + 1.0) / 2)


def test_interval_of_one_score_is_its_own_in_normalised_units() -> None:
    mean = mean_normalised([score("a", 0.75, reach=0.1)], "interaction", 0.95)
    assert mean is not None
    assert (mean.low, mean.high) == (pytest.approx(0.5 - 0.2), pytest.approx(0.5 + 0.2))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 30))
def test_interval_narrows_with_the_root_of_the_number_of_tasks(number: int) -> None:
    mean = mean_normalised([score(f"task{index}", 0.75) for index in range(number)], "interaction", 0.95)
    assert mean is not None
    assert mean.high - mean.low == pytest.approx(0.4 / number**0.5)


def test_seeds_that_disagree_widen_the_interval() -> None:
    calm = mean_normalised([score("a", 0.7), score("a", 0.7, seed=1)], "interaction", 0.95)
    torn = mean_normalised([score("a", 0.5), score("a", 0.9, seed=1)], "interaction", 0.95)
    assert calm is not None
    assert torn is not None
    assert torn.high - torn.low > calm.high - calm.low


def test_a_strategy_without_scores_has_no_mean() -> None:
    assert mean_normalised([score("a", 0.7)], "all", 0.95) is None
    assert mean_normalised([score("a", 0.7)], "interaction", 0.95, tasks=["b"]) is None


def test_harm_and_blindness_take_whole_intervals(full: ReportData) -> None:
    scores = (
        score("digit_reading", 0.6),
        score("digit_reading", 0.9, strategy="all"),
        score("flag_region", 0.75),
        score("flag_region", 0.9, strategy="all"),
        score("old_script", 0.55),
        score("old_script", 0.58, strategy="all"),
    )
    found = {task.task: task for task in stand_tasks(replace(full, scores=ScoreTable(scores=scores)), "all")}
    assert list(found) == ["flag_region", "digit_reading", "old_script"]
    assert [found[name].is_harmed for name in found] == [False, True, False]
    assert [found[name].is_seen for name in found] == [True, True, False]


def test_groups_of_one_type_share_no_colour_but_their_own() -> None:
    grouping = Grouping(
        strategy="interaction",
        groups=(
            Group(name="redundancy", type="redundancy", tasks=("a",)),
            Group(name="synergy", type="synergy", tasks=("b",)),
            Group(name="synergy-2", type="synergy", tasks=("c",)),
        ),
        membership={"a": {"redundancy": 1.0}, "b": {"synergy": 1.0}, "c": {"synergy-2": 1.0}},
    )
    assert [badge.style for badge in badges(grouping).values()] == ["type-redundancy", "hue-1", "hue-2"]


def test_letters_go_on_after_z() -> None:
    groups = tuple(Group(name=str(number), type=None, tasks=(str(number),)) for number in range(29))
    grouping = Grouping(
        strategy="single", groups=groups, membership={group.name: {group.name: 1.0} for group in groups}
    )
    assert [badge.letter for badge in badges(grouping).values()][-4:] == ["Z", "AA", "AB", "AC"]


def test_every_task_stands_in_one_group(full: ReportData) -> None:
    placed = [task for _, tasks in tasks_by_group(full) for task in tasks]
    assert sorted(placed) == sorted(task.name for task in full.suite.tasks)
