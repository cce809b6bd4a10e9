"""Merging is of what adapters do: laws of the weighted mean, TIES and DARE as their papers have them, PEFT reads it."""

from __future__ import annotations

from pathlib import Path

import peft
import pytest
import torch
from tests.models.test_adapters import hidden, train
from tests.models.tiny_models import make_qwen

from mintune.errors import BackboneError
from mintune.models import adapters
from mintune.models.lowrank import INPUTS, OUTPUTS
from mintune.models.merging import DARE_KEPT, METHODS, TIES_KEPT, Weights, merge

LAYERS = {"up": (5, 9), "down": (9, 5)}
FULL = 9
"""A rank that holds any delta of these layers."""


def make_part(seed: int, rank: int = 2) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    weights = {}
    for layer, (inputs, outputs) in LAYERS.items():
        weights[layer + INPUTS] = torch.randn(rank, inputs, generator=generator)
        weights[layer + OUTPUTS] = torch.randn(outputs, rank, generator=generator)
    return weights


def delta(weights: Weights, layer: str) -> torch.Tensor:
    return weights[layer + OUTPUTS] @ weights[layer + INPUTS]


def assert_same_deltas(one: Weights, other: Weights) -> None:
    for layer in LAYERS:
        torch.testing.assert_close(delta(one, layer), delta(other, layer), atol=1e-5, rtol=1e-5)


PARTS = [make_part(seed) for seed in range(3)]
SHARES = [0.5, 0.3, 0.2]


def test_one_adapter_merged_is_itself_to_the_bit() -> None:
    merged = merge(PARTS[:1], [1.0], method="linear", rank=2)
    assert merged.kept == 1
    assert merged.weights.keys() == PARTS[0].keys()
    assert all(torch.equal(merged.weights[key], PARTS[0][key]) for key in PARTS[0])


@pytest.mark.parametrize("rank", [6, FULL])
def test_the_linear_merge_adds_the_weighted_sum_of_what_its_parts_add(rank: int) -> None:
    parts = [make_part(0, rank=1), make_part(1, rank=2), make_part(2, rank=3)]
    merged = merge(parts, SHARES, method="linear", rank=rank)
    assert merged.kept == 1
    for layer in LAYERS:
        assert merged.weights[layer + INPUTS].shape[0] == merged.weights[layer + OUTPUTS].shape[1] == rank
        expected = sum(share * delta(part, layer) for share, part in zip(SHARES, parts, strict=True))
        torch.testing.assert_close(delta(merged.weights, layer), expected)


def test_a_smaller_rank_holds_the_largest_singular_values() -> None:
    """Eckart and Young: no matrix of that rank is nearer, and what is kept is their share of the squares."""
    merged = merge(PARTS, SHARES, method="linear", rank=3)
    whole = held = 0.0
    for layer in LAYERS:
        expected = sum(share * delta(part, layer) for share, part in zip(SHARES, PARTS, strict=True))
        assert isinstance(expected, torch.Tensor)
        squares = torch.linalg.svdvals(expected).square()
        whole, held = whole + float(squares.sum()), held + float(squares[:3].sum())
        missed = float((expected - delta(merged.weights, layer)).square().sum())
        assert missed == pytest.approx(float(squares[3:].sum()), rel=1e-4)
    assert merged.kept == pytest.approx(held / whole)
    assert 0 < merged.kept < 1


@pytest.mark.parametrize("method", list(METHODS))
def test_the_order_of_parts_changes_nothing_where_nothing_is_drawn(method: str) -> None:
    one = merge(PARTS, SHARES, method=method, rank=FULL)
    other = merge(PARTS[::-1], SHARES[::-1], method=method, rank=FULL)
    if method != "dare":
        assert_same_deltas(one.weights, other.weights)
    again = merge(PARTS, SHARES, method=method, rank=FULL)
    assert all(torch.equal(one.weights[key], again.weights[key]) for key in one.weights)


def ties_by_the_paper(deltas: list[torch.Tensor]) -> torch.Tensor:
    """Algorithm 1 of Yadav et al. number by number, with lambda = 1."""
    count = int(TIES_KEPT * deltas[0].numel())
    trimmed = []
    for matrix in deltas:
        least = matrix.abs().flatten().sort(descending=True).values[count - 1]
        trimmed.append(torch.where(matrix.abs() >= least, matrix, 0))
    merged = torch.zeros_like(deltas[0])
    for row in range(merged.shape[0]):
        for column in range(merged.shape[1]):
            numbers = [float(matrix[row, column]) for matrix in trimmed]
            sign = 1 if sum(numbers) >= 0 else -1
            agreeing = [number for number in numbers if number * sign > 0]
            merged[row, column] = sum(agreeing) / len(agreeing) if agreeing else 0.0
    return merged


