"""Turn what is shown into token ids, places and batches of one backbone.

The prompt is what `processor.apply_chat_template` makes of one user turn, token for token; the answer is what the
template's assistant turn adds, up to and including its end. Batches are padded on the right: a causal model never looks
there, so no mask is needed while reading a prompt, and places (M-RoPE's three axes, or plain numbers) start at zero in
every row. Knows tokens and places; not what is done with a batch.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from mintune.errors import BackboneError

if TYPE_CHECKING:
    from torch import Tensor

    from mintune.models.backbone import Backbone
    from mintune.models.showing import Shown

MAX_TEXT_TOKENS = 1024
"""Tokens of a prompt beside its pictures; the example's text is cut where there are more."""

MAX_ANSWER_TOKENS = 128
"""Room that every prompt leaves for an answer within the model's own limit."""

IGNORED = -100

_WORDS = "\ue000words\ue000"
_ANSWER = "\ue000answer\ue000"


@dataclass(frozen=True, slots=True)
class Encoded:
    """One prompt as a backbone reads it, with or without an answer behind it.

    `images` are the sha256s of its pictures in order. Tokens from `answer_from` on are the answer with its end of turn
    (none: `answer_from` is the length). `head_positions` are the places (axis, place) up to the end of the last picture
    where a model has axes of its own; from there on every token is one further on every axis.
    """

    ids: tuple[int, ...]
    images: tuple[str, ...]
    answer_from: int
    head_positions: Tensor | None = None
    is_truncated: bool = False

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def next_position(self) -> int:
        """The place of the token that would follow."""
        if self.head_positions is None:
            return len(self.ids)
        return int(self.head_positions.max()) + 1 + len(self.ids) - self.head_positions.shape[1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Prompts padded on the right.

    input_ids, attention_mask, labels: (batch, length); labels are -100 outside the answers and at each answer token the
    token itself. position_ids: (3, batch, length), or None where the model counts by itself. lengths, next_positions:
    (batch,). features: one (num_tokens, hidden) tensor a picture, row by row. num_truncated: prompts whose text is cut.
    """

    input_ids: Tensor
    attention_mask: Tensor
    position_ids: Tensor | None
    labels: Tensor
    lengths: Tensor
    next_positions: Tensor
    features: tuple[Tensor, ...]
    num_truncated: int = 0

    def __len__(self) -> int:
        return self.input_ids.shape[0]

    @property
    def ends(self) -> Tensor:
        """Where each row's last token is: bool (batch, length)."""
        columns = torch.arange(self.input_ids.shape[1], device=self.lengths.device)
        return columns == self.lengths[:, None] - 1


class Encoder:
    """Encodes for one backbone."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._tokenizer = backbone.tokenizer
        self._image_id = self._tokenizer.convert_tokens_to_ids(backbone.processor.image_token)
        self._frames: dict[int, tuple[str, str]] = {}
        self._head_positions: dict[object, Tensor] = {}
        self._answers: dict[str, tuple[int, ...]] = {}
        self._turn = _AnswerTurn.of(backbone.processor)
        limit = getattr(backbone.model.config.get_text_config(), "max_position_embeddings", None)
        self._max_tokens = (limit or MAX_TEXT_TOKENS * 1024) - MAX_ANSWER_TOKENS
        self._has_axes = getattr(backbone.body, "get_rope_index", None) is not None

    def prompt(self, shown: Shown) -> Encoded:
        """Encode one prompt; see `prompts`."""
        return self.prompts([shown])[0]

    def prompts(self, shown: Sequence[Shown]) -> list[Encoded]:
        """Encode prompts up to where the answer begins; pictures not seen before go through the vision tower.

        BackboneError where a prompt without any of its text is still too long for the model.
        """
        return self.with_answers(shown, [None] * len(shown))

    def with_answers(self, shown: Sequence[Shown], answers: Sequence[str | None]) -> list[Encoded]:
        """Encode prompts with their answers and the end of turn behind them (none: the prompt alone)."""
        self._backbone.vision.look(picture for one in shown for picture in one.images)
        framed = [self._framed(one, one.words) for one in shown]
        tokenised = self._tokenise(framed) if framed else []
        return [self._encode(*row) for row in zip(shown, tokenised, answers, strict=True)]

    def answer_ids(self, answer: str, *, end: bool) -> tuple[int, ...]:
        """Token ids of an answer as the assistant's turn writes it, with or without the end of turn."""
        ids = self._answers.get(answer)
        if ids is None:
            ids = self._answers[answer] = self._turn.ids(self._tokenizer, answer)
        return (*ids, self.end_id) if end else ids

    @property
    def end_id(self) -> int:
        """The token that ends the assistant's turn."""
        return self._turn.end_id

    def collate(self, encoded: Sequence[Encoded]) -> Batch:
        """Pad prompts on the right into one batch on the backbone's device."""
        device = self._backbone.device
        lengths = torch.tensor([len(one) for one in encoded])
        width = int(lengths.max())
        places = torch.arange(width)
        pad = self._tokenizer.pad_token_id or 0
        input_ids = torch.tensor([one.ids + (pad,) * (width - len(one)) for one in encoded])
        answer_from = torch.tensor([one.answer_from for one in encoded])
        is_answer = (places >= answer_from[:, None]) & (places < lengths[:, None])
        vision = self._backbone.vision
        return Batch(
            input_ids=input_ids.to(device),
            attention_mask=(places < lengths[:, None]).long().to(device),
            position_ids=self._position_ids(encoded, width) if self._has_axes else None,
            labels=input_ids.masked_fill(~is_answer, IGNORED).to(device),
            lengths=lengths.to(device),
            next_positions=torch.tensor([one.next_position for one in encoded]).to(device),
            features=tuple(vision.features(sha256) for one in encoded for sha256 in one.images),
            num_truncated=sum(one.is_truncated for one in encoded),
        )

    def _position_ids(self, encoded: Sequence[Encoded], width: int) -> Tensor:
        """Places (3, batch, length); padding counts on, which nobody looks at."""
        rows = torch.arange(width).repeat(3, len(encoded), 1)
        for index, one in enumerate(encoded):
            if one.head_positions is not None:
                size = one.head_positions.shape[1]
                rows[:, index, size:] += int(one.head_positions.max()) + 1 - size
                rows[:, index, :size] = one.head_positions
        return rows.to(self._backbone.device)

    def _framed(self, shown: Shown, words: str) -> str:
        before, after = self._frame(len(shown.images))
        return f"{before}{self._defuse(words)}{after}"

    def _frame(self, num_images: int) -> tuple[str, str]:
        """What the chat template writes before and after the words of a turn with so many pictures."""
        if num_images not in self._frames:
            content = [*({"type": "image"} for _ in range(num_images)), {"type": "text", "text": _WORDS}]
            rendered = _render(self._backbone.processor, [{"role": "user", "content": content}], prompt=True)
            parts = rendered.split(_WORDS)
            if len(parts) != 2 or rendered.count(self._backbone.processor.image_token) != num_images:
                raise BackboneError(
                    f"backbone: {self._backbone.name}: its chat template does not write the words of a turn with "
                    f"{num_images} pictures once and one {self._backbone.processor.image_token} a picture"
                )
            self._frames[num_images] = (parts[0], parts[1])
        return self._frames[num_images]

    def _defuse(self, words: str) -> str:
        """The words with a space inside whatever would read as a control token, so that data cannot write any."""
        for token in self._control_tokens:
            if token in words:
                words = words.replace(token, f"{token[0]} {token[1:]}")
        return words

    @functools.cached_property
    def _control_tokens(self) -> tuple[str, ...]:
        added = self._tokenizer.get_added_vocab()
        return tuple(
            token
            for token in added
            if len(token) > 1 and (token in self._tokenizer.all_special_tokens or "|" in token or "<" in token)
        )

    def _tokenise(self, texts: list[str]) -> list[list[int]]:
        """Token ids with one image token a picture, as `apply_chat_template` tokenises."""
        bos = self._tokenizer.bos_token
        plain = bos is not None and texts[0].startswith(bos)
        ids: list[list[int]] = self._tokenizer(texts, add_special_tokens=not plain)["input_ids"]
        return ids

    def _encode(self, shown: Shown, tokens: list[int], answer: str | None) -> Encoded:
        sights = [self._backbone.vision.sight(picture.sha256) for picture in shown.images]
        cut = tokens
        room = min(MAX_TEXT_TOKENS, self._max_tokens - sum(len(sight.token_ids) - 1 for sight in sights))
        if len(tokens) > room:
            cut = self._shorten(shown, tokens, room)
        ids: list[int] = []
        ends = [0]
        pictures = iter(sights)
        for token in cut:
            if token == self._image_id and sights:
                ids.extend(next(pictures).token_ids)
                ends.append(len(ids))
            else:
                ids.append(token)
        answer_from = len(ids)
        if answer is not None:
            ids.extend(self.answer_ids(answer, end=True))
        return Encoded(
            ids=tuple(ids),
            images=tuple(picture.sha256 for picture in shown.images),
            answer_from=answer_from,
            head_positions=self._positions(ids[: ends[-1]], [sight.grid for sight in sights]),
            is_truncated=cut is not tokens,
        )

    def _shorten(self, shown: Shown, tokens: list[int], room: int) -> list[int]:
        """Token ids of the prompt with as much of the example's text, from its beginning, as there is room for."""
        text = shown.words[shown.text_from : shown.text_to]
        offsets = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        kept = len(offsets)
        while len(tokens) > room:
            if kept == 0:
                raise BackboneError(
                    f"backbone: {self._backbone.name}: a prompt takes {len(tokens)} tokens without any of its text; "
                    f"at most {room} fit; shorten the instruction or the list of choices"
                )
            kept = max(0, kept - (len(tokens) - room))
            text = text[: offsets[kept - 1][1]] if kept else ""
            words = shown.words[: shown.text_from] + text + shown.words[shown.text_to :]
            tokens = self._tokenise([self._framed(shown, words)])[0]
        return tokens

    def _positions(self, head: list[int], grids: list[tuple[int, ...] | None]) -> Tensor | None:
        """Places (3, len(head)) of a prompt up to the end of its last picture, as the model lays them out."""
        if not self._has_axes or not grids:
            return None
        is_image = [token in self.image_ids for token in head]
        key = (tuple(is_image), tuple(grids))
        if key not in self._head_positions:
            ids = torch.tensor([head])
            types = torch.tensor([is_image]).int()
            layout: Any = self._backbone.body.get_rope_index
            places, _ = layout(ids, mm_token_type_ids=types, image_grid_thw=torch.tensor(grids))
            self._head_positions[key] = places[:, 0]
        return self._head_positions[key]

    @functools.cached_property
    def image_ids(self) -> frozenset[int]:
        """The tokens that stand for pictures in a prompt."""
        return frozenset(self._backbone.processor.image_token_ids)


@dataclass(frozen=True)
class _AnswerTurn:
    """How a chat template writes the assistant's turn: what follows the prompt up to the answer, and the end token.

    `before` is the end of the prompt, kept so that tokens at the seam come out as in the whole.
    """

    before: str
    lead: str
    end_id: int

    @classmethod
    def of(cls, processor: Any) -> _AnswerTurn:
        user = {"role": "user", "content": [{"type": "text", "text": _WORDS}]}
        assistant = {"role": "assistant", "content": [{"type": "text", "text": _ANSWER}]}
        asked = _render(processor, [user], prompt=True)
        answered = _render(processor, [user, assistant], prompt=False)
        tokenizer = processor.tokenizer
        lead, tail = "", ""
        if answered.startswith(asked) and _ANSWER in answered:
            lead, tail = answered[len(asked) :].split(_ANSWER, 1)
        special = set(tokenizer.all_special_ids)
        ends = [token for token in tokenizer(tail, add_special_tokens=False)["input_ids"] if token in special]
        return cls(asked.split(_WORDS)[-1], lead, ends[0] if ends else tokenizer.eos_token_id)

    def ids(self, tokenizer: Any, answer: str) -> tuple[int, ...]:
        """Token ids of the answer without its end; BackboneError where the answer has none."""
        before = tokenizer(self.before, add_special_tokens=False)["input_ids"]
        whole = tokenizer(self.before + self.lead + answer, add_special_tokens=False)["input_ids"]
        if whole[: len(before)] != before:
            whole, before = tokenizer(answer, add_special_tokens=False)["input_ids"], []
        if len(whole) == len(before):
            raise BackboneError(f"answer {answer!r} has no token; give it at least one visible character")
        return tuple(whole[len(before) :])


def _render(processor: Any, messages: list[dict[str, Any]], *, prompt: bool) -> str:
    text: str = processor.apply_chat_template(messages, add_generation_prompt=prompt, tokenize=False)
    return text
