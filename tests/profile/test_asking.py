from __future__ import annotations

import hashlib

import pytest

from mintune.config import ProfileSettings
from mintune.errors import DataError
from mintune.profile.asking import choose, questions
from mintune.records import VIEWS, Example, Picture, Task


def example(name: str) -> Example:
    data = name.encode()
    return Example(
        name, (Picture(hashlib.sha256(data).hexdigest(), data),), f"words of {name}", ("yes",), ("yes", "no")
    )


def task(train: int = 6, validation: int = 2, test: int = 3) -> Task:
    splits = {
        "train": tuple(example(f"train-{number}") for number in range(train)),
        "validation": tuple(example(f"validation-{number}") for number in range(validation)),
        "test": tuple(example(f"test-{number}") for number in range(test)),
    }
    return Task("pairs", "Is it so?", "exact_match", "", splits, fingerprint="pairs")


def test_every_example_is_asked_under_four_views_and_test_examples_never() -> None:
    asked = questions(task(), ProfileSettings(), seed=0)
    assert len(asked) == 8 * 4
    assert [question.view for question in asked[:4]] == list(VIEWS)
    assert not any(question.example_id.startswith("test") for question in asked)


def test_a_view_shows_what_it_says() -> None:
    none, image, text, both = questions(task(), ProfileSettings(), seed=0)[:4]
    assert ("words of" in none.shown.words, len(none.shown.images)) == (False, 0)
    assert ("words of" in image.shown.words, len(image.shown.images)) == (False, 1)
    assert ("words of" in text.shown.words, len(text.shown.images)) == (True, 0)
    assert ("words of" in both.shown.words, len(both.shown.images)) == (True, 1)


def test_the_seed_and_the_name_choose_the_examples_and_nothing_else_does() -> None:
    big = task(train=300)
    ids = [one.id for one in choose(big, 20, seed=1)]
    assert len(set(ids)) == 20
    assert ids == [one.id for one in choose(task(train=300, test=0), 20, seed=1)]
    assert ids != [one.id for one in choose(big, 20, seed=2)]


def test_a_shuffled_modality_comes_from_another_chosen_example() -> None:
    asked = questions(task(), ProfileSettings(hiding="shuffle"), seed=0)
    image = next(question for question in asked if question.view == "image")
    assert "words of" in image.shown.words
    assert f"words of {image.example_id}" not in image.shown.words


def test_a_task_without_examples_to_ask_is_an_error() -> None:
    with pytest.raises(DataError, match="pairs: has no training or validation example"):
        questions(task(train=0, validation=0), ProfileSettings(), seed=0)
    with pytest.raises(DataError, match="takes 2 examples or more"):
        questions(task(train=1, validation=0), ProfileSettings(hiding="shuffle"), seed=0)
