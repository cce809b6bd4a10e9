"""A view shows what it names and nothing else."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.models.tiny_models import make_picture

from mintune.errors import DataError
from mintune.models.showing import show
from mintune.records import VIEWS, Example, Hiding, Task, View

EXAMPLE = Example("1", (make_picture(1), make_picture(2, 84, 30)), "a red square", ("yes",), ("yes", "no"))
PARTNER = Example("2", (make_picture(3),), "nothing here", ("no",), ("yes", "no"))
TASK = Task("truth", "Is it true?", "exact_match", "toy", {"train": [EXAMPLE, PARTNER]}, "0")
HIDINGS: tuple[Hiding, ...] = ("drop", "blank", "noise", "shuffle")


def test_words_are_instruction_text_and_choices_one_below_the_other() -> None:
    assert show(TASK, EXAMPLE, "both").words == "Is it true?\na red square\nAnswer with one of: yes, no."


def test_empty_parts_leave_no_line() -> None:
    open_ended = Example("3", (), "", ("yes",))
    assert show(TASK, open_ended, "both").words == "Is it true?"


@pytest.mark.parametrize(
    ("view", "num_pictures", "has_text"),
    [("none", 0, False), ("image", 2, False), ("text", 0, True), ("both", 2, True)],
)
def test_dropping_leaves_what_the_view_sees(view: View, num_pictures: int, has_text: bool) -> None:
    shown = show(TASK, EXAMPLE, view)
    assert len(shown.images) == num_pictures
    assert ("a red square" in shown.words) == has_text


@pytest.mark.parametrize("hiding", HIDINGS)
@pytest.mark.parametrize("view", VIEWS)
def test_the_span_of_the_text_is_the_text(view: View, hiding: Hiding) -> None:
    shown = show(TASK, EXAMPLE, view, hiding=hiding, partner=PARTNER)
    head, tail = "Is it true?", "Answer with one of: yes, no."
    text = shown.words[shown.text_from : shown.text_to]
    assert shown.words == "\n".join(part for part in (head, text, tail) if part)


@pytest.mark.parametrize("hiding", HIDINGS)
def test_view_both_hides_nothing(hiding: Hiding) -> None:
    assert show(TASK, EXAMPLE, "both", hiding=hiding, partner=PARTNER) == show(TASK, EXAMPLE, "both")


@pytest.mark.parametrize("hiding", ["blank", "noise"])
def test_stand_ins_have_the_size_of_what_they_hide_and_never_change(hiding: Hiding) -> None:
    shown = show(TASK, EXAMPLE, "none", hiding=hiding)
    assert shown == show(TASK, EXAMPLE, "none", hiding=hiding)
    sizes = [Image.open(io.BytesIO(picture.data)).size for picture in shown.images]
    assert sizes == [(56, 56), (84, 30)]
    assert {picture.sha256 for picture in shown.images}.isdisjoint(picture.sha256 for picture in EXAMPLE.images)
    assert len(shown.words) >= len("Is it true?\n_ _ _")
    assert "square" not in shown.words


def test_a_blank_picture_holds_one_colour() -> None:
    picture = show(TASK, EXAMPLE, "none", hiding="blank").images[0]
    assert np.unique(np.asarray(Image.open(io.BytesIO(picture.data)))).tolist() == [128]


def test_shuffling_shows_the_partners() -> None:
    shown = show(TASK, EXAMPLE, "image", hiding="shuffle", partner=PARTNER)
    assert shown.images == EXAMPLE.images
    assert "nothing here" in shown.words
    assert show(TASK, EXAMPLE, "text", hiding="shuffle", partner=PARTNER).images == PARTNER.images


def test_shuffling_without_a_partner_is_an_error() -> None:
    with pytest.raises(DataError, match="task truth, example 1: hiding=shuffle needs a partner"):
        show(TASK, EXAMPLE, "image", hiding="shuffle")


@given(st.text(max_size=200))
def test_noise_keeps_the_length_of_any_text_and_blank_its_number_of_words(text: str) -> None:
    example = Example("1", (), text, ("yes",))
    noise = show(TASK, example, "none", hiding="noise")
    assert noise.text_to - noise.text_from == len(text.strip())
    blank = show(TASK, example, "none", hiding="blank")
    assert len(blank.words[blank.text_from : blank.text_to].split()) == len(text.split())
