"""Rows without a picture, with one and with three in one batch: each costs what it costs alone, and stands where
transformers would put it."""

from __future__ import annotations

import itertools

import pytest
import torch
from tests.models.naive import choice_score, inputs_of
from tests.models.tiny_models import make_picture
from torch.nn.utils.rnn import pad_sequence

from mintune.models.adapters import adapter_weights, attach
from mintune.models.backbone import TINY, Backbone, load_backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import show
from mintune.records import Example, Task
from mintune.run import digest
from mintune.tune.rows import Rows
from mintune.tune.sampler import Slot

ANSWERS = ("red", "a dark red square", "blue")
NUM_PICTURES = (0, 1, 3)


@pytest.fixture(scope="module")
def tiny() -> Backbone:
    """The built-in backbone with an adapter that changes its answers."""
    backbone = load_backbone(TINY)
    attach(backbone, rank=4, seed=0, name="one")
    generator = torch.Generator().manual_seed(0)
    for key, weight in adapter_weights(backbone, "one").items():
        if "lora_B" in key:
            weight.data.normal_(std=0.1, generator=generator)
    return backbone


@pytest.fixture(scope="module")
def task() -> Task:
    """Each number of pictures with each answer, words of several lengths, pictures of three sizes."""
    pictures = (make_picture(1), make_picture(2, 84, 112), make_picture(3, 112, 56))
    examples = tuple(
        Example(
            id=f"{index}",
            images=tuple(pictures[(index + place) % 3] for place in range(num_pictures)),
            text="it is red or blue. " * (1 + 7 * (index % 4)),
            targets=(answer,),
        )
        for index, (num_pictures, answer) in enumerate(itertools.product(NUM_PICTURES, ANSWERS))
    )
    return Task("mixed", "What colour is it?", "exact_match", "colours", {"train": examples}, digest("mixed"))


def slots_of(task: Task) -> list[Slot]:
    return [Slot(task.name, index, 0) for index in range(len(task.train))]


def alone(backbone: Backbone, task: Task) -> torch.Tensor:
    rows = Rows(backbone, [task])
    batches = (batch for slot in slots_of(task) for _, batch in rows.batches(rows.of([slot])))
    with torch.no_grad():
        return torch.cat([answer_losses(backbone, batch) for batch in batches])


def test_in_pieces_of_similar_length_each_row_has_the_loss_it_has_alone(tiny: Backbone, task: Task) -> None:
    together = torch.full((len(task.train),), torch.nan)
    with torch.no_grad():
        rows = Rows(tiny, [task])
        for piece, batch in rows.batches(rows.of(slots_of(task))):
            together[[row.sight.index for row in piece]] = answer_losses(tiny, batch)
    torch.testing.assert_close(together, alone(tiny, task), atol=1e-5, rtol=0)


def test_in_one_padded_batch_each_row_has_the_loss_it_has_alone(tiny: Backbone, task: Task) -> None:
    encoder = Encoder(tiny)
    shown, answers = [show(task, row, "both") for row in task.train], [row.targets[0] for row in task.train]
    batch = encoder.collate(encoder.with_answers(shown, answers))
    assert len(set(batch.lengths.tolist())) > 3
    with torch.no_grad():
        together = answer_losses(tiny, batch)
    torch.testing.assert_close(together, alone(tiny, task), atol=1e-5, rtol=0)


def test_that_loss_is_the_whole_models_given_pixels(tiny: Backbone, task: Task) -> None:
    encoder = Encoder(tiny)
    expected = [
        -choice_score(tiny, show(task, row, "both"), encoder.answer_ids(row.targets[0], end=True)) for row in task.train
    ]
    assert alone(tiny, task).tolist() == pytest.approx(expected, abs=1e-5)


def test_places_in_a_mixed_batch_are_those_transformers_lays_out(tiny: Backbone, task: Task) -> None:
    encoder = Encoder(tiny)
    shown, answers = [show(task, row, "both") for row in task.train], [row.targets[0] for row in task.train]
    batch = encoder.collate(encoder.with_answers(shown, answers))
    theirs = [dict(inputs_of(tiny, one, answer)) for one, answer in zip(shown, answers, strict=True)]
    grids = torch.cat([one["image_grid_thw"] for one in theirs if "image_grid_thw" in one])
    ids, mask = (
        pad_sequence([one[key][0] for one in theirs], batch_first=True) for key in ("input_ids", "attention_mask")
    )
    types = torch.isin(ids, torch.tensor(tiny.processor.image_token_ids)).int()
    places, _ = tiny.body.get_rope_index(ids, mm_token_type_ids=types, image_grid_thw=grids, attention_mask=mask)
    assert batch.position_ids is not None
    for row, size in enumerate(batch.lengths.tolist()):
        assert torch.equal(batch.input_ids[row, :size], ids[row, :size])
        assert torch.equal(batch.position_ids[:, row, :size], places[:, row, :size])
