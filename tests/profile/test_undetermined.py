"""Whoever asks why a task has no type is told what would give it one."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.cli.profile import DECIDED_BY, show_profiles
from mintune.config import ProfileSettings
from mintune.explain.words.en import ENGLISH
from mintune.profile.evidence import gather
from mintune.profile.finding import UNSETTLED
from mintune.profile.stage import profile_task
from mintune.profile.undetermined import Obstacle, has_shares, obstacle
from mintune.records import InteractionProfile, ProfileTable, Suite


def profiled(world: World, seed: int = 0) -> InteractionProfile:
    task, predictions = draw(world, np.random.default_rng(seed), name="mine")
    return profile_task(gather(task, predictions)[0], ProfileSettings(), seed=0)


@pytest.mark.parametrize(
    ("world", "stands_in_the_way"),
    [
        (World(PURE["redundancy"], 0), "no_examples"),
        (World(PURE["redundancy"], 20), "few_examples"),
        (World(PURE["redundancy"], 200, accuracy=0.6), "few_examples"),
        (World(PURE["unanswered"], 200, prior=(0.995, 0.005)), "alike"),
    ],
    ids=["no example", "below any test", "too few for what is seen", "one answer"],
)
def test_what_stands_in_the_way_is_told(world: World, stands_in_the_way: str) -> None:
    profile = profiled(world)
    assert (profile.type, obstacle(profile)) == ("undetermined", stands_in_the_way)


def test_a_task_between_types_is_not_said_to_be_beyond_the_predictor() -> None:
    plain = profiled(World(PURE["redundancy"], 200)).model_copy(update={"type": "undetermined"})
    assert obstacle(plain) == "unable"
    assert obstacle(plain.model_copy(update={"notes": (f"{UNSETTLED}: synergy in 48% of resamples",)})) == "unsettled"


@pytest.mark.parametrize("name", get_args(Obstacle))
def test_each_obstacle_has_words_on_the_terminal_and_in_the_report(name: str) -> None:
    assert name in DECIDED_BY
    assert f"change.{name}" in ENGLISH


def test_the_terminal_has_no_numbers_on_what_nobody_answered(capsys: pytest.CaptureFixture[str]) -> None:
    nobody = profiled(World(PURE["redundancy"], 0))
    show_profiles(ProfileTable(estimator="knowledge", profiles=(nobody,)))
    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mine")]
    assert row.split() == ["mine", "undetermined", "-", "0", *["-"] * 6]


@pytest.mark.parametrize(
    ("world", "are_known"),
    [
        (World(PURE["redundancy"], 20), False),
        (World(PURE["unanswered"], 200), False),
        (World(PURE["unanswered"], 200, prior=(0.995, 0.005)), False),
        (World((0.3, 0, 0, 0, 0.7), 200), True),
        (World(PURE["redundancy"], 200), True),
    ],
    ids=["below any test", "nobody informed", "one answer", "informed and without a type", "typed"],
)
def test_shares_are_shown_where_somebody_is_informed(
    world: World, are_known: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = profiled(world)
    assert has_shares(profile) is are_known
    show_profiles(ProfileTable(estimator="knowledge", profiles=(profile,)))
    [row] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("mine ")]
    assert (row.split()[4:9] == ["-"] * 5) is not are_known


def test_the_terminal_names_the_tasks_and_what_they_lack(capsys: pytest.CaptureFixture[str]) -> None:
    short = profiled(World(PURE["redundancy"], 20))
    show_profiles(ProfileTable(estimator="knowledge", profiles=(short, short.model_copy(update={"task": "yours"}))))
    assert "undetermined, and what would decide it:\n  about 5 more examples: mine, yours\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spare", "said"),
    [(True, "about 5 more examples"), (False, "about 5 more examples, where its data has 20 in all")],
)
def test_the_terminal_says_where_the_data_has_no_more(
    spare: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    task, predictions = draw(World(PURE["redundancy"], 20), np.random.default_rng(0), name="mine")
    profile = profile_task(gather(task, predictions)[0], ProfileSettings(), seed=0)
    more = replace(task, splits={**task.splits, "validation": task.train[:5]}) if spare else task
    show_profiles(ProfileTable(estimator="knowledge", profiles=(profile,)), Suite((more,)))
    assert f"\n  {said}: mine\n" in capsys.readouterr().out
