"""Small real models with random weights, built from configuration classes without a network."""

from __future__ import annotations

import io

import numpy as np
import torch
import transformers
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava.image_processing_pil_llava import LlavaImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from mintune.models.backbone import Backbone, wrap
from mintune.records import Picture
from mintune.run import digest

QWEN_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for content in message['content'] %}"
    "{% if content['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAVA_TEMPLATE = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}{{ '<image>\n' }}{% endif %}{% endfor %}"
    "{% for content in message['content'] %}{% if content['type'] == 'text' %}{{ content['text'] + ' ' }}{% endif %}"
    "{% endfor %}{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
IDEFICS_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{{ ':' if message['content'][0]['type'] == 'image' else ': ' }}"
    "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
    "{% else %}{{ '<image>' }}{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}"
)
TEXT = "What colour is it? Answer with one of: red, green, blue, red square, dark red. Is it true or false? yes no"


def make_picture(seed: int, width: int = 56, height: int = 56) -> Picture:
    pixels = np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG")
    return Picture(digest(seed, width, height), out.getvalue())


def make_tokenizer(end: str, extra: dict[str, str], **settings: object) -> transformers.PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=380,
        special_tokens=["<|endoftext|>", end, *extra.values()],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([TEXT] * 20, trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=end, pad_token="<|endoftext|>", extra_special_tokens=extra, **settings
    )


def text_settings(tokenizer: transformers.PreTrainedTokenizerFast) -> dict[str, object]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "pad_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "bos_token_id": tokenizer.pad_token_id,
        "initializer_range": 0.3,
    }


def seeded(build: type, config: object) -> transformers.PreTrainedModel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build(config)


def make_qwen(kind: str = "qwen2_vl") -> Backbone:
    extra = {"image_token": "<|image_pad|>", "video_token": "<|video_pad|>", "turn_start": "<|im_start|>"}
    extra |= {"vision_start": "<|vision_start|>", "vision_end": "<|vision_end|>"}
    tokenizer = make_tokenizer("<|im_end|>", extra, chat_template=QWEN_TEMPLATE)
    images = Qwen2VLImageProcessorPil(patch_size=14, merge_size=2, min_pixels=28 * 28, max_pixels=84 * 84)
    processor = transformers.PaddleOCRVLProcessor(
        image_processor=images, tokenizer=tokenizer, chat_template=QWEN_TEMPLATE
    )
    vision = {"depth": 2, "num_heads": 2, "patch_size": 14, "initializer_range": 0.3}
    ids = {
        "image_token_id": tokenizer.convert_tokens_to_ids("<|image_pad|>"),
        "video_token_id": tokenizer.convert_tokens_to_ids("<|video_pad|>"),
        "vision_start_token_id": tokenizer.convert_tokens_to_ids("<|vision_start|>"),
        "vision_end_token_id": tokenizer.convert_tokens_to_ids("<|vision_end|>"),
    }
    rope = {"rope_parameters": {"rope_type": "default", "rope_theta": 20.0, "mrope_section": [1, 1, 2]}}
    if kind == "qwen2_vl":
        config = transformers.Qwen2VLConfig(
            text_config=text_settings(tokenizer) | rope,
            vision_config=vision | {"embed_dim": 32, "hidden_size": 32},
            tie_word_embeddings=True,
            **ids,
        )
        return wrap("random/qwen2-vl", seeded(transformers.Qwen2VLForConditionalGeneration, config), processor)
    config = transformers.Qwen2_5_VLConfig(
        text_config=text_settings(tokenizer) | rope,
        vision_config=vision
        | {
            "hidden_size": 32,
            "out_hidden_size": 32,
            "intermediate_size": 64,
            "window_size": 56,
            "fullatt_block_indexes": [1],
        },
        tie_word_embeddings=True,
        **ids,
    )
    return wrap("random/qwen2.5-vl", seeded(transformers.Qwen2_5_VLForConditionalGeneration, config), processor)


def make_llava() -> Backbone:
    tokenizer = make_tokenizer("</s>", {"image_token": "<image>"}, chat_template=LLAVA_TEMPLATE)
    images = LlavaImageProcessorPil(size={"shortest_edge": 28}, crop_size={"height": 28, "width": 28})
    processor = transformers.LlavaProcessor(
        image_processor=images,
        tokenizer=tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=LLAVA_TEMPLATE,
    )
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(**text_settings(tokenizer)),
        vision_config=transformers.CLIPVisionConfig(
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=28,
            patch_size=14,
        ),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
    )
    return wrap("random/llava", seeded(transformers.LlavaForConditionalGeneration, config), processor)


def make_idefics3() -> Backbone:
    extra = {"image_token": "<image>", "turn_start": "<|im_start|>"}
    extra |= {"fake": "<fake_token_around_image>", "global": "<global-img>"}
    tokenizer = make_tokenizer("<end_of_utterance>", extra, chat_template=IDEFICS_TEMPLATE, bos_token="<|im_start|>")
    images = Idefics3ImageProcessorPil(
        size={"longest_edge": 28}, max_image_size={"longest_edge": 28}, do_image_splitting=False
    )
    processor = transformers.Idefics3Processor(
        image_processor=images, tokenizer=tokenizer, image_seq_len=4, chat_template=IDEFICS_TEMPLATE
    )
    config = transformers.Idefics3Config(
        text_config=transformers.LlamaConfig(**text_settings(processor.tokenizer)),
        vision_config={"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
        | {"image_size": 28, "patch_size": 7},
        scale_factor=2,
        image_token_id=processor.tokenizer.convert_tokens_to_ids("<image>"),
    )
    return wrap("random/idefics3", seeded(transformers.Idefics3ForConditionalGeneration, config), processor)


MAKERS = {
    "qwen2_vl": make_qwen,
    "qwen2_5_vl": lambda: make_qwen("qwen2_5_vl"),
    "llava": make_llava,
    "idefics3": make_idefics3,
}
