"""Each picture goes through the tower once, and comes out as the tower made it."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tests.models.tiny_models import make_picture, make_qwen

from mintune.errors import DataError
from mintune.models.answering import Question, answer
from mintune.models.backbone import Backbone
from mintune.models.showing import Shown
from mintune.models.vision import VisionStore, decode
from mintune.records import VIEWS, Picture

PICTURES = [make_picture(index, 28 * (1 + index % 3), 56) for index in range(9)]


def store(backbone: Backbone, folder: Path | None = None, **settings: int) -> VisionStore:
    return VisionStore(backbone.model, backbone.processor, folder=folder, **settings)


def tower(backbone: Backbone, picture: Picture) -> torch.Tensor:
    pixels = backbone.processor.image_processor(images=[decode(picture)], return_tensors="pt")
    with torch.no_grad():
        return backbone.model.get_image_features(**pixels, return_dict=True).pooler_output[0]


def test_features_are_those_of_the_tower_given_one_picture(any_backbone: Backbone) -> None:
    seen = store(any_backbone)
    seen.look(PICTURES)
    for picture in PICTURES:
        features = seen.features(picture.sha256)
        torch.testing.assert_close(features, tower(any_backbone, picture).reshape(features.shape), atol=1e-5, rtol=1e-4)
        ids = seen.sight(picture.sha256).token_ids
        assert sum(token in any_backbone.processor.image_token_ids for token in ids) == len(features)


def test_four_views_and_two_calls_compute_each_picture_once() -> None:
    backbone = make_qwen()
    for _ in range(2):
        asked = [
            Question(
                "t", str(index), view, Shown(f"{view}?", (picture,) if view in ("image", "both") else ()), ("yes", "no")
            )
            for index, picture in enumerate(PICTURES)
            for view in VIEWS
        ]
        answer(backbone, asked)
    assert backbone.vision.num_computed == len(PICTURES)


def test_features_on_disk_outlive_the_process_bit_for_bit(tmp_path: Path, any_backbone: Backbone) -> None:
    first = store(any_backbone, tmp_path)
    first.look(PICTURES)
    second = store(any_backbone, tmp_path)
    second.look(PICTURES)
    assert second.num_computed == 0
    for picture in PICTURES:
        assert torch.equal(first.features(picture.sha256), second.features(picture.sha256))
        assert first.sight(picture.sha256) == second.sight(picture.sha256)


def test_beyond_the_memory_bound_features_are_mapped_and_equal(tiny_random_backbone: Backbone) -> None:
    kept, spilled = store(tiny_random_backbone), store(tiny_random_backbone, memory_bytes=1)
    for seen in (kept, spilled):
        seen.look(PICTURES)
    assert all(torch.equal(kept.features(one.sha256), spilled.features(one.sha256)) for one in PICTURES)
    assert spilled.num_computed == len(PICTURES)


def test_bytes_that_a_kill_left_behind_do_no_harm(tmp_path: Path, tiny_random_backbone: Backbone) -> None:
    first = store(tiny_random_backbone, tmp_path)
    first.look(PICTURES[:4])
    with (tmp_path / "features.bin").open("ab") as out:
        out.write(b"torn")
    with (tmp_path / "features.jsonl").open("ab") as out:
        out.write(b'{"pictures": [["torn"')
    second = store(tiny_random_backbone, tmp_path)
    second.look(PICTURES)
    assert second.num_computed == len(PICTURES) - 4
    third = store(tiny_random_backbone, tmp_path)
    for picture in PICTURES:
        features = third.features(picture.sha256)
        torch.testing.assert_close(features, tower(tiny_random_backbone, picture), atol=1e-5, rtol=1e-4)


def test_features_can_be_trained_on_even_when_made_in_inference_mode(tiny_random_backbone: Backbone) -> None:
    seen = store(tiny_random_backbone)
    with torch.inference_mode():
        seen.look(PICTURES[:1])
    assert not seen.features(PICTURES[0].sha256).is_inference()


def test_what_is_no_picture_is_an_error_that_names_it(tiny_random_backbone: Backbone) -> None:
    with pytest.raises(DataError, match=r"picture abcdef012345… cannot be decoded"):
        store(tiny_random_backbone).look([Picture("abcdef0123456789", b"no picture")])


def test_a_picture_longer_than_the_model_takes_is_an_error_that_names_it(tiny_random_backbone: Backbone) -> None:
    with pytest.raises(DataError, match=r"\(2100 x 5 px\): absolute aspect ratio"):
        store(tiny_random_backbone).look([make_picture(0, 2100, 5)])


def test_transparent_parts_are_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(out, format="PNG")
    assert np.unique(np.asarray(decode(Picture("0", out.getvalue())))).tolist() == [255]
