"""Several LoRA adapters of one base merged into one of a given rank: weighted means, TIES and DARE.

What an adapter adds to a layer is its delta, the matrix B A times a scale that all adapters here share. Deltas are what
is merged: merging A with A and B with B, as PEFT's `linear` does, pairs every A with every other adapter's B. A merged
delta has more ranks than its parts, so it is cut to its largest singular values, the nearest matrix of that rank
(Eckart and Young 1936), and how much of it is kept is told. Trimming, signs and draws are PEFT's own functions. Knows
weights; neither where they come from nor what they do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from peft.utils import merge_utils

from mintune.errors import BackboneError
from mintune.models.lowrank import INPUTS, OUTPUTS, halves, singular

if TYPE_CHECKING:
    from torch import Tensor

VERSION = 1
"""Raised when the same parts would merge otherwise, so that what was merged before is merged again."""

TIES_KEPT = 0.2
"""Share of each delta's numbers, the largest, that TIES keeps: the paper's choice where nothing is searched."""

DARE_KEPT = 0.5
"""Share of each delta's numbers, drawn by lot, that DARE keeps. Its authors drop up to 0.9 in models of billions of
weights; deltas of few ranks have less to spare."""

Weights = Mapping[str, "Tensor"]
"""An adapter's weights by PEFT's keys: for each layer A (rank, inputs) and B (outputs, rank)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged adapter, and the share of its merged deltas' squared length that its rank could hold, in [0, 1]."""

    weights: dict[str, Tensor] = field(repr=False)
    kept: float


def merge(
    parts: Sequence[Weights],
    shares: Sequence[float],
    *,
    method: str,
    rank: int,
    seed: int = 0,
    start: Weights | None = None,
) -> Merged:
    """Merge adapters of one base into one of `rank`.

    Args:
        parts: the adapters; their ranks may differ, their scale (alpha / rank) may not.
        shares: how much each counts: not negative, summing to one.
        method: a name in `METHODS`.
        rank: of the merged adapter; where it is that of all parts together or more, `linear` loses nothing.
        seed: decides what `dare` drops, and nothing else.
        start: the adapter from which all parts were trained on, if any: `ties` and `dare` look at what each part added
            to it, not at what all have in common.

    Returns:
        The same bytes for the same arguments. What `rank` is not needed for is zero.

    Raises:
        BackboneError: an unknown method, shares that are none, or parts with other layers or shapes than the first.
    """
    if method not in METHODS:
        raise BackboneError(f"merging: unknown method {method!r}; accepted: {', '.join(METHODS)}")
    layers = _check(parts, shares, start)
    weights: dict[str, Tensor] = {}
    whole = held = 0.0
    # PEFT draws from torch's own state.
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed)
        for layer in layers:
            factors = [(part[layer + OUTPUTS], part[layer + INPUTS]) for part in parts]
            begun = None if start is None else (start[layer + OUTPUTS], start[layer + INPUTS])
            found = METHODS[method](factors, shares, begun, rank)
            weights |= {layer + INPUTS: found.a, layer + OUTPUTS: found.b}
            whole, held = whole + found.whole, held + found.held
    return Merged(weights, held / whole if whole else 1.0)


