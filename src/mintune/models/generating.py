"""Write open answers: greedy decoding of a batch over cached keys and values.

Knows tokens only; ends at the end of turn, at the model's own end tokens, or at the longest answer allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Collection

    from mintune.models.backbone import Backbone
    from mintune.models.encoding import Batch


def generate(backbone: Backbone, batch: Batch, *, end_ids: Collection[int], max_new_tokens: int) -> list[list[int]]:
    """The most likely token after another, for every prompt of a batch, without the token that ended it."""
    rows = torch.arange(len(batch), device=batch.lengths.device)
    ends = torch.tensor(sorted(end_ids), device=batch.lengths.device)
    out = backbone.read(batch, use_cache=max_new_tokens > 1)
    hidden = out.last_hidden_state[rows, batch.lengths - 1]
    written = backbone.logits(hidden).argmax(dim=-1, keepdim=True)
    is_done = torch.isin(written[:, 0], ends)
    for step in range(1, max_new_tokens):
        if bool(is_done.all()):
            break
        depths = torch.full((len(batch), 1), step - 1)
        sees = torch.ones(len(batch), 1, step, dtype=torch.bool)
        hidden = backbone.read_on(batch, out.past_key_values, written[:, -1:], depths, sees)[:, 0]
        written = torch.cat([written, backbone.logits(hidden).argmax(dim=-1, keepdim=True)], dim=1)
        is_done |= torch.isin(written[:, -1], ends)
    return [_until(row, end_ids) for row in written.tolist()]


def _until(tokens: list[int], end_ids: Collection[int]) -> list[int]:
    end = next((place for place, token in enumerate(tokens) if token in end_ids), len(tokens))
    return tokens[:end]
