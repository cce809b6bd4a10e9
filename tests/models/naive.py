"""What transformers does on its own, one example at a time: the reference that batches are held against."""

from __future__ import annotations

import io

import torch
from PIL import Image

from mintune.models.backbone import Backbone
from mintune.models.showing import Shown


def inputs_of(backbone: Backbone, shown: Shown, answer: str | None = None) -> dict[str, torch.Tensor]:
    """`apply_chat_template` with the pictures themselves, and with the assistant's turn where there is an answer."""
    pictures = [Image.open(io.BytesIO(picture.data)).convert("RGB") for picture in shown.images]
    content = [{"type": "image", "image": picture} for picture in pictures] + [{"type": "text", "text": shown.words}]
    messages = [{"role": "user", "content": content}]
    if answer is not None:
        messages.append({"role": "assistant", "content": [{"type": "text", "text": answer}]})
    return backbone.processor.apply_chat_template(
        messages, add_generation_prompt=answer is None, tokenize=True, return_dict=True, return_tensors="pt"
    )


def choice_score(backbone: Backbone, shown: Shown, answer_ids: tuple[int, ...]) -> float:
    """Mean log-likelihood of a choice's tokens: prompt and choice go through the whole model together."""
    inputs = dict(inputs_of(backbone, shown))
    size = inputs["input_ids"].shape[1]
    extra = torch.tensor([answer_ids])
    inputs["input_ids"] = torch.cat([inputs["input_ids"], extra], dim=1)
    inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
    if "mm_token_type_ids" in inputs:
        inputs["mm_token_type_ids"] = torch.cat([inputs["mm_token_type_ids"], torch.zeros_like(extra)], dim=1)
    with torch.no_grad():
        logits = backbone.model(**inputs).logits[0, size - 1 : -1].float()
    return logits.log_softmax(-1).gather(1, extra.T).mean().item()


def written(backbone: Backbone, shown: Shown, *, max_new_tokens: int) -> str:
    """`model.generate`, greedy."""
    inputs = inputs_of(backbone, shown)
    with torch.no_grad():
        out = backbone.model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)
    return backbone.tokenizer.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True).strip()
