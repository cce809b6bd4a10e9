"""In which precision a backbone is tuned: derived from the processor, float32 where attention would be slow."""

import pytest
import torch
from tests.models.tiny_models import make_picture, make_qwen
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from mintune.models import adapters
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.precision import as_in_training, attention_in_float32, training_precision
from mintune.models.showing import Shown


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx2": True}, None),
        ({"avx512_bf16": False}, None),
        ({"avx512_bf16": True}, "bf16"),
        ({"bf16": True}, "bf16"),
    ],
)
def test_a_cpu_tunes_in_bfloat16_where_it_has_instructions_for_it(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool], expected: str | None
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert training_precision(make_qwen()) == expected


def gradients(backbone: Backbone) -> torch.Tensor:
    """The loss's gradient at the adapter's weights, as one vector."""
    encoder = Encoder(backbone)
    shown = [Shown("What colour is it?", (make_picture(index),)) for index in range(4)]
    answer_losses(
        backbone, encoder.collate(encoder.with_answers(shown, ["red", "green", "blue", "red"]))
    ).sum().backward()
    weights = adapters.adapter_weights(backbone, "one").values()
    found = torch.cat([weight.grad.flatten() for weight in weights if weight.grad is not None])
    for weight in weights:
        weight.grad = None
    return found


def test_under_autocast_attention_sees_float32_and_gradients_point_the_same_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backbone = make_qwen()
    adapters.attach(backbone, 2, 0, "one")
    seen = []
    attend = torch.nn.functional.scaled_dot_product_attention

    def watched(query: torch.Tensor, *parts: torch.Tensor, **named: object) -> torch.Tensor:
        seen.append((query.dtype, torch.is_autocast_enabled("cpu")))
        return attend(query, *parts, **named)

    exact = gradients(backbone)
    monkeypatch.setattr(torch.nn.functional, "scaled_dot_product_attention", watched)
    with attention_in_float32(), torch.autocast("cpu", torch.bfloat16):
        rounded = gradients(backbone)
    assert set(seen) == {(torch.float32, False)}
    assert torch.nn.functional.cosine_similarity(exact, rounded, dim=0) > 0.99


def test_afterwards_attention_is_as_it_was() -> None:
    before = ALL_ATTENTION_FUNCTIONS["sdpa"]
    with pytest.raises(ZeroDivisionError), attention_in_float32():
        _ = 1 / 0
    assert ALL_ATTENTION_FUNCTIONS["sdpa"] is before


@pytest.mark.parametrize("is_native", [True, False])
def test_what_is_timed_is_computed_as_in_training(monkeypatch: pytest.MonkeyPatch, is_native: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": is_native})
    with as_in_training(make_qwen()):
        assert torch.is_autocast_enabled("cpu") == is_native
    assert not torch.is_autocast_enabled("cpu")
