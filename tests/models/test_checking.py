"""The self-test looks at every kind of question, and stops where a batch changes an answer."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.models.test_answering import MIXED

from mintune.errors import BackboneError
from mintune.models.answering import Question
from mintune.models.backbone import Backbone
from mintune.models.checking import sample, self_test
from mintune.models.showing import Shown
from mintune.records import VIEWS


def asked(tasks: int, examples: int) -> list[Question]:
    """Questions as a profile asks them: every example under the four views, task after task; every other task open."""
    return [
        Question(f"task-{task}", str(example), view, Shown("", ()), ("yes", "no") if task % 2 else None)
        for task in range(tasks)
        for example in range(examples)
        for view in VIEWS
    ]


def test_it_stops_where_a_batch_changes_an_answer(tiny_random_backbone: Backbone) -> None:
    with pytest.raises(BackboneError, match=r"alone and .* in a batch of 64"):
        self_test(tiny_random_backbone, MIXED, tolerance=-1.0)


def test_of_sixteen_tasks_every_view_is_sampled_closed_and_open() -> None:
    chosen = sample(asked(16, 80), 32)
    assert Counter((one.view, one.choices is None) for one in chosen) == {
        (view, is_open): 4 for view in VIEWS for is_open in (True, False)
    }
    assert len({one.task for one in chosen}) == 8
    assert len({(one.task, one.example_id) for one in chosen}) == 32


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 40))
def test_a_sample_has_no_question_twice_and_is_as_large_as_it_can_be(tasks: int, examples: int, most: int) -> None:
    questions = asked(tasks, examples)
    chosen = sample(questions, most)
    keys = [(one.task, one.example_id, one.view) for one in chosen]
    assert len(set(keys)) == len(keys) == min(most, len(questions))


def test_where_there_is_little_of_one_kind_the_others_fill_up() -> None:
    questions = [Question("t", str(number), "both" if number else "none", Shown("", ()), None) for number in range(20)]
    assert Counter(one.view for one in sample(questions, 8)) == {"none": 1, "both": 7}