def test_ties_is_the_papers() -> None:
    merged = merge(PARTS, [1 / 3] * 3, method="ties", rank=FULL)
    for layer in LAYERS:
        expected = ties_by_the_paper([delta(part, layer) for part in PARTS])
        torch.testing.assert_close(delta(merged.weights, layer), expected, atol=1e-5, rtol=1e-5)


def test_dare_keeps_numbers_scaled_up_or_drops_them_by_the_seed() -> None:
    one = merge(PARTS[:1], [1.0], method="dare", rank=FULL, seed=1)
    found = delta(one.weights, "up")
    ratio = found / delta(PARTS[0], "up")
    is_kept = (ratio - 1 / DARE_KEPT).abs() < 1e-3
    assert bool((is_kept | (ratio.abs() < 1e-3)).all())
    assert 0 < int(is_kept.sum()) < is_kept.numel()
    other = merge(PARTS[:1], [1.0], method="dare", rank=FULL, seed=2)
    assert not torch.allclose(found, delta(other.weights, "up"))


def test_dare_is_linear_on_average() -> None:
    linear = merge(PARTS, SHARES, method="linear", rank=FULL)
    draws = [merge(PARTS, SHARES, method="dare", rank=FULL, seed=seed) for seed in range(400)]
    mean = torch.stack([delta(draw.weights, "up") for draw in draws]).mean(dim=0)
    torch.testing.assert_close(mean, delta(linear.weights, "up"), atol=0.3, rtol=0)


def test_a_draw_leaves_torchs_own_state_alone() -> None:
    before = torch.random.get_rng_state()
    merge(PARTS, SHARES, method="dare", rank=FULL)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("method", list(METHODS))
def test_parts_that_added_nothing_to_the_start_merge_into_the_start(method: str) -> None:
    """Trimming and drawing are of what was added, so what all have in common is not trimmed away."""
    merged = merge([PARTS[0]] * 3, SHARES, method=method, rank=FULL, start=PARTS[0])
    assert_same_deltas(merged.weights, PARTS[0])


def test_a_merged_adapter_is_an_ordinary_one_for_peft(tmp_path: Path) -> None:
    backbone = make_qwen()
    weights = []
    for number in range(2):
        adapters.attach(backbone, 2, number, "part")
        train(backbone)
        weights.append(
            {key: value.detach().clone() for key, value in adapters.adapter_weights(backbone, "part").items()}
        )
        adapters.drop_adapter(backbone, "part")
    merged = merge(weights, [0.5, 0.5], method="linear", rank=4)
    adapters.attach(backbone, 4, 0, "merged")
    for key, weight in adapters.adapter_weights(backbone, "merged").items():
        weight.data.copy_(merged.weights[key])
    adapters.save_adapter(backbone, "merged", tmp_path)
    other = make_qwen()
    peft.PeftModel.from_pretrained(other.model, str(tmp_path))
    torch.testing.assert_close(hidden(other), hidden(backbone), atol=1e-6, rtol=1e-6)

    mean = make_qwen()
    for path, module in mean.model.named_modules():
        key = f"base_model.model.{path}"
        if key + INPUTS in weights[0]:
            assert isinstance(module, torch.nn.Linear)
            module.weight.data += sum(0.5 * 2 * (part[key + OUTPUTS] @ part[key + INPUTS]) for part in weights)
    torch.testing.assert_close(hidden(mean), hidden(backbone), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("parts", "shares", "method", "says"),
    [
        (PARTS, SHARES, "mean", "unknown method 'mean'; accepted: linear, ties, dare"),
        (PARTS, [0.5, 0.5], "linear", "3 adapters and 2 shares"),
        ([], [], "linear", "0 adapters and 0 shares"),
        (PARTS, [0.5, 0.5, 0.5], "linear", "expected none below 0, and a sum of 1"),
        (PARTS, [1.5, -0.5, 0.0], "linear", "expected none below 0, and a sum of 1"),
        (
            [PARTS[0], {"up" + INPUTS: PARTS[0]["up" + INPUTS]}],
            [0.5, 0.5],
            "linear",
            "adapter 2 and the first differ in 3 weights",
        ),
        (
            [PARTS[0], {**PARTS[1], "up" + INPUTS: torch.zeros(2, 6)}],
            [0.5, 0.5],
            "ties",
            "differ in 1 weights, such as up.lora_A",
        ),
    ],
)
def test_what_cannot_be_merged_is_told(parts: list[Weights], shares: list[float], method: str, says: str) -> None:
    with pytest.raises(BackboneError, match=says):
        merge(parts, shares, method=method, rank=2)
