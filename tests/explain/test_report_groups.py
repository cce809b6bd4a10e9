"""A group is headed by a type only where most of its tasks have it; how it was tuned and who answered is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mintune.explain.evidence import ReportData
from mintune.explain.page import compose, render
from mintune.explain.reasons import ReasonWriter
from mintune.explain.sections.groups import GroupCard, group_labels, groups_section, types_of
from mintune.explain.sections.making import making_section
from mintune.explain.words import Words
from mintune.records import Estimate, Group, Grouping, InteractionType

TASKS = ("sentence_truth", "product_match", "gauge_within_limit")


def grouped(full: ReportData, types: tuple[InteractionType, ...], name: str = "synergy") -> ReportData:
    """Three tasks of these types in one group that is named after synergy, and all others in another."""
    given = dict(zip(TASKS, types, strict=True))
    profiles = tuple(
        profile.model_copy(update={"type": given.get(profile.task, profile.type)}) for profile in full.profiles.profiles
    )
    others = tuple(profile.task for profile in profiles if profile.task not in given)
    groups = (Group(name=name, type="synergy", tasks=TASKS), Group(name="others", type=None, tasks=others))
    grouping = Grouping(
        strategy="interaction",
        groups=groups,
        membership={task: {group.name: 1.0} for group in groups for task in group.tasks},
    )
    return replace(full, profiles=full.profiles.model_copy(update={"profiles": profiles}), grouping=grouping, cards=())


def card(full: ReportData, *types: InteractionType, name: str = "synergy", language: str = "en") -> GroupCard:
    return groups_section(grouped(full, types, name), Words(language)).cards[0]


def test_a_group_of_one_type_is_headed_by_it(full: ReportData) -> None:
    found = card(full, "synergy", "synergy", "synergy")
    assert (found.title, found.size) == ("Synergistic", "3 tasks")
    assert found.meaning == Words("en")("meaning.synergy")


def test_where_others_are_among_them_the_types_are_counted(full: ReportData) -> None:
    found = card(full, "synergy", "synergy", "undetermined")
    assert (found.title, found.size) == ("Synergistic", "3 tasks: 2 Synergistic, 1 Undetermined")
    assert found.meaning == Words("en")("meaning.synergy")


@pytest.mark.parametrize(
    ("language", "title", "size"),
    [
        ("en", "Synergistic in part 2", "3 tasks: 1 Synergistic, 2 Undetermined"),
        ("ja", "一部が相乗型 2", "3タスク：相乗型 1、判定保留 2"),
    ],
)
def test_a_type_that_few_of_them_have_does_not_speak_for_all(
    full: ReportData, language: str, title: str, size: str
) -> None:
    types: tuple[InteractionType, ...] = ("undetermined", "synergy", "undetermined")
    found = card(full, *types, name="synergy-2", language=language)
    assert (found.title, found.size, found.meaning) == (title, size, "")
    report, words = grouped(full, types, "synergy-2"), Words(language)
    assert title in group_labels(report.grouping, types_of(report.profiles), words)["synergy-2"]
    assert size in render(compose(report, words, exemplars=0), words)


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ((0.5, 0.4, 0.1), "Redundant leads Image-unique by less than their intervals"),
        ((0.1, 0.5, 0.4), "Redundant by which views can answer at all, while Image-unique has the larger share"),
    ],
)
def test_a_type_is_not_said_to_lead_where_another_share_is_larger(
    full: ReportData, shares: tuple[float, float, float], says: str
) -> None:
    profile = next(one for one in full.profiles.profiles if one.type != "undetermined")
    names = ("redundancy", "unique_image", "unique_text")
    found = {name: Estimate(value=share, low=0, high=1) for name, share in zip(names, shares, strict=True)}
    mixed = profile.model_copy(update={"type": "redundancy", **found})
    writer = ReasonWriter(Words("en"), group_labels(full.grouping, types_of(full.profiles), Words("en")))
    assert writer.what_would_change(mixed.task, full.grouping, mixed).startswith(says)


def test_how_it_was_tuned_is_said_where_that_is_not_usual(full: ReportData) -> None:
    plain = groups_section(full, Words("en")).cards[0].adapter
    tune = full.config.tune.model_copy(update={"objective": "pcgrad", "interaction": 0.5})
    told = groups_section(replace(full, config=full.config.model_copy(update={"tune": tune})), Words("en"))
    assert "objective" not in plain
    assert "objective: pcgrad · 50% of the examples shown a second time" in told.cards[0].adapter


def test_who_answered_for_tasks_between_groups_is_said(full: ReportData) -> None:
    first, second = (group.name for group in full.grouping.groups[:2])
    task = full.grouping.groups[0].tasks[0]
    membership = {
        name: {group.name: 1.0 for group in full.grouping.groups if name in group.tasks}
        for name in full.grouping.membership
    }
    grouping = full.grouping.model_copy(update={"membership": {**membership, task: {first: 0.7, second: 0.3}}})
    for spanning, is_said in (("own", False), ("merged", True)):
        evaluate = full.config.evaluate.model_copy(update={"spanning": spanning})
        config = full.config.model_copy(update={"evaluate": evaluate})
        limits = making_section(replace(full, config=config, grouping=grouping), Words("en")).limits
        assert any(f"not by the adapter of their own group: {task}" in said for said in limits) == is_said
