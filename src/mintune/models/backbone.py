"""Load a backbone: any transformers image-text-to-text model, by name or path, driven through the Auto classes.

Knows how a model is loaded, where its language model lies and what identifies it; not what it is asked. One loaded base
carries every adapter (`adapters.py`) and one store of picture features (`vision.py`).
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import inspect
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huggingface_hub
import numpy as np
import torch
import transformers
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled
from transformers.modeling_outputs import BaseModelOutputWithPooling

from mintune.config.base import NO_BACKBONE
from mintune.errors import BackboneError
from mintune.models.vision import VisionStore
from mintune.run import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn

    from mintune.models.encoding import Batch

TINY = "mintune/tiny"
TINY_WEIGHTS = Path(__file__).parent / "tiny" / "weights"

SAMPLED_VALUES = 65_536

UNREACHABLE: Any = HfHubHTTPError.__bases__[0]
"""What the hub's client raises where nobody answers: of whichever package carries its requests, which changes."""

HUB_TIMEOUT_S = 3
"""How long the hub may take to say that it is there; to look for a model's files in vain takes half a minute."""


@dataclass(frozen=True)
class Backbone:
    """A loaded model with its processor.

    `fingerprint` is equal exactly where weights (sampled, see `fingerprint_of`), tokenizer, chat template and picture
    processing are equal. `vision` holds what the frozen vision tower made of each picture.
    """

    name: str
    model: Any = field(repr=False)
    processor: Any = field(repr=False)
    fingerprint: str
    device: str
    vision: VisionStore = field(repr=False, compare=False)

    @property
    def tokenizer(self) -> Any:
        """The processor's tokenizer."""
        return self.processor.tokenizer

    @property
    def body(self) -> nn.Module:
        """The model without its output layer: token ids and picture features in, hidden states out."""
        body: nn.Module = self.model.model
        return body

    @property
    def language_path(self) -> str:
        """Where the language model lies inside the model, such as `model.language_model`."""
        decoder = self.model.get_decoder()
        path: str = next(path for path, module in self.model.named_modules() if module is decoder)
        return path

    @property
    def takes_features(self) -> bool:
        """Whether the model accepts picture features made beforehand (`mm_encoder_outputs`)."""
        return "mm_encoder_outputs" in inspect.signature(self.body.forward).parameters

    def read(self, batch: Batch, *, use_cache: bool) -> Any:
        """Run the body over a batch: `last_hidden_state` (batch, length, hidden), with `use_cache` `past_key_values`.

        Padding lies on the right of a causal model, so no mask is needed and none is given.
        """
        inputs: dict[str, Any] = {"input_ids": batch.input_ids, "use_cache": use_cache}
        if batch.position_ids is not None:
            inputs["position_ids"] = batch.position_ids
        if batch.features and self.takes_features:
            inputs["mm_encoder_outputs"] = {"image": BaseModelOutputWithPooling(pooler_output=batch.features)}
        elif batch.features:
            embeds = self.model.get_input_embeddings()(inputs.pop("input_ids"))
            is_image = torch.isin(batch.input_ids, torch.tensor(self.processor.image_token_ids, device=embeds.device))
            features = torch.cat(batch.features).to(embeds.dtype)
            inputs["inputs_embeds"] = embeds.masked_scatter(is_image[..., None].expand_as(embeds), features)
        return self.body(**inputs)

    def read_on(self, batch: Batch, cache: Any, tokens: Tensor, depths: Tensor, sees: Tensor) -> Tensor:
        """Run the body over tokens behind a batch that was read with `use_cache`; the cache grows by them.

        Args:
            batch: the prompts.
            cache: their `past_key_values`, with whatever was read on since.
            tokens: (batch, num_tokens).
            depths: (batch, num_tokens), how far behind the prompt each stands; the first stands at 0.
            sees: (batch, num_tokens, num_read_on) which of the tokens read on so far, these included, each looks at.

        Returns:
            Hidden states (batch, num_tokens, hidden).
        """
        device = batch.input_ids.device
        sees = sees.to(device)
        prompt = batch.attention_mask.bool()[:, None].expand(-1, sees.shape[1], -1)
        hidden_away = ~torch.cat([prompt, sees], dim=-1)[:, None]
        mask = torch.zeros(hidden_away.shape, dtype=self.model.dtype, device=device)
        places = batch.next_positions[:, None] + depths.to(device)
        out = self.body(
            input_ids=tokens.to(device),
            past_key_values=cache,
            attention_mask=mask.masked_fill(hidden_away, torch.finfo(mask.dtype).min),
            position_ids=places if batch.position_ids is None else places.expand(3, -1, -1),
            use_cache=True,
        )
        hidden: Tensor = out.last_hidden_state
        return hidden

    @property
    def vocabulary_size(self) -> int:
        """How many logits the output layer makes of one hidden state."""
        return int(self.model.get_output_embeddings().weight.shape[0])

    def logits(self, hidden: Tensor) -> Tensor:
        """Put hidden states (..., hidden) through the output layer: float32 logits (..., vocabulary)."""
        logits: Tensor = self.model.get_output_embeddings()(hidden).float()
        cap = getattr(self.model.config.get_text_config(), "final_logit_softcapping", None)
        return torch.tanh(logits / cap) * cap if cap else logits


