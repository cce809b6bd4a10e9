from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mintune.errors import ConfigError, EstimationError
from mintune.profile.similarity import SIMILARITIES, distribution, exact, named, token_f1
from mintune.records import Prediction

texts = st.text("ab c", max_size=8)
scores = st.lists(st.floats(-20, 0), min_size=3, max_size=3)


def said(answer: str, scores: tuple[float, ...] | None = None) -> Prediction:
    return Prediction("task", "1", "both", answer, scores)


def test_exact_looks_through_case_articles_and_punctuation() -> None:
    assert exact(said("The Red cup."), said("red cup")) == 1.0
    assert exact(said("red cup"), said("red cups")) == 0.0


def test_token_f1_is_the_harmonic_mean_of_shared_words() -> None:
    # 2 of 3 and 2 of 2 words are shared: 2 * 2 / (3 + 2).
    assert token_f1(said("small red cup"), said("red cup")) == pytest.approx(0.8)


def test_opposite_certainties_are_not_alike_and_equal_ones_are() -> None:
    sure, other = said("a", (0.0, -800.0)), said("b", (-800.0, 0.0))
    assert distribution(sure, other) == pytest.approx(0.0, abs=1e-9)
    assert distribution(sure, sure) == pytest.approx(1.0)


def test_distribution_of_a_certain_and_an_even_answer() -> None:
    # Jensen-Shannon divergence of (1, 0) and (1/2, 1/2) in bits: 1.5 - 0.75 log2(3).
    expected = 1 - math.sqrt(1.5 - 0.75 * math.log2(3))
    assert distribution(said("a", (0.0, -800.0)), said("a", (0.0, 0.0))) == pytest.approx(expected)


def test_distribution_without_scores_is_an_error_that_names_the_example() -> None:
    with pytest.raises(EstimationError, match="task task, example 1, view both: has no scores"):
        distribution(said("a"), said("b"))
    with pytest.raises(EstimationError, match="2 scores under view both, 3"):
        distribution(said("a", (0.0, 0.0)), said("b", (0.0, 0.0, 0.0)))


@pytest.mark.parametrize("name", SIMILARITIES)
@settings(deadline=None, max_examples=50)
@given(first=texts, second=texts, left=scores, right=scores)
def test_every_similarity_is_symmetric_bounded_and_one_with_itself(
    name: str, first: str, second: str, left: list[float], right: list[float]
) -> None:
    compare, one, other = SIMILARITIES[name], said(first, tuple(left)), said(second, tuple(right))
    assert 0 <= compare(one, other) <= 1
    assert compare(one, other) == pytest.approx(compare(other, one))
    assert compare(one, one) == pytest.approx(1.0)


def same_first_letter(first: str, second: str) -> float:
    """A notion of one's own."""
    return float(first[:1] == second[:1])


def no_number(first: str, second: str) -> float:
    return 2.0


def of_one(answer: str) -> float:
    return 1.0


def of_three(first: str, second: str, third: str) -> float:
    return 1.0


def fails(first: str, second: str) -> float:
    raise ValueError("no dictionary")


def test_a_function_of_ones_own_that_fails_is_named_with_the_answers_and_the_line() -> None:
    with pytest.raises(EstimationError, match=r"fails\('cat', 'cow'\): failed with ValueError: no dictionary \(.*line"):
        named(f"{__name__}:fails")(said("cat"), said("cow"))


def test_a_function_of_ones_own_is_found_by_its_dotted_name() -> None:
    found = named(f"{__name__}:same_first_letter")
    assert (found(said("cat"), said("cow")), found(said("cat"), said("dog"))) == (1.0, 0.0)
    assert named("exact") is exact
    assert named("operator:eq")(said("cat"), said("cat")) == 1.0
    assert named("builtins:max").name == "builtins:max"  # written in C, and has no signature


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("exakt", "'exakt'; accepted: exact, token_f1, distribution, or package.module:function"),
        ("no.such.module:function", "no.such.module cannot be imported"),
        (f"{__name__}:nothing", "has no nothing"),
        (f"{__name__}:texts", "is no function"),
        (
            f"{__name__}:of_one",
            r"profile.similarity: .*:of_one\(answer\): too many positional arguments; "
            r"expected a function of \(one answer, another\)",
        ),
        (f"{__name__}:of_three", "missing a required argument: 'third'; expected a function of"),
    ],
)
def test_a_name_of_nothing_says_what_is_accepted(name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        named(name)


def test_a_function_that_gives_no_number_between_0_and_1_is_told_so() -> None:
    with pytest.raises(EstimationError, match=r"no_number\('a', 'b'\) gave 2.0; expected a number in \[0, 1\]"):
        named(f"{__name__}:no_number")(said("a"), said("b"))
