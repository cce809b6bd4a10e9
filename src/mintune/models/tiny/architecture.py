"""Build the empty built-in backbone and its processor: the Qwen2-VL architecture with a small configuration.

Knows sizes only. `recipe.py` teaches the weights.
"""

import torch
from transformers import PaddleOCRVLProcessor, Qwen2VLConfig, Qwen2VLForConditionalGeneration
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from mintune.models.tiny.tokenizer import CHAT_TEMPLATE, IMAGE_PAD, PAD, TURN_END, VIDEO_PAD, VISION_END, VISION_START

PATCH = 14
MERGE = 2
# Pictures from 2 x 2 to 4 x 4 visual tokens: the world's 84 px stay as they are, larger ones shrink to 112 px.
MIN_PIXELS = 56 * 56
MAX_PIXELS = 112 * 112

HIDDEN = 192
LAYERS = 6
HEADS = 6
KEY_VALUE_HEADS = 6
INTERMEDIATE = 512
VISION_EMBED = 128
VISION_DEPTH = 4
VISION_HEADS = 4

# Time, row and column take turns frequency by frequency. In three runs, as in the large models, columns would get only
# frequencies so slow (with heads of 32) that neighbouring cells look the same; and a small base, which would mend that,
# leaves no slow ones, without which words cannot be matched across a prompt.
ROPE_THETA = 10_000.0
MROPE_SECTION = (1,) * 16

# Larger than usual, so that a small model's first layers do not drown the words; the final norm evens out the logits.
EMBEDDING_STD = 0.2
EMBEDDING_SEED = 20
FINAL_NORM = 0.3
# How byte-level BPE writes a space.
SPACE = "\u0120"


def build_config(tokenizer: PreTrainedTokenizerBase) -> Qwen2VLConfig:
    """The configuration, with token ids taken from the tokenizer."""
    ids = {
        token: tokenizer.convert_tokens_to_ids(token)
        for token in (PAD, TURN_END, IMAGE_PAD, VIDEO_PAD, VISION_START, VISION_END)
    }
    return Qwen2VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": HIDDEN,
            "intermediate_size": INTERMEDIATE,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": KEY_VALUE_HEADS,
            "max_position_embeddings": 4096,
            "rms_norm_eps": 1e-6,
            "initializer_range": 0.07,
            "rope_parameters": {"rope_type": "default", "rope_theta": ROPE_THETA, "mrope_section": list(MROPE_SECTION)},
            "bos_token_id": ids[PAD],
            "eos_token_id": ids[TURN_END],
            "pad_token_id": ids[PAD],
            "tie_word_embeddings": True,
        },
        vision_config={
            "depth": VISION_DEPTH,
            "embed_dim": VISION_EMBED,
            "hidden_size": HIDDEN,
            "num_heads": VISION_HEADS,
            "mlp_ratio": 4,
            "patch_size": PATCH,
            "spatial_merge_size": MERGE,
            "temporal_patch_size": 2,
            "rope_parameters": {"rope_type": "axial", "rope_theta": 100.0},
        },
        image_token_id=ids[IMAGE_PAD],
        video_token_id=ids[VIDEO_PAD],
        vision_start_token_id=ids[VISION_START],
        vision_end_token_id=ids[VISION_END],
        tie_word_embeddings=True,
    )


def build_model(config: Qwen2VLConfig, tokenizer: PreTrainedTokenizerBase) -> Qwen2VLForConditionalGeneration:
    """The model with fresh weights, drawn from torch's global generator; the embeddings are always the same.

    A word with a space before it starts with nearly the embedding of the word without, since both mean the same: text
    holds the one and an answer begins with the other.
    """
    model = Qwen2VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = config.text_config.eos_token_id
    model.generation_config.pad_token_id = config.text_config.pad_token_id
    with torch.no_grad():
        embeddings = model.get_input_embeddings().weight
        # Of their own generator: the vision tower is taught against them before the language layers are settled.
        embeddings.normal_(std=EMBEDDING_STD, generator=torch.Generator().manual_seed(EMBEDDING_SEED))
        model.model.language_model.norm.weight.fill_(FINAL_NORM)
        vocabulary = tokenizer.get_vocab()
        for piece, index in vocabulary.items():
            if piece.startswith(SPACE) and (twin := vocabulary.get(piece[1:])) is not None:
                embeddings[index] = embeddings[twin] + 0.3 * embeddings[index]
    return model


def build_processor(tokenizer: PreTrainedTokenizerBase) -> PaddleOCRVLProcessor:
    """The processor: the tokenizer, and pictures cut into patches by PIL alone.

    `Qwen2VLProcessor` cannot be loaded where torchvision is missing, because it also wants a video processor. This
    class treats pictures and words the same way, token for token, and has no video part.
    """
    images = Qwen2VLImageProcessorPil(
        patch_size=PATCH, merge_size=MERGE, temporal_patch_size=2, min_pixels=MIN_PIXELS, max_pixels=MAX_PIXELS
    )
    return PaddleOCRVLProcessor(image_processor=images, tokenizer=tokenizer, chat_template=CHAT_TEMPLATE)
