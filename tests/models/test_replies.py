"""What a reply means: the rule from first tokens and text to an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.models.chat_server import completion

from mintune.models.replies import Reply, ReplyJournal, account_of, answer_of, first_token_scores, read_reply

YES_NO = ("yes", "no")


def reply(text: str, **first: float) -> Reply:
    return Reply(text, tuple(first.items()) or None, 0, False)


def test_all_choices_told_are_scored_by_their_first_token() -> None:
    assert answer_of(reply("Well", Well=-0.1, no=-2.0, yes=-3.0), YES_NO) == ("no", (-3.0, -2.0))


def test_a_choice_that_is_not_told_is_less_likely_than_all_that_are() -> None:
    assert answer_of(reply("Well", Well=-0.1, no=-2.0), YES_NO) == ("no", None)


def test_a_space_before_a_token_is_no_difference_and_the_likelier_counts() -> None:
    found = first_token_scores(YES_NO, [("yes", -3.0), (" yes", -1.0), ("no", -2.0)])
    assert found == [-1.0, -2.0]


def test_the_longest_token_is_the_first_of_a_choice() -> None:
    assert first_token_scores(("1", "10"), [("1", -1.0), ("10", -2.0)]) == [-1.0, -2.0]


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        (("10", "12"), [("1", -0.1), ("2", -3.0)]),
        (("left side", "left edge"), [("left", -0.1)]),
        (("red", "red"), [("red", -0.1)]),
        (("赤", "青"), [("\ufffd", -0.1), ("赤", -2.0)]),
    ],
)
def test_tokens_that_do_not_tell_the_choices_apart_score_none(
    choices: tuple[str, ...], told: list[tuple[str, float]]
) -> None:
    assert first_token_scores(choices, told) == [None, None]
    assert answer_of(Reply(choices[1], tuple(told), 0, False), choices) == (choices[1], None)


@pytest.mark.parametrize("text", ["yes", "Yes.", " YES!", "the yes"])
def test_a_written_answer_is_the_choice_that_it_equals_when_normalised(text: str) -> None:
    assert answer_of(reply(text), YES_NO) == ("yes", None)


@pytest.mark.parametrize("text", ["", "perhaps", "yes and no", "The answer is yes."])
def test_what_is_no_choice_stays_as_it_is(text: str) -> None:
    assert answer_of(reply(text), YES_NO) == (text, None)
    assert account_of(reply(text), YES_NO).num_no_choice == 1


def test_an_open_answer_is_what_was_written() -> None:
    assert answer_of(reply("a red bus", a=-0.1), None) == ("a red bus", None)


@given(st.lists(st.text("ab", min_size=1, max_size=3), min_size=2, unique=True), st.data())
def test_scored_or_not_the_answer_of_a_model_that_writes_a_choice_is_one(
    choices: list[str], data: st.DataObject
) -> None:
    tokens = data.draw(st.dictionaries(st.text("ab", min_size=1, max_size=3), st.floats(-9, 0), max_size=4))
    written = data.draw(st.sampled_from(choices))
    answer, scores = answer_of(Reply(written, tuple(tokens.items()) or None, 0, False), tuple(choices))
    assert answer in choices
    assert scores is None or answer == choices[scores.index(max(scores))]


def test_a_completion_is_read_with_what_it_tells() -> None:
    found = read_reply(json.dumps(completion(" red ", first={"red": -0.5, "blue": -1.5}, finish="length")))
    assert found == Reply("red", (("red", -0.5), ("blue", -1.5)), 7, True)
    assert read_reply(json.dumps(completion(None))) == Reply("", None, 7, False)


@pytest.mark.parametrize(
    "text",
    ["", "<html>", "[]", "{}", '{"choices": []}', '{"choices": [{}]}', '{"choices": [{"message": {"content": 1}}]}'],
)
def test_what_is_no_completion_is_an_error(text: str) -> None:
    with pytest.raises(ValidationError):
        read_reply(text)


def test_a_journal_gives_back_what_it_was_given_and_loses_a_torn_line_only(tmp_path: Path) -> None:
    journal = ReplyJournal(tmp_path / "replies.jsonl")
    journal.add("a", Reply("red", (("red", -0.5),), 3, True))
    journal.add("b", Reply("", None, 0, False))
    with journal._journal.path.open("ab") as out:
        out.write(b'{"key": "c", "te')
    again = ReplyJournal(tmp_path / "replies.jsonl")
    assert again["a"] == journal["a"]
    assert again["b"] == journal["b"]
    assert "c" not in again


def test_a_capital_letter_makes_no_other_answer() -> None:
    told = (("Yes", -0.01), ("yes", -7.0), ("no", -5.0), ("No", -6.0))
    assert answer_of(Reply("Yes", told, 5, False), YES_NO) == ("yes", (-0.01, -5.0))
    assert answer_of(Reply("Red", (("Red", -0.02), ("blue", -4.0)), 1, False), ("red", "blue")) == (
        "red",
        (-0.02, -4.0),
    )


def test_a_choice_that_was_written_stands_where_the_likeliest_token_begins_none() -> None:
    told = (("**", -0.1), ("no", -3.0))
    assert answer_of(Reply("**yes**", told, 5, False), YES_NO) == ("yes", None)


def test_a_server_that_tells_no_alternatives_or_no_number_is_read() -> None:
    for top in (None, [{"token": "yes", "logprob": None}], [{"token": "yes", "logprob": -0.5}]):
        body = {
            "choices": [
                {"message": {"content": "yes"}, "logprobs": {"content": [{"token": "yes", "top_logprobs": top}]}}
            ]
        }
        found = read_reply(json.dumps(body))
        assert found.first == ((("yes", -0.5),) if top and top[0]["logprob"] is not None else None)
