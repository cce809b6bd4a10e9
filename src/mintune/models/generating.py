"""Write open answers: greedy or sampled decoding of a batch over cached keys and values.

Knows tokens only; ends at the end of turn, at the model's own end tokens, or at the longest answer allowed.

A token is sampled by the Gumbel-max trick: the largest of logits / temperature + noise, which is noise of the
question's own seed, so that neither a batch nor its order can change an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from mintune.models.narrowing import last_layer_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from mintune.models.backbone import Backbone
    from mintune.models.encoding import Batch


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an open answer is drawn instead of written greedily: the same temperature and seed draw the same one."""

    temperature: float
    seed: int


def generate(
    backbone: Backbone,
    batch: Batch,
    *,
    end_ids: Collection[int],
    max_new_tokens: Sequence[int],
    sampling: Sequence[Sampling | None] = (),
) -> list[list[int]]:
    """One token after another, the likeliest or a drawn one, for every prompt of a batch, without that which ended it.

    `max_new_tokens` is the longest answer allowed to each prompt; one that is as long had not ended. `sampling` says of
    each prompt how its tokens are drawn, None for the most likely ones; off: for all.
    """
    pick = _Picker(sampling)
    limits = torch.tensor(max_new_tokens, device=batch.lengths.device)
    most = max(max_new_tokens)
    rows = torch.arange(len(batch), device=batch.lengths.device)
    ends = torch.tensor(sorted(end_ids), device=batch.lengths.device)
    with last_layer_at(backbone, batch.ends):
        out = backbone.read(batch, use_cache=most > 1)
    hidden = out.last_hidden_state[rows, batch.lengths - 1]
    written = pick(backbone.logits(hidden))
    is_done = torch.isin(written[:, 0], ends) | (limits <= 1)
    for step in range(1, most):
        if bool(is_done.all()):
            break
        depths = torch.full((len(batch), 1), step - 1)
        sees = torch.ones(len(batch), 1, step, dtype=torch.bool)
        hidden = backbone.read_on(batch, out.past_key_values, written[:, -1:], depths, sees)[:, 0]
        written = torch.cat([written, pick(backbone.logits(hidden))], dim=1)
        is_done |= torch.isin(written[:, -1], ends) | (limits <= step + 1)
    return [_until(row[:limit], end_ids) for row, limit in zip(written.tolist(), max_new_tokens, strict=True)]


class _Picker:
    """Picks the next token of each row of a batch."""

    def __init__(self, sampling: Sequence[Sampling | None]) -> None:
        self._drawn = {
            row: (one.temperature, np.random.default_rng(one.seed))
            for row, one in enumerate(sampling)
            if one is not None
        }

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        """Tokens (batch, 1) of logits (batch, vocabulary)."""
        picked = logits.argmax(dim=-1, keepdim=True)
        for row, (temperature, rng) in self._drawn.items():
            noise = torch.from_numpy(rng.gumbel(size=logits.shape[-1]))
            picked[row] = (logits[row].double().cpu() / temperature + noise).argmax()
        return picked


def _until(tokens: list[int], end_ids: Collection[int]) -> list[int]:
    end = next((place for place, token in enumerate(tokens) if token in end_ids), len(tokens))
    return tokens[:end]
