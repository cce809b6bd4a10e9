"""From predictions to numbers: what counts as right, what as chance, and what is set aside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from tests.models.tiny_models import make_picture

from mintune.profile.chance import is_above_chance, is_at_chance, kappa
from mintune.profile.evidence import gather
from mintune.profile.resampling import effective_size
from mintune.profile.similarity import Own
from mintune.records import VIEWS, Example, Picture, Prediction, Task


def task(*examples: Example, test: Sequence[Example] = ()) -> Task:
    return Task("mine", "", "exact_match", "", {"train": examples, "test": test}, "")


def picture(name: str) -> Picture:
    """A picture of its own for each letter."""
    return make_picture(ord(name[0]))


def example(name: str, target: str, choices: tuple[str, ...] | None = ("yes", "no"), image: str = "") -> Example:
    images = (picture(image),) if image else ()
    return Example(name, images, "", (target,), choices)


def answers(name: str, said: str, views: Sequence[str] = VIEWS) -> list[Prediction]:
    return [Prediction("mine", name, view, said) for view in VIEWS if view in views]


def test_chance_is_how_often_others_answers_would_be_accepted() -> None:
    examples = [example(str(number), "yes" if number < 3 else "no") for number in range(4)]
    found, _ = gather(task(*examples), [one for number in range(4) for one in answers(str(number), "yes")])
    assert found.right["both"].tolist() == [1, 1, 1, 0]
    # All say yes: the first three would accept every other answer, the last none.
    assert found.chance["both"].tolist() == [1, 1, 1, 0]
    # Of the other three targets, two are yes for the first three; none is no for the last.
    assert found.prior.tolist() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0])


def test_choices_that_differ_by_example_are_compared_by_place() -> None:
    first = example("1", "cat", ("cat", "dog"))
    second = example("2", "oak", ("oak", "elm"))
    third = example("3", "tea", ("milk", "tea"))
    asked = ("image", "text", "both")
    predictions = [*answers("1", "Cat.", asked), *answers("2", "elm", asked), *answers("3", "tea", asked)]
    found, _ = gather(task(first, second, third), predictions)
    assert found.right["both"].tolist() == [1, 0, 1]
    # Never below one over the number of choices.
    assert found.chance["both"].tolist() == [0.5, 0.5, 0.5]


def test_where_choices_differ_an_answer_is_first_of_all_that_of_none_or_another() -> None:
    animals, trees, drinks = ("cat", "dog", "owl"), ("oak", "elm", "ash"), ("milk", "tea", "rum")
    examples = [example("1", "cat", animals), example("2", "ash", trees), example("3", "rum", drinks)]
    liked = [*answers("1", "cat", ("none",)), *answers("2", "oak", ("none",)), *answers("3", "milk", ("none",))]
    said = [*answers("1", "cat", VIEWS[1:]), *answers("2", "ash", VIEWS[1:]), *answers("3", "milk", VIEWS[1:])]
    found, _ = gather(task(*examples), [*liked, *said])
    # The first is right by saying what `none` says, as the third does; of the others' choices beside that of `none`,
    # the second and the third want the last, which the second says.
    assert found.chance["both"].tolist() == [0.5, 0.0, 0.5]
    assert found.prior.tolist() == [0.0, 0.5, 0.5]


def test_an_open_answer_is_right_where_half_of_the_words_are_shared() -> None:
    examples = [example("1", "a small red cup", None), example("2", "green field", None)]
    found, _ = gather(task(*examples), [*answers("1", "red cup"), *answers("2", "blue sea")])
    assert found.right["both"].tolist() == [1, 0]
    assert found.chance["both"].tolist() == [0, 0]
    assert found.agreement["image"].tolist() == [1, 1]


def test_a_similarity_of_ones_own_says_what_is_right_and_how_far_views_agree() -> None:
    """Part numbers that differ in their last letter are one part."""
    own = Own("same part", lambda first, second: float(first[:-1] == second[:-1]))
    examples = [example("1", "K12a", ("K12a", "K13a")), example("2", "K13a", ("K12a", "K13a"))]
    predictions = [*answers("1", "K12b", ("none", "image", "both")), *answers("1", "K13a", ("text",))]
    found, _ = gather(task(*examples), [*predictions, *answers("2", "K12a")], similarity=own)
    assert found.right["both"].tolist() == [1, 0]
    assert found.chance["both"].tolist() == [1, 0]
    assert (found.agreement["image"].tolist(), found.agreement["text"].tolist()) == ([1, 1], [0, 1])


def test_what_lacks_a_view_or_is_no_training_example_is_set_aside_with_its_reason() -> None:
    known, held_out = [example("1", "yes"), example("2", "no")], [example("9", "yes")]
    elsewhere = [*answers("9", "yes"), *answers("99", "yes")]
    predictions = [*answers("1", "yes"), *answers("2", "no", ("image", "both")), *elsewhere]
    found, aside = gather(task(*known, test=held_out), predictions)
    assert found.example_ids == ("1",)
    assert [one.reason for one in aside] == [
        "example 2: has no prediction under view none, text",
        "example 9: is a test example, which profiles leave alone",
        "example 99: is not in the data, or was set aside from it",
    ]


def test_scores_that_are_not_one_a_choice_set_the_example_aside() -> None:
    wrong = [Prediction("mine", "2", view, "yes", (-0.1,)) for view in VIEWS]
    found, aside = gather(task(example("1", "yes"), example("2", "yes")), [*answers("1", "yes"), *wrong])
    assert found.example_ids == ("1",)
    assert [row.reason for row in aside] == ["example 2: has 1 score under view none; expected 2, one a choice"]


def test_predictions_without_the_view_none_are_enough() -> None:
    examples = [example("1", "yes"), example("2", "no")]
    predictions = [one for name in "12" for one in answers(name, "yes", ("image", "text", "both"))]
    found, aside = gather(task(*examples), predictions)
    assert not aside
    assert set(found.right) == {"image", "text", "both"}


def test_examples_with_the_same_image_are_one_cluster() -> None:
    examples = [example("1", "yes", image="x"), example("2", "no", image="x"), example("3", "no"), example("4", "no")]
    found, _ = gather(task(*examples), [one for name in "1234" for one in answers(name, "yes")])
    assert found.clusters.tolist() == [0, 0, 1, 2]


def test_examples_that_share_one_of_several_images_are_one_cluster() -> None:
    pictures = {"1": ("x", "y"), "2": ("y", "z"), "3": ("w",)}
    examples = [
        Example(name, tuple(picture(image) for image in images), "", ("yes",), ("yes", "no"))
        for name, images in pictures.items()
    ]
    found, _ = gather(task(*examples), [one for name in pictures for one in answers(name, "yes")])
    assert found.clusters.tolist() == [0, 0, 1]


def test_kappa_is_zero_at_chance_one_when_all_is_right_and_untold_where_chance_is_one() -> None:
    found = kappa(np.array([0.5, 1.0, 0.75, 1.0]), np.array([0.5, 0.5, 0.5, 1.0]))
    assert found.tolist() == [0.0, 1.0, 0.5, 0.0]


def test_above_chance_is_the_exact_binomial_test_at_one_per_cent() -> None:
    # P(X >= 59 of 100 coins) = 0.044, P(X >= 62) = 0.0105, P(X >= 63) = 0.0060.
    found = is_above_chance(np.array([0.59, 0.62, 0.63]), np.array([0.5, 0.5, 0.5]), 100)
    assert found.tolist() == [False, False, True]


def test_ten_examples_of_one_image_that_rise_and_fall_together_count_as_one() -> None:
    right = np.repeat([1.0, 0.0] * 10, 10)
    assert effective_size(right, np.arange(200) // 10) == 20
    assert effective_size(right, np.arange(200)) == 200


def test_at_chance_is_neither_above_nor_below() -> None:
    assert is_at_chance(0.5, 0.5, 100)
    assert not is_at_chance(0.7, 0.5, 100)
    assert not is_at_chance(0.3, 0.5, 100)


def test_what_none_says_tells_nothing_where_it_is_always_wrong() -> None:
    examples = [example(str(number), ("yes", "no")[number % 2]) for number in range(60)]
    wrong = [answers(str(number), ("no", "yes")[number % 2], ("none",)) for number in range(60)]
    right = [answers(str(number), ("yes", "no")[number % 2], VIEWS[1:]) for number in range(60)]
    found, _ = gather(task(*examples), [one for said in (*wrong, *right) for one in said])
    assert found.right["both"].mean() == 1
    assert found.chance["both"].mean() == pytest.approx(29 / 59)
