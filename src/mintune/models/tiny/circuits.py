"""Start the language layers with the attention patterns that copying and looking up are made of.

From random weights a model this small copies one word in ten after 540 steps of drills; from these it copies nine in
ten after 290 (`docs/backbone.md`). Each head gets a role, and training may change all of it: what is set here is a
starting point, not a rule. Known as mimetic initialisation (Trockman and Kolter, arXiv 2305.09828); the roles are those
of induction heads (Olsson et al., arXiv 2209.11895).
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import torch
from torch import Tensor


class Role(Enum):
    """What a head begins with."""

    BACK = auto()
    """Attend to the token before, and note what stands there in a subspace of its own."""
    FOLLOW = auto()
    """Attend to what stood after a token like this one, and name it: in "A B ... A" it is B."""
    LEAD = auto()
    """Attend to a token like this one, and name what stood before it: in "A B ... B" it is A."""
    SAME = auto()
    """Attend to a token like this one, and name it; a visual token is like the word for what it shows."""
    FREE = auto()
    """Nothing in particular."""


_LATER = (Role.FOLLOW, Role.FOLLOW, Role.SAME, Role.SAME, Role.LEAD, Role.LEAD)
ROLES: tuple[tuple[Role, ...], ...] = (
    (Role.BACK,) * 3 + (Role.FREE,) * 3,
    (Role.FOLLOW,) * 4 + (Role.SAME,) * 2,
    _LATER,
    _LATER,
)
"""Of each head, layer by layer; layers beyond are free."""

# The std of the layers' writing matrices, small beside the embeddings, so that words are not drowned in noise.
WRITING_STD = 0.02
# How sharply a head looks back, the size of the entries that match contents, how much of a head's noise stays.
BIAS = 2.2
MATCH_STD = 0.12
NOISE = 0.3
# How loudly a head notes what stands before, as a multiple of an embedding's size.
BACK_GAIN = 1.4


@torch.no_grad()
def set_up(text: Any, embedding_std: float, roles: tuple[tuple[Role, ...], ...] = ROLES) -> None:
    """Give the heads of the first layers their roles; changes the weights in place.

    Args:
        text: the language model of a Qwen2-VL model, with as many key and value heads as heads.
        embedding_std: of the word embeddings' entries.
        roles: of each head, layer by layer.
    """
    width, head_dim = text.config.hidden_size, text.layers[0].self_attn.head_dim
    generator = torch.Generator().manual_seed(3)
    # What stands before a token is noted as its embedding turned by this rotation.
    before = _rotation(width, generator)
    for layer in text.layers:
        layer.self_attn.o_proj.weight.mul_(WRITING_STD / text.config.initializer_range)
        layer.mlp.down_proj.weight.mul_(WRITING_STD / text.config.initializer_range)
    for layer, kinds in zip(text.layers, roles, strict=False):
        views = _rotation(width, generator).split(head_dim)
        for place, (role, view) in enumerate(zip(kinds, views, strict=True)):
            head = _Head(layer.self_attn, slice(place * head_dim, (place + 1) * head_dim))
            if role is Role.BACK:
                head.look_back(text.rotary_emb.inv_freq)
                head.write(view, before @ view.T, embedding_std * BACK_GAIN)
            elif role is not Role.FREE:
                head.match(generator, before if role is Role.FOLLOW else None)
                head.write(view @ before.T if role is Role.LEAD else view, view.T, embedding_std)


@dataclass(frozen=True)
class _Head:
    """One head's part of an attention layer's matrices."""

    attention: Any
    rows: slice

    def look_back(self, frequencies: Tensor) -> None:
        """Attend to the token before, whatever it is: biases alone, turned by the rotary embedding."""
        nothing = torch.zeros_like(frequencies)
        self._quieten()
        self.attention.k_proj.bias[self.rows] = BIAS * torch.cat([nothing + 1, nothing])
        self.attention.q_proj.bias[self.rows] = BIAS * torch.cat([frequencies.cos(), -frequencies.sin()])

    def match(self, generator: torch.Generator, noted_by: Tensor | None) -> None:
        """Attend to tokens whose content, or what they note through the rotation, is like this token's content.

        Only the slow half of the rotary frequencies takes part, so that it hardly matters how far away they are.
        """
        quarter, start = self.attention.head_dim // 4, self.rows.start
        slow = [*range(start + quarter, start + 2 * quarter), *range(start + 3 * quarter, start + 4 * quarter)]
        sketch = MATCH_STD * torch.randn(len(slow), self.attention.q_proj.in_features, generator=generator)
        self._quieten()
        self.attention.q_proj.weight[slow] = sketch
        self.attention.k_proj.weight[slow] = sketch if noted_by is None else sketch @ noted_by.T

    def write(self, read: Tensor, place: Tensor, size: float) -> None:
        """Write what `read` (head_dim, width) takes from a token to `place` (width, head_dim)."""
        self.attention.v_proj.weight[self.rows] = read
        self.attention.o_proj.weight[:, self.rows] = place * size

    def _quieten(self) -> None:
        self.attention.q_proj.weight[self.rows] *= NOISE
        self.attention.k_proj.weight[self.rows] *= NOISE


def _rotation(width: int, generator: torch.Generator) -> Tensor:
    orthogonal: Tensor = torch.linalg.qr(torch.randn(width, width, generator=generator))[0]
    return orthogonal
