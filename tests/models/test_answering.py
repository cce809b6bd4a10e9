"""Answers in bulk are the answers of one example at a time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.models.naive import choice_score, written
from tests.models.tiny_models import make_picture, make_qwen

from mintune.models import adapters
from mintune.models.answering import (
    MAX_BATCH_TOKENS,
    AnswerCache,
    Question,
    Tally,
    _cut,
    _Planned,
    answer,
)
from mintune.models.backbone import Backbone
from mintune.models.checking import self_test
from mintune.models.choosing import ChoiceTree
from mintune.models.encoding import Encoder
from mintune.models.generating import Sampling, _Picker
from mintune.models.showing import Shown
from mintune.records import View

COLOURS = ("red", "green", "blue")
NESTED = ("red", "red square", "dark red", "blue")


def question(index: int, choices: tuple[str, ...] | None, view: View = "both") -> Question:
    pictures = tuple(make_picture(index + place, 56 + 28 * (index % 2)) for place in range(index % 3))
    words = " ".join(["Is it", *["dark"] * (index % 5), "red?"])
    if choices:
        words += f"\nAnswer with one of: {', '.join(choices)}."
    return Question("colour", str(index), view, Shown(words, pictures), choices)


MIXED = [question(index, (COLOURS, NESTED, None, ("yes", "no"))[index % 4]) for index in range(24)]


def test_choice_scores_equal_those_of_prompt_and_choice_fed_together(any_backbone: Backbone) -> None:
    encoder = Encoder(any_backbone)
    asked = [one for one in MIXED[:12] if one.choices]
    for one, prediction in zip(asked, answer(any_backbone, asked), strict=True):
        assert prediction.scores is not None
        ends = one.choices == NESTED
        for choice, score in zip(one.choices or (), prediction.scores, strict=True):
            naive = choice_score(any_backbone, one.shown, encoder.answer_ids(choice, end=ends))
            assert score == pytest.approx(naive, abs=2e-5)
        assert prediction.answer == (one.choices or ())[prediction.scores.index(max(prediction.scores))]


def test_open_answers_equal_generate(any_backbone: Backbone) -> None:
    asked = [question(index, None) for index in range(6)]
    for one, prediction in zip(asked, answer(any_backbone, asked, max_new_tokens=6), strict=True):
        assert prediction.answer == written(any_backbone, one.shown, max_new_tokens=6)
        assert prediction.scores is None


def test_batch_of_one_and_batch_of_sixty_four_choose_the_same(any_backbone: Backbone) -> None:
    alone = answer(any_backbone, MIXED, batch_size=1)
    together = answer(any_backbone, MIXED, batch_size=64)
    assert [one.answer for one in alone] == [one.answer for one in together]
    assert self_test(any_backbone, MIXED) < 1e-4


def sampled(index: int, seed: int, temperature: float = 1.0) -> Question:
    return dataclasses.replace(question(index, None), draw=seed, sampling=Sampling(temperature, seed))


def test_a_sampled_answer_is_that_of_its_seed_in_whatever_company(any_backbone: Backbone) -> None:
    asked = [sampled(index, seed) for index in range(4) for seed in range(3)]
    alone = answer(any_backbone, asked, batch_size=1, max_new_tokens=6)
    together = answer(any_backbone, [*MIXED, *asked[::-1]], batch_size=64, max_new_tokens=6)[: len(MIXED) - 1 : -1]
    assert [(one.answer, one.draw) for one in alone] == [(one.answer, one.draw) for one in together]
    assert len({one.answer for one in alone[:3]}) > 1


def test_next_to_no_temperature_the_most_likely_answer_is_drawn(any_backbone: Backbone) -> None:
    greedy = answer(any_backbone, [question(index, None) for index in range(4)], max_new_tokens=4)
    cold = answer(any_backbone, [sampled(index, 7, 1e-9) for index in range(4)], max_new_tokens=4)
    assert [one.answer for one in cold] == [one.answer for one in greedy]


def test_tokens_are_drawn_as_often_as_they_are_likely() -> None:
    chances = torch.tensor([0.5, 0.3, 0.2])
    rows = [Sampling(2.0, seed) for seed in range(3000)]
    logits = (2 * chances.log()).expand(len(rows), -1)  # at temperature 2 these are the chances
    counts = torch.bincount(_Picker(rows)(logits)[:, 0], minlength=3) / len(rows)
    # Each share has a standard error of at most 0.009.
    assert counts.tolist() == pytest.approx(chances.tolist(), abs=0.035)


def test_draws_are_kept_apart_from_each_other_and_from_the_greedy_answer(tiny_random_backbone: Backbone) -> None:
    cache, tally = AnswerCache(), Tally()
    asked = [question(1, None), sampled(1, 0), sampled(1, 1), sampled(1, 1, 0.5)]
    first = answer(tiny_random_backbone, asked, cache=cache, tally=tally)
    assert len(cache) == tally.num_asked == 4
    assert answer(tiny_random_backbone, asked, cache=cache, tally=tally) == first
    assert tally.num_asked == 4


def test_an_open_answer_is_as_long_as_its_task_allows_and_those_cut_are_counted(
    tiny_random_backbone: Backbone,
) -> None:
    asked = [dataclasses.replace(question(index, None), task=("short", "long")[index % 2]) for index in range(6)]
    limits, tally = {"short": 2, "long": 9}, Tally()
    predictions = answer(tiny_random_backbone, asked, max_new_tokens=limits, tally=tally)
    for one, prediction in zip(asked, predictions, strict=True):
        assert prediction.answer == written(tiny_random_backbone, one.shown, max_new_tokens=limits[one.task])
    longer = answer(tiny_random_backbone, asked, max_new_tokens={task: size + 1 for task, size in limits.items()})
    assert 0 < sum(one.answer != other.answer for one, other in zip(predictions, longer, strict=True)) <= tally.num_cut


def test_no_limit_of_open_answers_makes_a_closed_question_another(tiny_random_backbone: Backbone) -> None:
    cache, tally = AnswerCache(), Tally()
    for limit in (4, 5):
        answer(tiny_random_backbone, [question(1, COLOURS)], cache=cache, max_new_tokens=limit, tally=tally)
    assert tally.num_asked == 1


@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(1, 60), st.booleans()), max_size=60), st.integers(1, 64))
def test_no_batch_is_larger_than_allowed(rows: list[tuple[int, int, bool]], batch_size: int) -> None:
    planned = [
        _Planned(COLOURS if closed else None, (tokens,) * (1 + tokens % 3 if closed else 1), further, {})
        for tokens, further, closed in rows
    ]
    planned.sort(key=lambda one: one.order)
    batches = list(_cut(planned, batch_size))
    assert [one for batch in batches for one in batch] == planned
    for batch in batches:
        cost = len(batch) * (max(sum(one.num_tokens) for one in batch) + max(one.num_further for one in batch))
        count = sum(len(one.num_tokens) for one in batch)
        assert len(batch) == 1 or (count <= batch_size and cost <= MAX_BATCH_TOKENS)
        assert len({one.choices for one in batch}) == 1


def test_the_order_of_questions_is_the_order_of_predictions(tiny_random_backbone: Backbone) -> None:
    there = answer(tiny_random_backbone, MIXED)
    back = answer(tiny_random_backbone, MIXED[::-1])
    assert [one.example_id for one in there] == [one.example_id for one in MIXED]
    assert [one.answer for one in there] == [one.answer for one in back[::-1]]


def test_the_same_question_is_asked_once(tiny_random_backbone: Backbone) -> None:
    same = [dataclasses.replace(question(1, COLOURS), example_id=str(index)) for index in range(10)]
    tally, seen = Tally(), []
    predictions = answer(tiny_random_backbone, [*same, question(2, COLOURS)], tally=tally, progress=seen.append)
    assert (tally.num_questions, tally.num_asked, sum(seen)) == (11, 2, 11)
    assert len({one.scores for one in predictions[:10]}) == 1


def test_a_resumed_call_asks_only_what_is_missing_and_ends_in_the_same_bytes(tmp_path: Path) -> None:
    whole = AnswerCache(tmp_path / "whole.jsonl")
    expected = answer(make_qwen(), MIXED, batch_size=4, cache=whole)
    lines = (tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)
    for kept in range(len(lines)):
        path = tmp_path / f"killed-{kept}.jsonl"
        path.write_bytes(b"".join(lines[:kept]) + lines[kept][:20])
        tally = Tally()
        resumed = answer(make_qwen(), MIXED, batch_size=4, cache=AnswerCache(path), tally=tally)
        assert resumed == expected
        assert tally.num_batches == len(lines) - kept
        assert path.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_known_question_needs_no_model_run(tmp_path: Path, tiny_random_backbone: Backbone) -> None:
    answer(tiny_random_backbone, MIXED, cache=AnswerCache(tmp_path / "answers.jsonl"))
    tally = Tally()
    answer(tiny_random_backbone, MIXED, cache=AnswerCache(tmp_path / "answers.jsonl"), tally=tally)
    assert tally.num_asked == 0


def test_another_adapter_is_another_question() -> None:
    backbone, cache, tally = make_qwen(), AnswerCache(), Tally()
    adapters.attach(backbone, 2, 0, "one")
    for name in (None, "one"):
        answer(backbone, MIXED, cache=cache, adapter=name, tally=tally)
    assert tally.num_asked == 2 * len(MIXED)
    assert adapters.active(backbone) == "one"


def test_a_choice_that_begins_another_is_not_favoured_for_it() -> None:
    """Where "red square" is certain after "red", "red" alone must lose: it does not end there."""
    tree = ChoiceTree.grow([(5, 9), (5, 6, 9)])  # red END, red square END
    assert tree.num_nodes == 2
    assert tree.pair_contexts.tolist() == [0, 1, 0, 1, 2]
    assert tree.num_tokens.tolist() == [2, 3]


def test_choices_of_one_token_need_no_further_pass() -> None:
    assert ChoiceTree.grow([(5,), (6,), (7,)]).num_nodes == 0


def test_a_text_of_100_000_characters_is_cut_and_counted(tiny_random_backbone: Backbone) -> None:
    words = "x" * 100_000
    tally = Tally()
    long = Question("t", "1", "text", Shown(f"{words}\nAnswer with one of: yes, no.", (), 0, 100_000), ("yes", "no"))
    assert len(answer(tiny_random_backbone, [long], tally=tally)) == 1
    assert tally.num_truncated == 1


def test_no_questions_no_answers(tiny_random_backbone: Backbone) -> None:
    assert answer(tiny_random_backbone, []) == []
