from __future__ import annotations

import pytest

from mintune.config import GroupSettings
from mintune.errors import ConfigError
from mintune.group.constraints import read_constraints

TASKS = ["colour", "count", "chart", "caption"]


def test_sets_that_share_a_task_become_one() -> None:
    found = read_constraints(GroupSettings(must_link=(("colour", "count"), ("count", "chart"))), TASKS)
    assert found.linked == (("chart", "colour", "count"),)
    assert found.linked_with("count") == ["chart", "colour"]


def test_an_unknown_task_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"must_link.*no task color; did you mean colour"):
        read_constraints(GroupSettings(must_link=(("color", "count"),)), TASKS)
    with pytest.raises(ConfigError, match=r"cannot_link.*no task charts; did you mean chart"):
        read_constraints(GroupSettings(cannot_link=(("charts", "count"),)), TASKS)


def test_a_contradiction_is_an_error_that_names_the_chain() -> None:
    contradiction = GroupSettings(
        must_link=(("colour", "count"), ("count", "chart")), cannot_link=(("colour", "chart"),)
    )
    with pytest.raises(ConfigError, match=r"colour and chart .* colour with count with chart"):
        read_constraints(contradiction, TASKS)


def test_a_task_cannot_be_kept_from_itself() -> None:
    with pytest.raises(ConfigError, match="apart from itself"):
        read_constraints(GroupSettings(cannot_link=(("colour", "colour"),)), TASKS)


def test_no_constraints_bind_no_task() -> None:
    assert read_constraints(GroupSettings(), TASKS).tasks == frozenset()
