"""The backbone's forward pass for training: many 84 px pictures at once, and only the answers' logits.

Computes what `Qwen2VLForConditionalGeneration` computes (a test says so) without its loop over pictures and without
logits for the prompt. Knows nothing of samples or losses.
"""

from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD
from transformers.models.qwen2_vl.modeling_qwen2_vl import apply_rotary_pos_emb_vision

from mintune.models.tiny.architecture import MERGE, PATCH
from mintune.tasks.world.draw import SIDE

GRID = SIDE // PATCH
TOKENS_PER_IMAGE = (GRID // MERGE) ** 2


def vision_tokens(visual: Any, images: Tensor) -> Tensor:
    """Merged visual tokens of pictures of `SIDE` px.

    Args:
        visual: the vision tower of a Qwen2-VL model.
        images: (num_images, SIDE, SIDE, 3), bytes.

    Returns:
        (num_images, TOKENS_PER_IMAGE, hidden_size), row by row.
    """
    count = images.shape[0]
    # Both frames of the temporal patch hold the same picture, so their weights add.
    kernel = visual.patch_embed.proj.weight.sum(dim=2).flatten(1)
    hidden = functional.linear(_patches(images), kernel)
    rows, cols = _patch_places()
    cos, sin = visual.rotary_pos_emb(hidden, torch.stack([rows, cols], dim=-1))
    for block in visual.blocks:
        attention = block.attn
        qkv = attention.qkv(block.norm1(hidden)).view(count, GRID * GRID, 3, attention.num_heads, -1)
        query, key, value = qkv.unbind(2)
        query, key = apply_rotary_pos_emb_vision(query, key, cos, sin)
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2)
        )
        hidden = hidden + attention.proj(mixed.transpose(1, 2).reshape(count, GRID * GRID, -1))
        hidden = hidden + block.mlp(block.norm2(hidden))
    merged: Tensor = visual.merger(hidden)
    return merged.view(count, TOKENS_PER_IMAGE, -1)


def answer_logits(model: Any, ids: Tensor, images: Tensor | None, rows: Tensor, cols: Tensor) -> Tensor:
    """Logits of the tokens that follow the given places.

    Args:
        model: a `Qwen2VLForConditionalGeneration`.
        ids: (batch, length), padded on the right, which a causal model never looks at.
        images: (batch, SIDE, SIDE, 3) bytes, one picture a prompt at the same place in each, or None.
        rows: (num_places,) which prompt a place is in.
        cols: (num_places,) the token before the one to be predicted.

    Returns:
        (num_places, vocabulary).
    """
    text = model.model.language_model
    embedded = text.embed_tokens(ids)
    start = None
    if images is not None:
        start = int((ids[0] == model.config.image_token_id).nonzero()[0])
        seen = vision_tokens(model.model.visual, images).to(embedded.dtype)
        embedded = torch.cat([embedded[:, :start], seen, embedded[:, start + TOKENS_PER_IMAGE :]], dim=1)
    places = _positions(ids.shape[1], start).unsqueeze(1).expand(3, ids.shape[0], -1)
    hidden = text(inputs_embeds=embedded, position_ids=places, use_cache=False).last_hidden_state
    logits: Tensor = model.lm_head(hidden[rows, cols])
    return logits


def _patches(images: Tensor) -> Tensor:
    """Normalised patches (num_images, GRID * GRID, 3 * PATCH * PATCH) in the order of Qwen2-VL's image processor."""
    mean = torch.tensor(OPENAI_CLIP_MEAN) * 255.0
    std = torch.tensor(OPENAI_CLIP_STD) * 255.0
    pixels = ((images.float() - mean) / std).permute(0, 3, 1, 2)
    blocks = GRID // MERGE
    cut = pixels.reshape(-1, 3, blocks, MERGE, PATCH, blocks, MERGE, PATCH)
    return cut.permute(0, 2, 5, 3, 6, 1, 4, 7).reshape(-1, GRID * GRID, 3 * PATCH * PATCH)


@cache
def _patch_places() -> tuple[Tensor, Tensor]:
    blocks = GRID // MERGE
    rows, cols = np.meshgrid(np.arange(GRID), np.arange(GRID), indexing="ij")
    order = (0, 2, 1, 3)
    shape = (blocks, MERGE, blocks, MERGE)
    return (
        torch.from_numpy(rows.reshape(shape).transpose(order).reshape(-1).copy()),
        torch.from_numpy(cols.reshape(shape).transpose(order).reshape(-1).copy()),
    )


@cache
def _positions(length: int, start: int | None) -> Tensor:
    """M-RoPE positions (3, length) of a prompt whose picture, if any, starts at token `start`."""
    plain = torch.arange(length)
    if start is None:
        return plain.expand(3, -1)
    side = GRID // MERGE
    cells = torch.arange(TOKENS_PER_IMAGE)
    picture = torch.stack([torch.zeros_like(cells), cells // side, cells % side]) + start
    after = torch.arange(length - start - TOKENS_PER_IMAGE) + start + side
    return torch.cat([plain[:start].expand(3, -1), picture, after.expand(3, -1)], dim=1)