Factors = tuple["Tensor", "Tensor"]
"""B (outputs, rank) and A (rank, inputs) of a delta."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """A delta as factors of the wanted rank, and the squared lengths of the delta before the cut and after."""

    b: Tensor
    a: Tensor
    whole: float
    held: float


def _linear(parts: Sequence[Factors], shares: Sequence[float], _start: Factors | None, rank: int) -> _Cut:
    """The weighted mean of the deltas; exact but for the cut, without ever writing a delta out.

    Factors put side by side have the mean as their product. Shares sum to one, so where the parts began cancels out.
    """
    b = torch.cat([share * b for (b, _), share in zip(parts, shares, strict=True)], dim=1)
    a = torch.cat([a for _, a in parts], dim=0)
    if b.shape[1] <= rank:
        squares = float(((b.T @ b) * (a @ a.T)).sum())
        return _Cut(_padded(b, 1, rank), _padded(a, 0, rank), squares, squares)
    return _cut(*singular(a, b), rank)


def _ties(parts: Sequence[Factors], shares: Sequence[float], start: Factors | None, rank: int) -> _Cut:
    """TIES (Yadav et al. 2023, arXiv 2306.01708): trim, elect signs, and take the mean of those that agree.

    Each delta is trimmed to the largest TIES_KEPT of its numbers, layer by layer; a number's sign is that of the sum
    over parts; the mean is over the parts with that sign. Equal shares are the paper's with lambda = 1.
    """
    deltas, begun = _added(parts, start)
    # PEFT divides by how many agree, so shares are brought to a mean of one.
    scaled = torch.tensor(shares) * len(shares)
    return _cut_dense(merge_utils.ties(deltas, scaled, TIES_KEPT) + begun, rank)


def _dare(parts: Sequence[Factors], shares: Sequence[float], start: Factors | None, rank: int) -> _Cut:
    """DARE (Yu et al. 2024, arXiv 2311.03099): drop numbers by lot, scale up the others, take the weighted mean.

    Its mean over draws is that of `linear`. Not followed by TIES: dropped numbers are zeros that TIES does not count,
    so what is left would stay scaled up.
    """
    deltas, begun = _added(parts, start)
    return _cut_dense(merge_utils.dare_linear(deltas, torch.tensor(shares), DARE_KEPT) + begun, rank)


METHODS: dict[str, Callable[[Sequence[Factors], Sequence[float], Factors | None, int], _Cut]] = {
    "linear": _linear,
    "ties": _ties,
    "dare": _dare,
}


def _added(parts: Sequence[Factors], start: Factors | None) -> tuple[list[Tensor], Tensor]:
    """What each part added to the start, each (outputs, inputs), and the start's own delta."""
    deltas = [b @ a for b, a in parts]
    begun = torch.zeros_like(deltas[0]) if start is None else start[0] @ start[1]
    return [delta - begun for delta in deltas], begun


def _cut_dense(delta: Tensor, rank: int) -> _Cut:
    u, values, vh = torch.linalg.svd(delta, full_matrices=False)
    return _cut(u, values, vh, rank)


def _cut(u: Tensor, values: Tensor, vh: Tensor, rank: int) -> _Cut:
    a, b = halves(u, values, vh, rank)
    squares = values.square()
    return _Cut(_padded(b, 1, rank), _padded(a, 0, rank), float(squares.sum()), float(squares[:rank].sum()))


def _padded(factor: Tensor, dim: int, rank: int) -> Tensor:
    """The factor with zeros up to the rank, as every layer of an adapter has the same."""
    missing = list(factor.shape)
    missing[dim] = rank - missing[dim]
    return torch.cat([factor, factor.new_zeros(missing)], dim=dim).contiguous()


def _check(parts: Sequence[Weights], shares: Sequence[float], start: Weights | None) -> list[str]:
    """The layers, in a fixed order. BackboneError where parts or shares cannot be merged."""
    if not parts or len(parts) != len(shares):
        raise BackboneError(f"merging: {len(parts)} adapters and {len(shares)} shares; give one share an adapter")
    if min(shares) < 0 or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        raise BackboneError(f"merging: shares {list(shares)}; expected none below 0, and a sum of 1")
    layers = sorted(key.removesuffix(INPUTS) for key in parts[0] if key.endswith(INPUTS))
    for number, part in enumerate([*parts, *([start] if start is not None else [])], start=1):
        wrong = sorted(part.keys() ^ parts[0].keys()) or [
            key for key in part if _side(part, key) != _side(parts[0], key)
        ]
        if wrong:
            raise BackboneError(
                f"merging: adapter {number} and the first differ in {len(wrong)} weights, such as {wrong[0]}; "
                "merge adapters of one base"
            )
    return layers


def _side(weights: Weights, key: str) -> int:
    """Inputs of an A, outputs of a B."""
    return weights[key].shape[1 if key.endswith(INPUTS) else 0]
