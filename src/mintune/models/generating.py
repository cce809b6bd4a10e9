"""Write open answers: greedy decoding of a batch over cached keys and values.

Knows tokens only; ends at the end of turn, at the model's own end tokens, or at the longest answer allowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mintune.models.backbone import Backbone
    from mintune.models.encoding import Batch


def generate(
    backbone: Backbone, batch: Batch, *, end_ids: Collection[int], max_new_tokens: Sequence[int]
) -> list[list[int]]:
    """The most likely token after another, for every prompt of a batch, without the token that ended it.

    `max_new_tokens` is the longest answer allowed to each prompt; one that is as long had not ended.
    """
    limits = torch.tensor(max_new_tokens, device=batch.lengths.device)
    most = max(max_new_tokens)
    rows = torch.arange(len(batch), device=batch.lengths.device)
    ends = torch.tensor(sorted(end_ids), device=batch.lengths.device)
    out = backbone.read(batch, use_cache=most > 1)
    hidden = out.last_hidden_state[rows, batch.lengths - 1]
    written = backbone.logits(hidden).argmax(dim=-1, keepdim=True)
    is_done = torch.isin(written[:, 0], ends) | (limits <= 1)
    for step in range(1, most):
        if bool(is_done.all()):
            break
        depths = torch.full((len(batch), 1), step - 1)
        sees = torch.ones(len(batch), 1, step, dtype=torch.bool)
        hidden = backbone.read_on(batch, out.past_key_values, written[:, -1:], depths, sees)[:, 0]
        written = torch.cat([written, backbone.logits(hidden).argmax(dim=-1, keepdim=True)], dim=1)
        is_done |= torch.isin(written[:, -1], ends) | (limits <= step + 1)
    return [_until(row[:limit], end_ids) for row, limit in zip(written.tolist(), max_new_tokens, strict=True)]


def _until(tokens: list[int], end_ids: Collection[int]) -> list[int]:
    end = next((place for place, token in enumerate(tokens) if token in end_ids), len(tokens))
    return tokens[:end]
