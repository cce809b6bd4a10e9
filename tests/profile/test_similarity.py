from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mintune.errors import EstimationError
from mintune.profile.similarity import SIMILARITIES, distribution, exact, token_f1
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
