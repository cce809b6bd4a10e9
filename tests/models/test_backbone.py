"""A backbone is loaded from its folder as it is in memory, and known by its fingerprint."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import torch
from tests.models.chat_server import Sent, serving
from tests.models.tiny_models import make_llava, make_picture, make_qwen

from mintune.errors import BackboneError
from mintune.models import adapters
from mintune.models.answering import Question, answer
from mintune.models.backbone import TINY, TINY_WEIGHTS, Backbone, fingerprint_of, load_backbone
from mintune.models.showing import Shown

ASKED = [
    Question("t", "1", "both", Shown("Is it red?", (make_picture(1),)), ("yes", "no", "dark red")),
    Question("t", "2", "text", Shown("What is it?", ()), None),
]


def saved(backbone: Backbone, folder: Path) -> str:
    backbone.model.save_pretrained(folder)
    backbone.processor.save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("make", [make_qwen, make_llava], ids=["qwen2_vl", "llava"])
def test_a_folder_gives_back_the_same_model(tmp_path: Path, make: type) -> None:
    backbone = make()
    loaded = load_backbone(saved(backbone, tmp_path))
    assert loaded.fingerprint == backbone.fingerprint
    for ours, theirs in zip(answer(backbone, ASKED), answer(loaded, ASKED), strict=True):
        assert theirs.answer == ours.answer
        assert theirs.scores == (pytest.approx(ours.scores, abs=1e-5) if ours.scores else None)
    assert loaded.model.dtype == (torch.bfloat16 if torch.cuda.is_available() else torch.float32)


def test_one_changed_weight_is_another_fingerprint() -> None:
    one, other = make_qwen(), make_qwen()
    assert one.fingerprint == other.fingerprint
    with torch.no_grad():
        other.model.model.visual.merger.mlp[0].bias[0] += 1
    assert fingerprint_of(other.model, other.processor) != one.fingerprint


def test_adapters_do_not_change_the_backbones_fingerprint_as_loaded() -> None:
    backbone = make_qwen()
    before = backbone.fingerprint
    adapters.attach(backbone, 2, 0, "one")
    assert backbone.fingerprint == before


def test_a_name_that_cannot_be_loaded_says_what_would_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"nowhere cannot be loaded .* accepted: mintune/tiny, none \(probes"):
        load_backbone(str(tmp_path / "nowhere"))


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is looked for file by file, which takes half a minute where the hub is gone; nothing is found."""
    names: list[str] = []

    def look(source: str, **_: object) -> None:
        names.append(source)
        raise OSError("there is no such model")

    monkeypatch.setattr("transformers.AutoModelForImageTextToText.from_pretrained", look)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return names


def test_a_name_of_nothing_is_told_at_once_where_the_hub_is_gone(
    loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{unused_port()}")
    says = r"nones cannot be loaded \(no folder, .* cannot be reached: .*\); did you mean none\? accepted: mintune/tiny"
    with pytest.raises(BackboneError, match=says):
        load_backbone("nones")
    assert loads == []


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_hub_that_answers_is_asked_for_the_model_whatever_it_says(
    loads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror, say, that hands out files and knows nothing else."""
    with serving(lambda *_: Sent("{}")) as hub:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
        with pytest.raises(BackboneError, match=r"gpt2 cannot be loaded \(there is no such model\); accepted: "):
            load_backbone("gpt2")
    assert loads == ["gpt2"]


def test_what_was_downloaded_before_needs_no_hub(
    loads: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "models--gpt2"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("abc")
    (kept / "snapshots" / "abc").mkdir(parents=True)
    (kept / "snapshots" / "abc" / "config.json").write_text("{}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{unused_port()}")
    with pytest.raises(BackboneError, match="there is no such model"):
        load_backbone("gpt2")
    assert loads == ["gpt2"]


@pytest.mark.skipif(
    not (TINY_WEIGHTS / "model.safetensors").exists(), reason="the built-in backbone is not trained yet"
)
def test_the_built_in_backbone_answers() -> None:
    backbone = load_backbone(TINY)
    predictions = answer(backbone, ASKED)
    assert predictions[0].answer in ("yes", "no", "dark red")
