from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mintune.answers import ALIKE, bar_of, is_right, matches, normalise, tokens


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("Yes.", "yes"),
        ("  The red   cup!", "red cup"),
        ("Two", "2"),
        ("two dogs", "2 dogs"),
        ("1,000", "1000"),
        ("don't", "dont"),
        ("T-shirt", "t shirt"),
        ("ＡＢＣ", "abc"),
        ("−5", "-5"),
        ("はい。", "はい"),
    ],
)
def test_answers_people_take_for_the_same_are_equal(answer: str, same: str) -> None:
    assert normalise(answer) == normalise(same)


@pytest.mark.parametrize(
    ("answer", "other"),
    [
        ("A", "B"),
        ("the", "an"),
        ("-5", "5"),
        ("3.5", "35"),
        (".5", "5"),
        ("-.5", ".5"),
        ("3/4", "34"),
        ("10:30", "1030"),
        ("+", "-"),
        ("1", "10"),
    ],
)
def test_answers_people_take_for_different_stay_different(answer: str, other: str) -> None:
    assert normalise(answer) != normalise(other)


def test_an_answer_matches_any_accepted_one() -> None:
    assert matches("The Cat.", ["dog", "cat"])
    assert not matches("cat", [])
    assert not matches("catfish", ["cat"])


def test_words_without_spaces_are_tokens_by_character() -> None:
    assert tokens("東京 Tower") == ["東", "京", "tower"]


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40) | st.text("aA15 .,-'/:oneth", max_size=12))
def test_normalising_twice_changes_nothing(answer: str) -> None:
    assert normalise(normalise(answer)) == normalise(answer)


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40).filter(lambda answer: not answer.isspace()))
def test_nothing_is_normalised_to_emptiness(answer: str) -> None:
    assert bool(normalise(answer)) or not answer.strip()


def test_a_closed_answer_is_right_whole_and_an_open_one_by_half_of_its_words() -> None:
    assert is_right("Red bus.", ["the red bus"], ["a red bus", "red", "the red bus"])
    assert not is_right("red", ["red bus"], ["red bus", "red"])
    assert is_right("red", ["red bus"], None)
    assert not is_right("blue", ["red bus"], None)
    assert not is_right("", ["red bus"], None)


def test_captions_of_one_template_must_share_all_words_and_free_text_only_half() -> None:
    colours, shapes = ("red", "green", "blue", "black"), ("square", "circle", "star")
    captions = [[f"a {colour} {shape}"] for colour in colours for shape in shapes]
    assert bar_of(captions) == 1.0
    assert not is_right("a red circle", ("a red square",), None, bar=bar_of(captions))
    assert is_right("The red square", ("a red square",), None, bar=bar_of(captions))
    assert bar_of([["a dog runs on grass"], ["two men at a table"], ["rain over the harbour"]]) == ALIKE
    assert bar_of([["lamp"], ["boat"], ["lamp"]]) == ALIKE
    assert bar_of([]) == ALIKE