def load_backbone(name: str, *, features: Path | None = None) -> Backbone:
    """Load `mintune/tiny`, a folder, or a model of the Hugging Face hub; float32 on a CPU, bfloat16 on a GPU.

    `features` is a folder in which picture features outlive the process; off: they are kept for this process only.
    BackboneError where nothing of that name can be loaded, or it is not an image-text-to-text model.
    """
    source = str(TINY_WEIGHTS) if name == TINY else name
    if name != TINY and not Path(name).exists():
        _require_hub(name)
    device, dtype = ("cuda", torch.bfloat16) if torch.cuda.is_available() else ("cpu", torch.float32)
    try:
        model = transformers.AutoModelForImageTextToText.from_pretrained(
            source, dtype=dtype, attn_implementation="sdpa"
        )
        processor = _load_processor(source)
    except (OSError, ValueError, ImportError, KeyError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise _unloadable(name, reason) from error
    return wrap(name, model.to(device), processor, features=features)


def wrap(name: str, model: Any, processor: Any, *, features: Path | None = None) -> Backbone:
    """Make a Backbone of a model and a processor already in memory. BackboneError where they cannot be driven."""
    if getattr(processor, "image_token", None) is None:
        raise BackboneError(f"backbone: {name}: its processor {type(processor).__name__} has no image token")
    if getattr(model, "model", None) is None or model.get_output_embeddings() is None:
        raise BackboneError(f"backbone: {name}: {type(model).__name__} is no body with an output layer on top")
    model.eval().requires_grad_(False)
    fingerprint = fingerprint_of(model, processor)
    vision = VisionStore(model, processor, folder=features / fingerprint if features else None)
    return Backbone(name, model, processor, fingerprint, str(model.device), vision)


@contextlib.contextmanager
def evaluating(backbone: Backbone) -> Iterator[None]:
    """Without dropout inside the block; afterwards as before."""
    was_training = backbone.model.training
    backbone.model.eval()
    try:
        yield
    finally:
        backbone.model.train(was_training)


def fingerprint_of(model: Any, processor: Any) -> str:
    """Hex digest of what decides a model's answers.

    Of each weight up to 65,536 evenly spaced values are read, so that a model of any size is told from its retrained
    sibling within seconds; a change to single values of a larger weight may pass unseen. Adapters that are attached
    are not read.
    """
    weights = hashlib.sha256()
    base = {
        path.replace(".base_layer.", "."): weight for path, weight in model.named_parameters() if ".lora_" not in path
    }
    for path, weight in sorted(base.items()):
        flat = weight.detach().reshape(-1)
        sample = flat[:: max(1, flat.numel() // SAMPLED_VALUES)].float().cpu().numpy()
        weights.update(f"{path} {tuple(weight.shape)} {weight.dtype}".encode())
        weights.update(np.ascontiguousarray(sample).tobytes())
    return digest(
        weights.hexdigest(),
        processor.chat_template,
        sorted(processor.tokenizer.get_vocab().items()),
        {key: str(value) for key, value in processor.image_processor.to_dict().items()},
    )


def _require_hub(name: str) -> None:
    """BackboneError where the model's files are not here and the hub, which might have them, cannot be reached."""
    try:
        if isinstance(huggingface_hub.try_to_load_from_cache(name, "config.json"), str):
            return
        huggingface_hub.get_session().head(huggingface_hub.constants.ENDPOINT, timeout=HUB_TIMEOUT_S)
    except (HFValidationError, OfflineModeIsEnabled):
        return  # loading will tell, and asks nobody
    except (UNREACHABLE, OSError) as error:
        reason = "no folder, not downloaded before, and the hub of models cannot be reached"
        raise _unloadable(name, f"{reason}: {error}") from error


def _unloadable(name: str, reason: str) -> BackboneError:
    close = difflib.get_close_matches(name, (TINY, NO_BACKBONE), n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return BackboneError(
        f"backbone: {name} cannot be loaded ({reason}); {hint}accepted: {TINY}, {NO_BACKBONE} (probes answer), "
        "a folder, or a hub name of a transformers image-text-to-text model such as Qwen/Qwen2-VL-2B-Instruct"
    )


def _load_processor(source: str) -> Any:
    """The model's processor with pictures prepared by PIL, so that pixels are the same with and without torchvision.

    The processors of Qwen2-VL and Qwen2.5-VL insist on a video part, which needs torchvision; where that is missing,
    PaddleOCR-VL's, which treats words and pictures the same way token for token and has no video part, stands in.
    """
    try:
        return transformers.AutoProcessor.from_pretrained(source, backend="pil")
    except ImportError:
        if transformers.AutoConfig.from_pretrained(source).model_type not in ("qwen2_vl", "qwen2_5_vl"):
            raise
        tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        images = transformers.AutoImageProcessor.from_pretrained(source, backend="pil")
        template = tokenizer.chat_template or _template_beside(source)
        return transformers.PaddleOCRVLProcessor(image_processor=images, tokenizer=tokenizer, chat_template=template)


def _template_beside(source: str) -> str | None:
    """The chat template of a model that keeps it in a file of its own."""
    for name in ("chat_template.jinja", "chat_template.json"):
        path = transformers.utils.cached_file(source, name, _raise_exceptions_for_missing_entries=False)
        if path:
            text = Path(path).read_text(encoding="utf-8")
            return str(json.loads(text)["chat_template"]) if name.endswith("json") else text
    return None
