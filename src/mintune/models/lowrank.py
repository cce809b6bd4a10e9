"""What an adapter adds to a layer, B A, and its nearest of a smaller rank; both never written out as a whole matrix.

Knows pairs of matrices; neither layers nor files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

INPUTS, OUTPUTS = ".lora_A.weight", ".lora_B.weight"
"""How PEFT's keys of A (rank, inputs) and B (outputs, rank) end."""


def singular(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The singular vectors and values of B A, in float64, from A (rank, inputs) and B (outputs, rank).

    They are those of the small matrix between the two QR decompositions. Returns U (outputs, rank), values (rank,),
    largest first, and V transposed (rank, inputs).
    """
    left, upper = torch.linalg.qr(second.double())
    right, lower = torch.linalg.qr(first.double().T)
    inner_left, values, inner_right = torch.linalg.svd(upper @ lower.T, full_matrices=False)
    return left @ inner_left, values, inner_right @ right.T


def halves(u: Tensor, values: Tensor, vh: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """A and B of the largest `rank` singular values, the nearest matrix of that rank (Eckart and Young 1936); float32.

    Either has the values' roots, so that both are of one size.
    """
    roots = values[:rank].sqrt()
    return (roots[:, None] * vh[:rank]).float(), (u[:, :rank] * roots).float()
