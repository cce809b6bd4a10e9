"""A server that tells first tokens, with the built-in backbone behind it, scores as that backbone does in-process.

The server is ours, as none that can be installed here tells them; the model behind it runs through transformers' own
processor and forward pass, which share nothing with how mintune encodes and batches.
"""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from PIL import Image
from tests.models.chat_server import Body, ChatServer, Sent, completion, serving

from mintune.config import TINY, ServerSettings, WorldSettings
from mintune.models.answering import Question, answer
from mintune.models.backbone import Backbone, load_backbone
from mintune.models.encoding import Encoder
from mintune.models.replies import ReplyJournal
from mintune.models.server import Server, plan
from mintune.models.showing import show
from mintune.records import VIEWS
from mintune.tasks.world import build_world

if TYPE_CHECKING:
    from torch import Tensor

TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return load_backbone(TINY)


def as_messages(body: Body) -> list[dict[str, object]]:
    """The request's turn as a processor takes it."""
    (turn,) = body["messages"]
    content = [
        {"type": "image", "image": picture_of(part["image_url"]["url"])} if part["type"] == "image_url" else part
        for part in turn["content"]
    ]
    return [{"role": "user", "content": content}]


def picture_of(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))).convert("RGB")


def telling(backbone: Backbone) -> Callable[[Body, int], Sent]:
    """A backbone's answers as transformers generates them, with the likeliest first tokens where they are asked for."""
    one_at_a_time = threading.Lock()

    def run(body: Body, _: int) -> Sent:
        inputs = backbone.processor.apply_chat_template(
            as_messages(body), add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        with one_at_a_time, torch.inference_mode():
            made = backbone.model.generate(
                **inputs,
                max_new_tokens=body["max_tokens"],
                do_sample=False,
                output_logits=True,
                return_dict_in_generate=True,
            )
        text = backbone.tokenizer.decode(made.sequences[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return Sent(completion(text, first=likeliest(backbone, made.logits[0][0], body.get("top_logprobs"))))

    return run


def likeliest(backbone: Backbone, logits: Tensor, most: int | None) -> dict[str, float] | None:
    """The likeliest tokens with the natural log of their probabilities, likeliest first."""
    if most is None:
        return None
    values, ids = logits.float().log_softmax(-1).topk(most)
    found: dict[str, float] = {}
    for token, value in zip(backbone.tokenizer.batch_decode(ids[:, None]), values.tolist(), strict=True):
        found.setdefault(token, value)
    return found


@pytest.fixture(scope="module")
def server(backbone: Backbone) -> Iterator[ChatServer]:
    with serving(telling(backbone)) as running:
        yield running


def test_scores_of_single_tokens_are_those_of_the_backbone(
    backbone: Backbone, server: ChatServer, tmp_path: Path
) -> None:
    tasks = build_world(
        WorldSettings(examples=20, test_examples=10, tasks=("part_colour", "for_mia")), seed=0, cache=tmp_path
    )
    asked = [
        Question(task.name, example.id, view, show(task, example, view), example.choices)
        for task in tasks
        for example in task.train[:5]
        for view in VIEWS
    ]
    encoder = Encoder(backbone)
    assert all(len(encoder.answer_ids(choice, end=False)) == 1 for one in asked for choice in one.choices or ())
    where, journal = ServerSettings(url=server.url), ReplyJournal(tmp_path / "replies.jsonl")
    asking = plan("m", asked, where, journal=journal, longest={})
    served = Server(where).ask(asking, journal=journal, progress=lambda _: None)
    alone = answer(backbone, asked)
    scored = [(one, other) for one, other in zip(served.predictions, alone, strict=True) if one.scores is not None]
    assert len(scored) > len(asked) / 2
    for one, other in scored:
        assert one.scores == pytest.approx(other.scores, abs=TOLERANCE)
    assert [one.answer for one in served.predictions] == [other.answer for other in alone]
