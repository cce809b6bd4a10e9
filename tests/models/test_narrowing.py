"""Working out the last layer only where it is read changes no number that is read, on any architecture."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.models.tiny_models import MAKERS, make_picture

from mintune.models import adapters
from mintune.models.backbone import Backbone
from mintune.models.encoding import Batch, Encoder
from mintune.models.narrowing import last_layer_at, spans
from mintune.models.showing import Shown

SHOWN = [Shown("Is it red or is it blue?", (make_picture(1),)), Shown("What is it? " * 6, ()), Shown("Which? " * 9, ())]


@pytest.fixture(scope="module", params=list(MAKERS))
def tuned(request: pytest.FixtureRequest) -> Backbone:
    """A backbone whose adapter changes its hidden states."""
    backbone = MAKERS[request.param]()
    adapters.attach(backbone, 2, 0, "one")
    generator = torch.Generator().manual_seed(0)
    for weight in adapters.adapter_weights(backbone, "one").values():
        weight.data.normal_(std=0.1, generator=generator)
    return backbone


def batch_of(backbone: Backbone) -> Batch:
    encoder = Encoder(backbone)
    return encoder.collate(encoder.with_answers(SHOWN, ["yes", "dark red", "a red square"]))


def gradients(backbone: Backbone, read: torch.Tensor) -> list[torch.Tensor]:
    """Of a sum in which every number read counts otherwise."""
    backbone.model.zero_grad()
    (read * torch.linspace(-1, 1, read.numel()).view_as(read)).sum().backward()
    found = [weight.grad for weight in adapters.adapter_weights(backbone, "one").values() if weight.grad is not None]
    assert len(found) == len(adapters.adapter_weights(backbone, "one"))
    return found


def test_what_is_read_and_its_gradients_are_those_of_the_whole_layer(tuned: Backbone) -> None:
    batch = batch_of(tuned)
    is_read = batch.labels.roll(-1, dims=1) != -100
    whole = tuned.read(batch, use_cache=False).last_hidden_state[is_read]
    expected = gradients(tuned, whole)
    with last_layer_at(tuned, is_read):
        narrow = tuned.read(batch, use_cache=False).last_hidden_state[is_read]
    torch.testing.assert_close(narrow, whole, atol=1e-5, rtol=1e-5)
    for found, wanted in zip(gradients(tuned, narrow), expected, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-4, rtol=1e-4)


def test_the_feed_forward_part_of_the_last_layer_alone_is_given_fewer_tokens(tuned: Backbone) -> None:
    batch = batch_of(tuned)
    is_read = batch.labels.roll(-1, dims=1) != -100
    given_tokens = []
    layers = tuned.model.get_decoder().layers
    with last_layer_at(tuned, is_read):
        for layer in layers:
            layer.mlp.register_forward_pre_hook(lambda _, inputs: given_tokens.append(inputs[0].shape[:2]))
        tuned.read(batch, use_cache=False)
    full = tuple(batch.input_ids.shape)
    assert given_tokens == [full] * (len(layers) - 1) + [tuple(spans(is_read).shape)]


def test_afterwards_the_layer_is_worked_out_everywhere(tuned: Backbone) -> None:
    batch = batch_of(tuned)
    with torch.no_grad():
        before = tuned.read(batch, use_cache=False).last_hidden_state
        with last_layer_at(tuned, batch.labels != -100):
            tuned.read(batch, use_cache=False)
        assert torch.equal(tuned.read(batch, use_cache=False).last_hidden_state, before)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=5))
def test_spans_hold_every_place_read_once(ends: list[tuple[int, int]]) -> None:
    is_read = torch.zeros(len(ends), 12, dtype=torch.bool)
    for row, (one, other) in enumerate(ends):
        is_read[row, min(one, other) : max(one, other)] = True  # none where they are equal
    columns = spans(is_read)
    assert int(columns.min()) >= 0
    assert int(columns.max()) < 12
    for read, found in zip(is_read, columns.tolist(), strict=True):
        assert len(set(found)) == len(found)
        assert set(read.nonzero().flatten().tolist()) <= set(found)
    assert columns.shape[1] == max(1, int(is_read.sum(dim=1).max()))
