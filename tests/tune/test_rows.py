"""Batches in pieces: nothing is lost, and no piece changes what an example costs."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.tune.cases import make_backbone, make_suite

from mintune.models.backbone import Backbone
from mintune.models.loss import answer_losses
from mintune.tune.rows import PIECE_TOKENS, Rows, look, split_by_length
from mintune.tune.sampler import Slot


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=40))
def test_pieces_hold_every_row_once_and_cost_no_more_than_one_batch(lengths: list[int]) -> None:
    pieces = split_by_length(lengths)
    assert sorted(index for piece in pieces for index in piece) == list(range(len(lengths)))
    cost = sum(len(piece) * max(lengths[index] for index in piece) + PIECE_TOKENS for piece in pieces)
    assert cost <= len(lengths) * max(lengths) + PIECE_TOKENS


def test_one_long_row_does_not_make_all_of_them_long() -> None:
    assert split_by_length([30, 1000, 31, 30]) == [[0, 3, 2], [1]]


def test_rows_of_similar_length_stay_together() -> None:
    assert len(split_by_length([40 + index % 3 for index in range(32)])) == 1


def test_looking_sees_every_training_picture_once() -> None:
    fresh, suite = make_backbone(), make_suite()
    for _ in range(2):
        look(fresh, suite.tasks)
        pictures = {picture.sha256 for task in suite.tasks for row in task.train for picture in row.images}
        assert all(sha256 in fresh.vision for sha256 in pictures)
        assert fresh.vision.num_computed == len(pictures)


def test_an_example_has_the_same_loss_in_any_company(backbone: Backbone) -> None:
    suite = make_suite()
    rows = Rows(backbone, suite.tasks)
    slots = [Slot(task.name, index, 0) for task in suite.tasks for index in range(len(task.train))]
    with torch.no_grad():
        together = {
            row: loss
            for piece, batch in rows.batches(rows.of(slots))
            for row, loss in zip(piece, answer_losses(backbone, batch).tolist(), strict=True)
        }
        for row in rows.of(slots):
            ((_, alone),) = rows.batches([row])
            assert together[row] == pytest.approx(answer_losses(backbone, alone).item(), abs=1e-4)
