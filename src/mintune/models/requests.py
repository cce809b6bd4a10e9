"""One question as one chat completion: what is sent to a server, and what tells that question from every other.

A request shows what the backbone would be shown: the pictures first, then the words, in one turn of the user. A picture
goes as it lies in the data where every reader of it sees the same (PNG or JPEG, in colour or grey, nothing transparent,
not turned by a note in its EXIF); every other as PNG of what the backbone sees. Words that read as a control token
(`<|im_end|>`) get a space inside, as in `encoding.py`; other control tokens of a model are not known here.

What is not known here: the model's tokenizer. So how long an answer may get is reckoned from bytes, of which no
tokenizer needs more tokens, and a prompt's tokens are guessed, for an announcement and nothing else.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from mintune.errors import DataError
from mintune.models.encoding import MAX_ANSWER_TOKENS
from mintune.models.lengths import MIN_NEW_TOKENS, open_targets
from mintune.models.vision import decode
from mintune.run import digest

if TYPE_CHECKING:
    from mintune.config import ServerSettings
    from mintune.models.answering import Question
    from mintune.records import Picture, Task

FORM = 1
"""Raised whenever the same question would be sent in another form."""

TOP_LOGPROBS = 20
"""Alternatives of the first token that are asked for: the most that OpenAI, and vLLM by default, give."""

PIXELS_A_TOKEN = 28 * 28
BYTES_A_TOKEN = 4
FRAME_TOKENS = 20
"""About what a chat template writes around a turn."""

_ORIENTATION = 0x0112
_CONTROL = re.compile(r"<(?=\|[^|<>\s]*\|>)")


def body_of(question: Question, *, model: str, settings: ServerSettings, limit: int) -> dict[str, Any]:
    """The JSON of a chat completion. DataError where a picture cannot be decoded."""
    pictures = [{"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in question.shown.images]
    content = [*pictures, {"type": "text", "text": defused(question.shown.words)}]
    scored = {"logprobs": True, "top_logprobs": TOP_LOGPROBS} if question.choices else {}
    one = question.sampling
    drawn = {} if one is None else {"temperature": one.temperature, "seed": one.seed}
    return {
        "temperature": 0,
        "max_tokens": limit,
        **settings.request,
        **drawn,
        "model": model,
        "messages": [{"role": "user", "content": content}],
        **scored,
    }


def key_of(question: Question, *, model: str, settings: ServerSettings, limit: int) -> str:
    """The digest of everything that decides the answer.

    The server is named by its model alone: its address may change, and whose weights it holds cannot be seen.
    """
    shown = question.shown
    pictures = [picture.sha256 for picture in shown.images]
    asks_scores = bool(question.choices)
    one = question.sampling
    drawn = () if one is None else ("sampled", one.temperature, one.seed)
    return digest("request", FORM, model, defused(shown.words), pictures, limit, asks_scores, settings.request, *drawn)


def longest_answer(question: Question, longest: Mapping[str, int]) -> int:
    """Tokens that the answer may have: a closed one as its longest choice, an open one as its task's in `longest`."""
    if question.choices is None:
        return longest.get(question.task, MIN_NEW_TOKENS)
    return _enough_for(question.choices)


def longest_answers(tasks: Iterable[Task]) -> dict[str, int]:
    """Tokens that open answers may have, by task: for the longest target among training and validation examples.

    Never fewer than MIN_NEW_TOKENS nor more than MAX_ANSWER_TOKENS, as where a backbone answers.
    """
    return {task.name: _enough_for(targets) for task in tasks if (targets := open_targets(task))}


def _enough_for(answers: Iterable[str]) -> int:
    longest = max(len(answer.encode()) for answer in answers) + 1  # and the end of the turn
    return min(max(longest, MIN_NEW_TOKENS), MAX_ANSWER_TOKENS)


def guessed_tokens(questions: Iterable[Question]) -> int:
    """About how many tokens the prompts have: a quarter of their bytes, and pictures by area as Qwen2-VL counts."""
    pixels: dict[str, int] = {}
    total = 0
    for question in questions:
        total += FRAME_TOKENS + len(question.shown.words.encode()) // BYTES_A_TOKEN
        for picture in question.shown.images:
            if picture.sha256 not in pixels:
                pixels[picture.sha256] = _pixels(picture)
            total += pixels[picture.sha256] // PIXELS_A_TOKEN
    return total


def defused(words: str) -> str:
    """The words with a space inside whatever reads as a control token, so that data cannot write any."""
    return _CONTROL.sub("< ", words)


def data_url(picture: Picture) -> str:
    """The picture as a data URL. DataError where it cannot be decoded."""
    kind = _plain_kind(picture)
    data = picture.data
    if kind is None:
        out = io.BytesIO()
        decode(picture).save(out, format="PNG")
        kind, data = "png", out.getvalue()
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _plain_kind(picture: Picture) -> str | None:
    """`png` or `jpeg` where the file can go as it is; None where readers may see it differently."""
    with _opened(picture) as image:
        is_plain = (
            image.format in ("PNG", "JPEG")
            and image.mode in ("RGB", "L")
            and "transparency" not in image.info
            and image.getexif().get(_ORIENTATION, 1) == 1
        )
        return str(image.format).lower() if is_plain else None


def _pixels(picture: Picture) -> int:
    with _opened(picture) as image:
        return image.width * image.height


def _opened(picture: Picture) -> Image.Image:
    try:
        return Image.open(io.BytesIO(picture.data))
    except (UnidentifiedImageError, OSError) as error:
        raise DataError(f"picture {picture.sha256[:12]}… cannot be decoded: {error}") from error
