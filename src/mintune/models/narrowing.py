"""In the last layer only the places that somebody reads are worked out.

A layer's keys and values are looked at from every later place. Its queries, what follows attention and its
feed-forward part matter in the next layer alone, and behind the last layer only the places are read from which answers
are predicted: two of sixty in a short answer. Knows layers and places; not what is read there.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from mintune.models.backbone import Backbone

_PARTS = ("self_attn.q_proj", "self_attn.o_proj", "mlp")
"""As transformers names the parts of a layer that go token by token, keys and values left out. A layer that names them
otherwise is worked out everywhere."""


@contextlib.contextmanager
def last_layer_at(backbone: Backbone, is_read: Tensor) -> Iterator[None]:
    """Within the block hidden states are right where `is_read` (batch, length) says so, and anything elsewhere.

    What is right is so up to rounding: products over fewer rows may be summed in another order.
    """
    columns = spans(is_read)
    handles = []
    if 2 * columns.shape[1] <= is_read.shape[1]:  # moving rows out and back costs something, too
        for part in _token_by_token(backbone):
            handles.append(part.register_forward_pre_hook(lambda _part, inputs: (_taken(inputs[0], columns),)))
            handles.append(
                part.register_forward_hook(lambda _part, _inputs, output: _put_back(output, columns, is_read.shape[1]))
            )
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def spans(is_read: Tensor) -> Tensor:
    """Columns (batch, width), distinct within a row, that hold all columns read of `is_read` (batch, length).

    All rows get as many, so that a layer still sees one row an example.
    """
    length = is_read.shape[1]
    places = torch.arange(length, device=is_read.device)
    first = torch.where(is_read, places, length).amin(dim=1)
    last = torch.where(is_read, places, -1).amax(dim=1)
    width = int((last - first + 1).clamp(min=1).max())
    begin = (last - width + 1).clamp(min=0)
    return begin[:, None] + places[:width]


def _token_by_token(backbone: Backbone) -> list[nn.Module]:
    """The parts of the last layer that can be given fewer tokens."""
    layers = getattr(backbone.model.get_decoder(), "layers", None)
    if layers is None:
        return []
    inside = dict(layers[-1].named_modules())
    return [inside[name] for name in _PARTS if name in inside and _is_linear(inside[name])]


def _is_linear(part: nn.Module) -> bool:
    """Whether all its weights are those of linear layers, as they are not in a mixture of experts."""
    holders = (module for module in part.modules() if next(module.parameters(recurse=False), None) is not None)
    return all(isinstance(module, nn.Linear) for module in holders)


def _taken(states: Tensor, columns: Tensor) -> Tensor:
    return states.gather(1, columns[..., None].expand(-1, -1, states.shape[-1]))


def _put_back(states: Tensor, columns: Tensor, length: int) -> Tensor:
    empty = states.new_zeros(states.shape[0], length, states.shape[-1])
    return empty.scatter(1, columns[..., None].expand_as(states), states)
