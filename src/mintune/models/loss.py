"""The loss of answers: what tuning makes small.

Only hidden states from which an answer token is predicted go through the output layer, so a large vocabulary is paid
for at answers and never at prompts. Each example counts the same, however long its answer is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from mintune.models.encoding import IGNORED
from mintune.models.narrowing import last_layer_at

if TYPE_CHECKING:
    from torch import Tensor

    from mintune.models.backbone import Backbone
    from mintune.models.encoding import Batch


def answer_losses(backbone: Backbone, batch: Batch) -> Tensor:
    """Cross-entropy of each example, averaged over its own answer tokens and its end of turn, in nats.

    Returns:
        (batch,), with gradients for whatever adapter is active; zero where an example has no answer.
    """
    is_read = batch.labels.roll(-1, dims=1) != IGNORED
    is_read[:, -1] = False
    with last_layer_at(backbone, is_read):
        hidden = backbone.read(batch, use_cache=False).last_hidden_state
    rows, columns = torch.nonzero(is_read, as_tuple=True)
    logits = backbone.logits(hidden[rows, columns])
    losses = functional.cross_entropy(logits, batch.labels[rows, columns + 1], reduction="none")
    sums = losses.new_zeros(len(batch)).index_add(0, rows, losses)
    counts = losses.new_zeros(len(batch)).index_add(0, rows, torch.ones_like(losses))
    return sums / counts.clamp(min=1)
