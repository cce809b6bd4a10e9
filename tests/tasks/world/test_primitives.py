"""Primitive samples: deterministic, well formed, and right where the answer can be worked out from the words."""

import re

import numpy as np
import pytest

from mintune.tasks.world import draw
from mintune.tasks.world.primitives import PRIMITIVES, primitive_sample
from mintune.tasks.world.primitives.drills import DRILLS, ECHO_WORDS, ROUNDS, drill
from mintune.tasks.world.primitives.talks import TALKS, talk
from mintune.tasks.world.primitives.texts import RICH_FORMS, SINGLE_FACT_FORMS
from mintune.tasks.world.vocabulary import CATEGORY_OF_WORD


def as_content(sample):
    return sample.name, [image.tobytes() for image in sample.images], sample.words, sample.choices, sample.answer


def one_of_each(seed):
    rng = np.random.default_rng(seed)
    return [primitive_sample(name, rng, held_out=False) for name in PRIMITIVES]


def test_the_same_seed_gives_the_same_samples():
    first = [as_content(sample) for sample in one_of_each(5)]
    assert first == [as_content(sample) for sample in one_of_each(5)]
    assert first != [as_content(sample) for sample in one_of_each(6)]


@pytest.mark.parametrize("name", PRIMITIVES)
def test_the_answer_is_among_the_listed_choices_and_every_part_is_filled(name):
    rng = np.random.default_rng(1)
    listed = 0
    for _ in range(40):
        sample = primitive_sample(name, rng, held_out=False)
        assert sample.answer.strip() == sample.answer != ""
        assert sample.instruction or sample.text
        assert len(sample.images) <= 1
        assert "{" not in sample.words
        if sample.choices:
            listed += 1
            assert sample.answer in sample.choices
            assert 2 <= len(sample.choices) <= 10
            assert len(set(sample.choices)) == len(sample.choices)
            assert sample.words.endswith(f"Answer with one of: {', '.join(sample.choices)}.")
    assert listed < 40 or name == "no_information"


def test_every_view_is_familiar_ground():
    samples = [sample for seed in range(8) for sample in one_of_each(seed)]
    with_image = sum(bool(sample.images) for sample in samples) / len(samples)
    idle_text = sum(bool(sample.images and not sample.text) for sample in samples) / len(samples)
    assert 0.5 < with_image < 0.95
    assert idle_text > 0.1
    assert sum(not sample.instruction for sample in samples) > 10


def test_sums_in_text_are_right():
    rng = np.random.default_rng(0)
    for _ in range(100):
        sample = primitive_sample("text_sum", rng, held_out=False)
        assert int(sample.answer) == sum(int(number) for number in re.findall(r"\b\d\b", sample.words))


def test_categories_are_those_of_the_vocabulary():
    rng = np.random.default_rng(0)
    for _ in range(100):
        sample = primitive_sample("text_of_category", rng, held_out=False)
        wanted = next(category for category in set(CATEGORY_OF_WORD.values()) if f" {category}" in sample.words)
        assert CATEGORY_OF_WORD[sample.answer] == wanted


def test_what_nothing_shown_answers_is_answered_evenly():
    rng = np.random.default_rng(0)
    places = []
    for _ in range(400):
        sample = primitive_sample("no_information", rng, held_out=False)
        places.append(sample.choices.index(sample.answer) / (len(sample.choices) - 1))
    assert np.mean(places) == pytest.approx(0.5, abs=0.06)


def test_training_never_draws_a_held_out_digit(monkeypatch):
    sides = []
    original = draw._digit_bank
    monkeypatch.setattr(draw, "_digit_bank", lambda held_out: sides.append(held_out) or original(held_out))
    rng = np.random.default_rng(0)
    for name in PRIMITIVES:
        primitive_sample(name, rng, held_out=False)
    assert sides
    assert not any(sides)


def test_fact_sentences_leave_no_gap():
    assert all("{v}" in form or form == "{v}" for form in SINGLE_FACT_FORMS)
    assert all(all(f"{{{slot}}}" in form for slot in ("name", "number", "colour", "word")) for form in RICH_FORMS)


@pytest.mark.parametrize("name", ["text_drill", "picture_drill", "text_talk", "picture_talk"])
def test_nothing_is_asked_twice_with_different_answers(name):
    for seed in range(100):
        lesson = (drill if name in DRILLS else talk)(name, np.random.default_rng(seed))
        assert 2 <= len(lesson.rounds) <= ROUNDS
        answers = {}
        for cue, answer in lesson.rounds:
            assert answers.setdefault(cue, answer) == answer
        assert bool(lesson.images) == name.startswith("picture")


def test_an_echo_can_be_answered_from_what_was_said_before():
    for seed in range(100):
        lesson = drill("echo", np.random.default_rng(seed))
        said = lesson.text.split()
        if all(cue for cue, _ in lesson.rounds):
            told = dict(zip(said[::2], said[1::2], strict=True))
            assert all(told[cue] == answer for cue, answer in lesson.rounds)
        else:
            again = [lesson.rounds[0][0], *(answer for _, answer in lesson.rounds)]
            assert again == (said * ECHO_WORDS)[: len(again)]


def test_every_kind_of_lesson_has_a_name_of_its_own():
    assert len({*DRILLS, *TALKS, *PRIMITIVES}) == len(DRILLS) + len(TALKS) + len(PRIMITIVES)
