"""Adapters sit on the language model and nowhere else, and what is saved is what PEFT reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import peft
import pytest
import torch
from tests.models.tiny_models import MAKERS, make_picture, make_qwen

from mintune.errors import BackboneError
from mintune.models import adapters
from mintune.models.backbone import Backbone, fingerprint_of, wrap
from mintune.models.encoding import Batch, Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import Shown


def batch_of(backbone: Backbone) -> Batch:
    encoder = Encoder(backbone)
    shown = [Shown("Is it red?", (make_picture(1),)), Shown("Is it dark?", ())]
    return encoder.collate(encoder.with_answers(shown, ["yes", "dark red"]))


def train(backbone: Backbone, steps: int = 2, rate: float = 0.05) -> None:
    optimizer = torch.optim.AdamW([weight for weight in backbone.model.parameters() if weight.requires_grad], lr=rate)
    batch = batch_of(backbone)
    for _ in range(steps):
        optimizer.zero_grad()
        answer_losses(backbone, batch).mean().backward()
        optimizer.step()


def hidden(backbone: Backbone) -> torch.Tensor:
    with torch.no_grad():
        return backbone.read(batch_of(backbone), use_cache=False).last_hidden_state


@pytest.mark.parametrize("kind", list(MAKERS))
def test_training_moves_adapter_weights_and_nothing_else(kind: str) -> None:
    backbone = MAKERS[kind]()
    adapters.attach(backbone, 2, 0, "one")
    before = {path: weight.detach().clone() for path, weight in backbone.model.named_parameters()}
    trainable = {path for path, weight in backbone.model.named_parameters() if weight.requires_grad}
    train(backbone)
    moved = {path for path, weight in backbone.model.named_parameters() if not torch.equal(weight, before[path])}
    assert moved
    assert moved <= trainable
    assert all(path.startswith(f"{backbone.language_path}.") and ".lora_" in path for path in trainable)
    assert not any("lm_head" in path or "visual" in path or "vision" in path or "embed" in path for path in trainable)


@pytest.mark.parametrize("kind", list(MAKERS))
def test_every_linear_layer_of_the_language_model_has_an_adapter(kind: str) -> None:
    backbone = MAKERS[kind]()
    expected = adapters.trainable_parameters(backbone, 3)
    linear = [path for path, module in backbone.model.named_modules() if isinstance(module, torch.nn.Linear)]
    adapters.attach(backbone, 3, 0, "one")
    inside = [path for path in linear if path.startswith(f"{backbone.language_path}.")]
    assert len(adapters.adapter_weights(backbone, "one")) == 2 * len(inside)
    assert sum(weight.numel() for weight in backbone.model.parameters() if weight.requires_grad) == expected
    assert adapters.trainable_parameters(backbone, 3) == expected


def test_a_fresh_adapter_changes_no_output() -> None:
    backbone = make_qwen()
    before = hidden(backbone)
    adapters.attach(backbone, 2, 0, "one")
    assert torch.equal(hidden(backbone), before)


def test_peft_loads_what_is_saved_and_says_the_same(tmp_path: Path) -> None:
    backbone = make_qwen()
    adapters.attach(backbone, 2, 0, "one")
    train(backbone)
    adapters.save_adapter(backbone, "one", tmp_path)
    expected = hidden(backbone)
    other = make_qwen()
    wrapped = peft.PeftModel.from_pretrained(other.model, str(tmp_path))
    assert type(wrapped.peft_config["default"]) is peft.LoraConfig
    torch.testing.assert_close(hidden(other), expected, atol=1e-6, rtol=1e-6)


def test_save_and_load_give_back_the_same_outputs_and_fingerprint(tmp_path: Path) -> None:
    backbone = make_qwen()
    adapters.attach(backbone, 2, 0, "one")
    train(backbone)
    saved = adapters.save_adapter(backbone, "one", tmp_path / "one")
    other = make_qwen()
    adapters.load_adapter(other, tmp_path / "one", "again")
    assert torch.equal(hidden(other), hidden(backbone))
    again = adapters.save_adapter(other, "again", tmp_path / "again")
    assert again == saved == adapters.adapter_fingerprint(tmp_path / "one")
    for name in (adapters.WEIGHTS_NAME, adapters.CONFIG_NAME):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


@pytest.mark.slow
def test_saved_bytes_do_not_depend_on_pythons_hash_seed(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\nfrom mintune.models import adapters\nfrom tests.models.tiny_models import make_qwen\n"
        "backbone = make_qwen()\nadapters.attach(backbone, 2, 5, 'one')\n"
        "adapters.save_adapter(backbone, 'one', pathlib.Path(sys.argv[1]))"
    )
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])}
        subprocess.run([sys.executable, "-c", code, str(tmp_path / seed)], check=True, env=environment)
    for name in (adapters.WEIGHTS_NAME, adapters.CONFIG_NAME):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


@pytest.mark.parametrize("autocast", [False, True])
def test_over_a_bfloat16_base_adapters_are_float32_and_learn_what_bfloat16_would_round_away(autocast: bool) -> None:
    qwen = make_qwen()
    backbone = wrap(qwen.name, qwen.model.to(torch.bfloat16), qwen.processor)
    adapters.attach(backbone, 2, 0, "one")
    weights = adapters.adapter_weights(backbone, "one")
    assert {weight.dtype for weight in weights.values()} == {torch.float32}
    before = {key: weight.detach().clone() for key, weight in weights.items()}
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        train(backbone, steps=2, rate=1e-5)
    moved = torch.cat([(weight - before[key]).flatten() for key, weight in weights.items() if ".lora_A." in key])
    assert 0 < moved.abs().max() < 1e-4
    assert hidden(backbone).dtype == torch.bfloat16
    assert all(weight.dtype == torch.float32 for weight in adapters.adapter_weights(backbone, "one").values())


def test_an_adapter_saved_over_a_bfloat16_base_comes_back_in_full_precision(tmp_path: Path) -> None:
    qwen = make_qwen()
    backbone = wrap(qwen.name, qwen.model.to(torch.bfloat16), qwen.processor)
    adapters.attach(backbone, 2, 0, "one")
    train(backbone)
    saved = adapters.save_adapter(backbone, "one", tmp_path)
    adapters.load_adapter(backbone, tmp_path, "again")
    assert adapters.fingerprint_of_weights(adapters.adapter_weights(backbone, "again")) == saved


def test_the_seed_decides_the_weights_and_leaves_the_global_state_alone() -> None:
    prints = []
    state = torch.random.get_rng_state()
    for seed in (1, 1, 2):
        backbone = make_qwen()
        adapters.attach(backbone, 2, seed, "one")
        prints.append(adapters.fingerprint_of_weights(adapters.adapter_weights(backbone, "one")))
    assert prints[0] == prints[1] != prints[2]
    assert torch.equal(torch.random.get_rng_state(), state)


def test_adapters_over_one_base_act_one_at_a_time() -> None:
    backbone = make_qwen()
    base = hidden(backbone)
    adapters.attach(backbone, 2, 0, "one")
    train(backbone)
    one = hidden(backbone)
    adapters.attach(backbone, 4, 1, "two")
    train(backbone)
    two = hidden(backbone)
    assert not torch.equal(one, base)
    assert not torch.equal(two, one)
    for name, expected in (("one", one), (None, base), ("two", two)):
        adapters.activate(backbone, name)
        assert adapters.active(backbone) == name
        assert torch.equal(hidden(backbone), expected)
    with adapters.activated(backbone, "one"):
        assert torch.equal(hidden(backbone), one)
    assert adapters.active(backbone) == "two"


def test_with_no_active_adapter_nothing_is_trainable() -> None:
    backbone = make_qwen()
    adapters.attach(backbone, 2, 0, "one")
    adapters.activate(backbone, None)
    assert not any(weight.requires_grad for weight in backbone.model.parameters())


def test_a_dropped_adapter_leaves_the_others_and_the_base() -> None:
    backbone = make_qwen()
    base = hidden(backbone)
    for name in ("one", "two"):
        adapters.attach(backbone, 2, 0, name)
        train(backbone)
    adapters.activate(backbone, "one")
    one = hidden(backbone)
    adapters.drop_adapter(backbone, "two")
    assert adapters.adapter_names(backbone) == ("one",)
    assert torch.equal(hidden(backbone), one)
    adapters.drop_adapter(backbone, "one")
    assert adapters.active(backbone) is None
    assert torch.equal(hidden(backbone), base)
    adapters.attach(backbone, 2, 0, "one")


def test_the_base_is_known_by_the_same_fingerprint_whatever_is_attached() -> None:
    backbone = make_qwen()
    before = fingerprint_of(backbone.model, backbone.processor)
    adapters.attach(backbone, 2, 0, "one")
    train(backbone)
    assert fingerprint_of(backbone.model, backbone.processor) == before
    adapters.drop_adapter(backbone, "one")
    assert fingerprint_of(backbone.model, backbone.processor) == before


def test_names_must_exist_and_be_free() -> None:
    backbone = make_qwen()
    with pytest.raises(BackboneError, match="'one' is not attached; attached: none"):
        adapters.activate(backbone, "one")
    adapters.attach(backbone, 2, 0, "one")
    with pytest.raises(BackboneError, match="'one' is already attached"):
        adapters.attach(backbone, 2, 0, "one")


def test_an_adapter_of_another_backbone_is_refused_and_leaves_no_trace(tmp_path: Path) -> None:
    llava, qwen = MAKERS["llava"](), make_qwen()
    adapters.attach(llava, 2, 0, "one")
    adapters.save_adapter(llava, "one", tmp_path)
    config = tmp_path / adapters.CONFIG_NAME
    weights = (tmp_path / adapters.WEIGHTS_NAME).read_bytes()
    adapters.attach(qwen, 4, 0, "wide")
    adapters.save_adapter(qwen, "wide", tmp_path / "wide")
    (tmp_path / "wide" / adapters.WEIGHTS_NAME).write_bytes(weights)
    adapters.drop_adapter(qwen, "wide")
    with pytest.raises(BackboneError, match="does not fit backbone random/qwen2-vl"):
        adapters.load_adapter(qwen, tmp_path / "wide", "one")
    assert adapters.adapter_names(qwen) == ()
    config.write_text("{}")
    with pytest.raises(BackboneError, match="holds no LoRA adapter that can be read"):
        adapters.load_adapter(qwen, tmp_path, "one")
