"""Layers and adapters as one product: PEFT's numbers and gradients, in float32 and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import torch
from tests.models.tiny_models import MAKERS, make_picture, make_qwen

from mintune.models import adapters
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.fused import adapter_fused
from mintune.models.loss import answer_losses
from mintune.models.showing import Shown

SHOWN = [Shown("Is it red?", (make_picture(1),)), Shown("What is it?", ()), Shown("Which?", (make_picture(2, 84, 84),))]
ANSWERS = ["yes", "a dark red square", "blue"]


@pytest.fixture(scope="module", params=list(MAKERS))
def tuned(request: pytest.FixtureRequest) -> Backbone:
    """A backbone with two adapters that change its answers, of which the first acts."""
    backbone = MAKERS[request.param]()
    generator = torch.Generator().manual_seed(0)
    for name in ("one", "other"):
        adapters.attach(backbone, 2, 0, name)
        for weight in adapters.adapter_weights(backbone, name).values():
            weight.data.normal_(std=0.1, generator=generator)
    adapters.activate(backbone, "one")
    return backbone


@pytest.fixture
def thin_products(tuned: Backbone) -> Iterator[list[str]]:
    """The names of the adapter's own layers that are called."""
    called: list[str] = []
    handles = [
        layer.register_forward_hook(lambda *_, name=name: called.append(name))
        for name, layer in adapters.adapter_layers(tuned, "one").items()
    ]
    yield called
    for handle in handles:
        handle.remove()


def losses_and_gradients(backbone: Backbone) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    encoder = Encoder(backbone)
    backbone.model.zero_grad()
    losses = answer_losses(backbone, encoder.collate(encoder.with_answers(SHOWN, ANSWERS)))
    losses.sum().backward()
    weights = adapters.adapter_weights(backbone, "one")
    return losses.detach(), {key: weight.grad for key, weight in weights.items() if weight.grad is not None}


def test_losses_and_gradients_are_those_of_peft(tuned: Backbone, thin_products: list[str]) -> None:
    losses, expected = losses_and_gradients(tuned)
    assert set(thin_products) == set(expected) == set(adapters.adapter_weights(tuned, "one"))
    thin_products.clear()
    with adapter_fused(tuned):
        found_losses, found = losses_and_gradients(tuned)
    assert thin_products == []
    torch.testing.assert_close(found_losses, losses, atol=1e-5, rtol=1e-5)
    assert found.keys() == expected.keys()
    for key, gradient in found.items():
        torch.testing.assert_close(gradient, expected[key], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("reason", ["autocast", "no adapter acts"])
def test_layers_stay_as_peft_has_them_where(reason: str, tuned: Backbone) -> None:
    def losses() -> torch.Tensor:
        encoder = Encoder(tuned)
        batch = encoder.collate(encoder.with_answers(SHOWN, ANSWERS))
        changed = torch.autocast("cpu", torch.bfloat16) if reason == "autocast" else nullcontext()
        with torch.no_grad(), changed, adapters.activated(tuned, "one" if reason == "autocast" else None):
            return answer_losses(tuned, batch)

    expected = losses()
    with adapter_fused(tuned):
        assert torch.equal(losses(), expected)


def test_a_layer_passes_the_numerical_check_of_its_gradients() -> None:
    from mintune.models.fused import _FusedLinear

    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int, moves: bool) -> torch.Tensor:
        return torch.randn(*shape, dtype=torch.float64, generator=generator).requires_grad_(moves)

    parts = [drawn(2, 3, 5, moves=True), drawn(4, 5, moves=False), drawn(4, moves=False)]
    parts += [drawn(2, 5, moves=True), drawn(4, 2, moves=True)]
    assert torch.autograd.gradcheck(_FusedLinear.apply, (*parts, 1.5))


def test_afterwards_layers_are_pefts_own() -> None:
    backbone = make_qwen()
    adapters.attach(backbone, 2, 0, "one")
    layer = backbone.model.get_decoder().layers[0].mlp.up_proj
    with adapter_fused(backbone):
        assert "forward" in vars(layer)
    with pytest.raises(ZeroDivisionError), adapter_fused(backbone):
        _ = 1 / 0
    assert "forward" not in vars(layer)
