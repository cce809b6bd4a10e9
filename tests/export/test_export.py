"""What leaves for other tools is what they accept, and says what mintune itself shows."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image
from tests.tune.cases import make_suite

from mintune.errors import ConfigError, RunError
from mintune.export.parcel import Parcel
from mintune.export.stage import TARGETS, export_groups
from mintune.models.adapters import adapter_weights, attach
from mintune.models.backbone import TINY_WEIGHTS, load_backbone
from mintune.models.showing import show
from mintune.records import Group
from mintune.run import write_text

# The keys that the tools document, as far as this uses them: LLaMA-Factory's examples/train_lora and data/README.md;
# ms-swift's Instruction/Command-line-parameters (4.x).
LLAMA_FACTORY = {
    *("model_name_or_path", "template", "stage", "do_train", "finetuning_type", "lora_rank", "lora_alpha"),
    *("lora_target", "freeze_vision_tower", "freeze_multi_modal_projector", "dataset_dir", "media_dir", "dataset"),
    *("num_train_epochs", "learning_rate", "lr_scheduler_type", "warmup_ratio", "per_device_train_batch_size"),
    *("gradient_accumulation_steps", "seed", "output_dir", "mix_strategy", "interleave_probs", "max_steps"),
}
MS_SWIFT = {
    *("model", "dataset", "split_dataset_ratio", "target_modules", "lora_rank", "lora_alpha", "freeze_vit"),
    *("freeze_aligner", "num_train_epochs", "learning_rate", "warmup_ratio", "per_device_train_batch_size"),
    *("gradient_accumulation_steps", "enable_channel_loss", "seed", "output_dir", "interleave_prob", "max_steps"),
}

GROUPS = (Group(name="first", type="synergy", tasks=("a",)), Group(name="second", type=None, tasks=("bb", "ccc")))


@pytest.fixture
def parcel(tmp_path: Path) -> Callable[..., Parcel]:
    def make(**changes: Any) -> Parcel:
        return Parcel(
            **{
                "suite": make_suite(),
                "groups": GROUPS,
                "shares": {"first": {"a": 1.0}, "second": {"bb": 0.6, "ccc": 0.4}},
                "is_proportional": True,
                "base": str(TINY_WEIGHTS),
                "rank": 4,
                "epochs": 2.0,
                "steps": {"first": 3, "second": 2},
                "learning_rate": 0.01,
                "batch_size": 8,
                "seed": 0,
                "adapters": tmp_path / "tune",
                **changes,
            }
        )

    return make


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("target", ["llama-factory", "ms-swift"])
def test_a_chat_holds_what_is_shown_under_both_and_the_first_answer(
    target: str, parcel: Callable[..., Parcel], tmp_path: Path
) -> None:
    given, out = parcel(), tmp_path / "out"
    export_groups(given, target, out)
    for task in given.suite.tasks:
        for row, example in zip(rows(out / "data" / f"{task.name}.jsonl"), task.train, strict=True):
            said, answer = row["messages"]
            assert (said["role"], answer["role"]) == ("user", "assistant")
            assert said["content"] == "<image>" * len(row["images"]) + show(task, example, "both").words
            assert answer["content"] == example.targets[0]
            assert row.get("channel") == (task.name if target == "ms-swift" else None)
            for place, picture in zip(row["images"], example.images, strict=True):
                assert (out / place).read_bytes() == picture.data
                with Image.open(out / place) as opened:
                    assert opened.size


def test_words_that_look_like_a_picture_count_as_words(parcel: Callable[..., Parcel], tmp_path: Path) -> None:
    suite = make_suite()
    task = suite.tasks[0]
    odd = task.train[0].__class__(id="odd", images=(), text="an <image> tag", targets=("red",))
    given = parcel(suite=suite.__class__((task.__class__(**{**vars_of(task), "splits": {"train": (odd,)}}),)))
    given = parcel(suite=given.suite, groups=(GROUPS[0],))
    export_groups(given, "ms-swift", tmp_path / "out")
    [row] = rows(tmp_path / "out" / "data" / "a.jsonl")
    assert "<image>" not in row["messages"][0]["content"]


def vars_of(task: Any) -> dict[str, Any]:
    return {name: getattr(task, name) for name in task.__slots__}


@pytest.mark.parametrize("is_proportional", [True, False])
def test_llama_factory_finds_datasets_settings_and_shares(
    is_proportional: bool, parcel: Callable[..., Parcel], tmp_path: Path
) -> None:
    written = export_groups(parcel(is_proportional=is_proportional), "llama-factory", tmp_path / "out")
    described = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    for path, group in zip(written, GROUPS, strict=True):
        settings = yaml.safe_load(path.read_text())
        assert settings.keys() <= LLAMA_FACTORY
        names = settings["dataset"].split(",")
        assert tuple(names) == group.tasks
        assert all((tmp_path / "out" / described[name]["file_name"]).exists() for name in names)
        assert (settings["template"], settings["lora_rank"], settings["lora_alpha"]) == ("qwen2_vl", 4, 8)
        assert settings["per_device_train_batch_size"] * settings["gradient_accumulation_steps"] == 8
        assert ("interleave_probs" in settings) != is_proportional
        length = {key: settings.get(key) for key in ("num_train_epochs", "max_steps")}
        steps = {"first": 3, "second": 2}[group.name]
        assert list(length.values()) == ([2.0, None] if is_proportional else [None, steps])
    if not is_proportional:
        assert settings["interleave_probs"] == "0.6,0.4"


def test_llama_factory_is_refused_a_backbone_whose_template_is_not_known(
    parcel: Callable[..., Parcel], tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=r"llava-1\.5.*known are names with qwen2-vl"):
        export_groups(parcel(base="llava-hf/llava-1.5-7b-hf"), "llama-factory", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_ms_swift_gets_options_that_it_has(parcel: Callable[..., Parcel], tmp_path: Path) -> None:
    written = export_groups(parcel(is_proportional=False), "ms-swift", tmp_path / "out")
    words = shlex.split(written[1].read_text().replace("\\\n", " "), comments=True)
    assert words[:2] == ["swift", "sft"]
    options = {word.removeprefix("--") for word in words if word.startswith("--")}
    assert options <= MS_SWIFT
    place = words.index("--interleave_prob")
    assert words[place + 1 : place + 3] == ["0.6", "0.4"]
    assert {"data/bb.jsonl", "data/ccc.jsonl"} <= set(words)


def test_trl_reads_settings_and_rows_and_tunes_what_mintune_does(
    parcel: Callable[..., Parcel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datasets import load_dataset
    from peft import get_peft_model
    from transformers import AutoModelForImageTextToText
    from trl import DatasetMixtureConfig, ModelConfig, ScriptArguments, SFTConfig, TrlParser, get_peft_config

    given = parcel()
    written = export_groups(given, "trl", tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    parser = TrlParser((ScriptArguments, SFTConfig, ModelConfig, DatasetMixtureConfig))
    script, training, model, _ = parser.parse_args_and_config(
        ["--config", written[1].name, "--bf16", "false"], fail_with_unknown_args=True
    )
    assert (model.lora_r, model.lora_alpha, training.num_train_epochs) == (4, 8, 2.0)
    found = load_dataset(script.dataset_name, split="train", cache_dir=str(tmp_path / "cache"))
    examples = [(task, example) for task in given.suite.tasks[1:] for example in task.train]
    for row, (task, example) in zip(found, examples, strict=True):
        assert row["prompt"] == [{"role": "user", "content": show(task, example, "both").words}]
        assert row["completion"] == [{"role": "assistant", "content": example.targets[0]}]
        assert len(row["images"]) == len(example.images)
        assert all(isinstance(picture, Image.Image) for picture in row["images"])
    base = AutoModelForImageTextToText.from_pretrained(model.model_name_or_path)
    tuned = get_peft_model(base, get_peft_config(model))
    theirs = {name for name, layer in tuned.named_modules() if hasattr(layer, "lora_A")}
    backbone = load_backbone("mintune/tiny")
    attach(backbone, rank=4, seed=0, name="ours")
    ours = {name.rsplit(".lora_", 1)[0] for name in adapter_weights(backbone, "ours")}
    assert theirs == ours


def test_trl_is_refused_a_mixture_that_it_cannot_draw(parcel: Callable[..., Parcel], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tune\.mixture: TRL draws no mixture"):
        export_groups(parcel(is_proportional=False), "trl", tmp_path / "out")


def test_vllm_serves_every_adapter_by_its_groups_name(parcel: Callable[..., Parcel], tmp_path: Path) -> None:
    given = parcel(rank=5)
    with pytest.raises(RunError, match="holds no adapter; run `mintune tune` first"):
        export_groups(given, "vllm", tmp_path / "out")
    for group in GROUPS:
        write_text(given.adapters / group.name / "adapter_config.json", "{}")
    script, routes = export_groups(given, "vllm", tmp_path / "out")
    words = shlex.split(script.read_text().replace("\\\n", " "), comments=True)
    assert words[:3] == ["vllm", "serve", str(TINY_WEIGHTS)]
    assert words[words.index("--max-lora-rank") + 1] == "8"
    assert words[-2:] == [f"{group.name}={given.adapters / group.name}" for group in GROUPS]
    assert json.loads(routes.read_text()) == {"a": "first", "bb": "second", "ccc": "second"}


def test_nothing_is_written_over(parcel: Callable[..., Parcel], tmp_path: Path) -> None:
    export_groups(parcel(), "ms-swift", tmp_path / "out")
    with pytest.raises(ConfigError, match="holds files already"):
        export_groups(parcel(), "ms-swift", tmp_path / "out")
    with pytest.raises(ConfigError, match=f"accepted: {', '.join(TARGETS)}"):
        export_groups(parcel(), "axolotl", tmp_path / "other")
