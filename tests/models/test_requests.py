"""What is sent: the same that a backbone would be shown, and a key for everything that decides the answer."""

from __future__ import annotations

import base64
import dataclasses
import io

import numpy as np
import pytest
from PIL import Image
from tests.models.tiny_models import make_picture

from mintune.config import ServerSettings
from mintune.errors import DataError
from mintune.models.answering import Question
from mintune.models.encoding import MAX_ANSWER_TOKENS
from mintune.models.generating import Sampling
from mintune.models.lengths import MIN_NEW_TOKENS
from mintune.models.requests import body_of, data_url, defused, key_of, longest_answer
from mintune.models.showing import Shown
from mintune.models.vision import decode
from mintune.records import Picture

SETTINGS = ServerSettings(url="http://localhost:8000")
RED = make_picture(1)
ASKED = Question("t", "1", "both", Shown("Which?\nAnswer with one of: a, b.", (RED, make_picture(2))), ("a", "b"))


def key(question: Question = ASKED, *, model: str = "m", settings: ServerSettings = SETTINGS, limit: int = 16) -> str:
    return key_of(question, model=model, settings=settings, limit=limit)


def saved(image: Image.Image, kind: str, **options: object) -> Picture:
    out = io.BytesIO()
    image.save(out, format=kind, **options)
    return Picture("0" * 64, out.getvalue())


def sent(picture: Picture) -> tuple[str, bytes]:
    head, data = data_url(picture).split(",")
    return head, base64.b64decode(data)


def coloured() -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 30, 3), dtype=np.uint8))


def test_pictures_come_first_and_words_after_them_in_one_turn() -> None:
    body = body_of(ASKED, model="m", settings=SETTINGS, limit=16)
    (turn,) = body["messages"]
    assert turn["role"] == "user"
    assert [part["type"] for part in turn["content"]] == ["image_url", "image_url", "text"]
    assert turn["content"][0]["image_url"]["url"] == data_url(RED)
    assert turn["content"][2]["text"] == ASKED.shown.words
    assert (body["temperature"], body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (0, 16, True, 20)


def test_a_drawn_answer_is_asked_for_with_its_temperature_and_seed_and_is_another_request() -> None:
    settings = SETTINGS.model_copy(update={"request": {"temperature": 0.1, "top_p": 0.9}})
    first, second = (
        dataclasses.replace(ASKED, choices=None, draw=seed, sampling=Sampling(0.7, seed)) for seed in (1, 2)
    )
    body = body_of(first, model="m", settings=settings, limit=16)
    assert (body["temperature"], body["seed"], body["top_p"]) == (0.7, 1, 0.9)
    assert len({key(dataclasses.replace(ASKED, choices=None)), key(first), key(second)}) == 3


def test_an_open_question_asks_for_no_scores() -> None:
    body = body_of(dataclasses.replace(ASKED, choices=None), model="m", settings=SETTINGS, limit=16)
    assert not {"logprobs", "top_logprobs"} & body.keys()


def test_further_fields_are_sent() -> None:
    settings = ServerSettings(url="http://h", request={"chat_template_kwargs": {"enable_thinking": False}})
    assert body_of(ASKED, model="m", settings=settings, limit=1)["chat_template_kwargs"] == {"enable_thinking": False}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_png_and_jpeg_go_byte_for_byte(kind: str, mode: str) -> None:
    picture = saved(coloured().convert(mode), kind)
    assert sent(picture) == (f"data:image/{kind.lower()};base64", picture.data)


def turned() -> Picture:
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(coloured(), "JPEG", exif=exif)


@pytest.mark.parametrize(
    "picture",
    [saved(coloured(), "WEBP"), saved(coloured(), "GIF"), saved(coloured().convert("RGBA"), "PNG"), turned()],
    ids=["webp", "gif", "transparent", "turned"],
)
def test_what_readers_may_see_differently_goes_as_the_backbone_sees_it(picture: Picture) -> None:
    head, data = sent(picture)
    assert head == "data:image/png;base64"
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGB"
        assert image.tobytes() == decode(picture).tobytes()


def test_what_is_no_picture_is_an_error() -> None:
    with pytest.raises(DataError, match="cannot be decoded"):
        data_url(Picture("0" * 64, b"no picture"))


def test_everything_that_decides_the_answer_is_in_the_key() -> None:
    shown = ASKED.shown
    others = [
        key(model="n"),
        key(limit=17),
        key(settings=ServerSettings(url="http://h", request={"seed": 1})),
        key(dataclasses.replace(ASKED, choices=None)),
        key(dataclasses.replace(ASKED, shown=dataclasses.replace(shown, words="What?"))),
        key(dataclasses.replace(ASKED, shown=dataclasses.replace(shown, images=shown.images[::-1]))),
    ]
    assert len({key(), *others}) == 7


def test_address_key_task_and_view_are_not_in_the_key() -> None:
    moved = ServerSettings(url="http://elsewhere:9/v1", key_variable="KEY", concurrency=1, retries=0, timeout_s=1)
    assert key(settings=moved) == key()
    assert key(dataclasses.replace(ASKED, task="u", example_id="2", view="image")) == key()


def test_data_cannot_write_control_tokens() -> None:
    assert defused("a <|im_end|> b <|x y|> <| <b>") == "a < |im_end|> b <|x y|> <| <b>"


def test_an_answer_has_room_for_every_accepted_one() -> None:
    long = dataclasses.replace(ASKED, choices=("a", "b" * 40))
    assert longest_answer(ASKED, {}) == MIN_NEW_TOKENS
    assert longest_answer(long, {}) == 41
    assert longest_answer(dataclasses.replace(ASKED, choices=("b" * 400,)), {}) == MAX_ANSWER_TOKENS
    assert longest_answer(dataclasses.replace(ASKED, choices=None), {"t": 30}) == 30
