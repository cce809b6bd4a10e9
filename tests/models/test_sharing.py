"""Prompts that begin alike are read once, and answered as if each had been read alone."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch
from tests.models.naive import choice_score
from tests.models.tiny_models import make_picture

from mintune.models import sharing
from mintune.models.answering import Question, Tally, answer
from mintune.models.backbone import Backbone
from mintune.models.checking import companions
from mintune.models.choosing import ChoiceTree, hung
from mintune.models.encoding import Batch, Encoded, Encoder
from mintune.models.sharing import common_beginning, fold, is_worthwhile
from mintune.models.showing import Shown

COLOURS = ("red", "dark red", "red square")
IMAGE = 7


def asked(number: int, words: str, *, pictures: int = 1) -> Question:
    seen = tuple(make_picture(number + place, 112, 112) for place in range(pictures))
    shown = Shown(f"Which colour?\n{words}", seen)
    return Question("colour", f"{number} {words}", "both", shown, COLOURS)


QUESTIONS = [
    asked(number, words, pictures=1 + number % 2)
    for number in range(4)
    for words in ("", "It is dark.", "It is a square and it is dark.")
]


def prompt(*ids: int, images: tuple[str, ...] = ("a",)) -> Encoded:
    return Encoded(ids, images, len(ids))


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test backbones' pictures are so small that reading them once would not pay."""
    monkeypatch.setattr(sharing, "WORTHWHILE", 0)


@pytest.mark.usefixtures("always")
def test_scores_of_questions_read_together_are_those_of_each_alone(any_backbone: Backbone) -> None:
    encoder = Encoder(any_backbone)
    for one, prediction in zip(QUESTIONS, answer(any_backbone, QUESTIONS), strict=True):
        naive = [choice_score(any_backbone, one.shown, encoder.answer_ids(choice, end=True)) for choice in COLOURS]
        assert prediction.scores == pytest.approx(naive, abs=2e-5)


@pytest.mark.usefixtures("always")
def test_a_picture_is_read_once_for_all_questions_on_it(
    tiny_random_backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = []
    read = Backbone.read

    def counted(self: Backbone, batch: Batch, *, use_cache: bool) -> Any:
        rows.append(len(batch))
        return read(self, batch, use_cache=use_cache)

    monkeypatch.setattr(Backbone, "read", counted)
    tally = Tally()
    answer(tiny_random_backbone, QUESTIONS, tally=tally)
    assert (sum(rows), tally.num_asked) == (4, len(QUESTIONS))


@pytest.mark.usefixtures("always")
def test_what_is_asked_one_at_a_time_shares_nothing_and_says_the_same(tiny_random_backbone: Backbone) -> None:
    together = answer(tiny_random_backbone, QUESTIONS, batch_size=64)
    for size in (1, 2):
        few = answer(tiny_random_backbone, QUESTIONS, batch_size=size)
        for one, other in zip(together, few, strict=True):
            assert one.answer == other.answer
            assert one.scores == pytest.approx(other.scores, abs=1e-5)


def test_a_beginning_ends_where_prompts_part_and_before_the_first_of_them_ends() -> None:
    assert common_beginning([prompt(IMAGE, 1, 2, 3), prompt(IMAGE, 1, 4)], {IMAGE}) == 2
    assert common_beginning([prompt(IMAGE, 1, 2), prompt(IMAGE, 1, 2)], {IMAGE}) == 2
    assert common_beginning([prompt(IMAGE, 1), prompt(IMAGE, 1, 2)], {IMAGE}) == 1


def test_what_saves_too_little_is_read_apart(tiny_random_backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_worthwhile(64, [99, 110])
    assert not is_worthwhile(9, [47, 57])
    assert not is_worthwhile(64, [99])
    monkeypatch.setattr(sharing, "WORTHWHILE", 1)
    tally = Tally()
    answer(tiny_random_backbone, QUESTIONS, batch_size=4, tally=tally)
    assert tally.num_batches == len(QUESTIONS) / 4


def test_where_a_picture_stands_behind_the_beginning_nothing_is_shared() -> None:
    prompts = [prompt(1, IMAGE, 3), prompt(2, IMAGE, 3)]
    assert common_beginning(prompts, {IMAGE}) == 0
    tree = ChoiceTree.grow([(5,), (6,)])
    assert fold(prompts, tree, {IMAGE}) == [(prompts[0], tree), (prompts[1], tree)]
    assert common_beginning([prompt(IMAGE, 3, 4), prompt(IMAGE, 3, 5, images=("b",))], {IMAGE}) == 0


def test_a_branch_sees_itself_and_no_other() -> None:
    """Continuations (1, 2) and (3), and the choices (5) and (5, 6): nodes 1, 2, 5 and then 3, 5."""
    tree = hung(ChoiceTree.grow([(5,), (5, 6)]), [(1, 2), (3,)])
    assert tree.tokens.tolist() == [1, 2, 5, 3, 5]
    assert tree.depths.tolist() == [0, 1, 2, 0, 1]
    first, second = torch.ones(3, 3).tril().bool(), torch.ones(2, 2).tril().bool()
    assert torch.equal(tree.sees, torch.block_diag(first, second).bool())
    # After 2 come 5 and 5, after that 5 comes 6; after 3 likewise. Contexts count nodes from 1.
    assert tree.pair_contexts.tolist() == [2, 2, 3, 4, 4, 5]
    assert tree.pair_tokens.tolist() == [5, 5, 6, 5, 5, 6]
    assert tree.pair_choices.tolist() == [0, 1, 1, 2, 3, 3]
    assert tree.num_tokens.tolist() == [1, 2, 1, 2]


def test_the_self_test_puts_questions_in_the_company_of_others_on_their_picture() -> None:
    open_ones = [dataclasses.replace(one, choices=None) for one in QUESTIONS[3:6]]
    assert companions([QUESTIONS[0], open_ones[0]], [*QUESTIONS[:3], *open_ones]) == [QUESTIONS[2]]
