from __future__ import annotations

import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from mintune.config import TaskSettings
from mintune.evaluate.metrics import METRICS, anls, best_possible, exact_match, rouge_l, token_f1, vqa_accuracy

words = st.sampled_from(["red", "blue", "circle", "two", "left", "of", "house", "1,000"])
phrases = st.lists(words, min_size=1, max_size=6).map(" ".join)
texts = st.one_of(phrases, st.text(max_size=20))


@pytest.mark.parametrize("metric", METRICS)
@given(answer=texts, targets=st.lists(texts, min_size=1, max_size=4))
def test_every_metric_is_between_0_and_the_ceiling_of_its_targets(metric: str, answer: str, targets: list[str]) -> None:
    assert 0 <= METRICS[metric](answer, targets) <= 1
    assert 0 <= best_possible(metric, targets) <= 1


@pytest.mark.parametrize("metric", METRICS)
@given(answer=texts)
def test_an_accepted_answer_scores_full(metric: str, answer: str) -> None:
    assert METRICS[metric](answer, [answer]) == pytest.approx(1)
    assert best_possible(metric, [answer]) == pytest.approx(1)


@pytest.mark.parametrize("metric", METRICS)
@given(answer=texts, targets=st.lists(texts, min_size=1, max_size=4), data=st.data())
def test_the_order_of_accepted_answers_does_not_matter(
    metric: str, answer: str, targets: list[str], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(targets))
    assert METRICS[metric](answer, targets) == pytest.approx(METRICS[metric](answer, shuffled))


@pytest.mark.parametrize("metric", ["exact_match", "token_f1", "anls", "rouge_l"])
@given(answer=texts, target=texts)
def test_answer_and_target_may_change_places(metric: str, answer: str, target: str) -> None:
    assert METRICS[metric](answer, [target]) == pytest.approx(METRICS[metric](target, [answer]))


def test_the_table_is_what_the_configuration_accepts() -> None:
    accepted = typing.get_args(typing.get_type_hints(TaskSettings)["metric"])
    assert {name for part in accepted for name in typing.get_args(part)} == set(METRICS)


def test_exact_match_forgives_case_articles_and_punctuation_only() -> None:
    assert exact_match.score("The Red Circle.", ["red circle"]) == 1
    assert exact_match.score("red circles", ["red circle"]) == 0


def test_token_f1_of_one_word_in_common() -> None:
    # given {red, circle}, accepted {red, square, left}: shared 1, so 2 * 1 / (2 + 3)
    assert token_f1.score("red circle", ["red square left"]) == pytest.approx(0.4)
    assert token_f1.score("red circle", ["blue", "red circle"]) == 1


def test_token_f1_counts_repeated_words() -> None:
    # shared 1 of 2 + 1 words
    assert token_f1.score("red red", ["red"]) == pytest.approx(2 / 3)


def test_words_without_spaces_are_compared_by_character() -> None:
    assert token_f1.score("東京都", ["東京"]) == pytest.approx(0.8)
    assert rouge_l.score("東京都", ["東京"]) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("agreed", "official"),
    # of ten: (agreed * min(1, (agreed - 1) / 3) + (10 - agreed) * min(1, agreed / 3)) / 10, tabled in the VQA papers
    [(0, 0.0), (1, 0.3), (2, 0.6), (3, 0.9), (4, 1.0), (10, 1.0)],
)
def test_vqa_accuracy_of_ten_annotators_is_the_official_one(agreed: int, official: float) -> None:
    targets = ["red"] * agreed + [f"other{number}" for number in range(10 - agreed)]
    assert vqa_accuracy.score("red", targets) == pytest.approx(official)


@given(st.lists(st.sampled_from("abcd"), min_size=2, max_size=12), st.sampled_from("abcd"))
def test_vqa_accuracy_is_the_mean_over_annotators_set_aside(targets: list[str], answer: str) -> None:
    needed = min(3, len(targets) - 1)
    set_aside = [targets[:index] + targets[index + 1 :] for index in range(len(targets))]
    expected = sum(min(1, others.count(answer) / needed) for others in set_aside) / len(targets)
    assert vqa_accuracy.score(answer, targets) == pytest.approx(expected)


def test_vqa_accuracy_of_few_annotators() -> None:
    assert vqa_accuracy.score("red", ["red"]) == 1
    assert vqa_accuracy.score("red", ["red", "red"]) == 1
    # the one who said red is set aside in one of two turns
    assert vqa_accuracy.score("red", ["red", "blue"]) == pytest.approx(0.5)


def test_the_ceiling_is_below_1_where_annotators_disagree() -> None:
    assert best_possible("vqa_accuracy", [str(number) for number in range(20, 30)]) == pytest.approx(0.3)


def test_anls_of_one_wrong_letter_in_five_and_of_a_wrong_word() -> None:
    assert anls.score("horse", ["house"]) == pytest.approx(0.8)
    assert anls.score("horse", ["table"]) == 0
    assert anls.score("ab", ["ac"]) == pytest.approx(0.5)
    assert anls.score("HOUSE  no", ["house no"]) == 1


def test_rouge_l_goes_by_the_longest_common_order() -> None:
    # longest common subsequence "police the gunman" of 4 words each, Lin (2004), section 3.1: "the" is an article here,
    # so 2 of 3 words each
    assert rouge_l.score("police kill the gunman", ["police killed the gunman"]) == pytest.approx(2 / 3)
    assert rouge_l.score("gunman kill police", ["police kill gunman"]) == pytest.approx(1 / 3)


@given(answer=phrases, target=phrases)
def test_rouge_l_is_that_of_rouge_score_where_normalisation_changes_nothing(answer: str, target: str) -> None:
    plain = [phrase.replace("1,000", "many").replace("two", "2") for phrase in (answer, target)]
    expected = RougeScorer(["rougeL"]).score(plain[1], plain[0])["rougeL"].fmeasure
    assert rouge_l.score(plain[0], [plain[1]]) == pytest.approx(expected)
