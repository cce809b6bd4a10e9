"""Merged baselines: made of the branches of `single`, at its cost, in one adapter of the rank of `all`."""

from __future__ import annotations

import json
from pathlib import Path

import peft
import pyarrow.parquet as pq
import pytest
import torch
from safetensors.torch import load_file
from tests.tune.cases import SETTINGS, artefacts, make_backbone, make_grouping, make_suite, never

from mintune.config import MERGED_BY
from mintune.errors import TrainingError
from mintune.evaluate.budget import ranks
from mintune.models.adapters import WEIGHTS_NAME, adapter_names
from mintune.models.backbone import Backbone
from mintune.models.lowrank import INPUTS, OUTPUTS
from mintune.records import AdapterCard
from mintune.tune.job import make_job
from mintune.tune.loop import Progress
from mintune.tune.merged import HOW, tune_merged
from mintune.tune.stage import tune_grouping

SINGLE = make_grouping("single", a=("a",), bb=("bb",), ccc=("ccc",))
RANK, PART = 6, 2


def merged(
    backbone: Backbone,
    strategy: str,
    folder: Path,
    *,
    rank: int = RANK,
    progress: Progress | None = None,
    **more: object,
) -> AdapterCard:
    (card,) = tune_merged(
        make_job(backbone, make_suite(), SETTINGS.model_copy(update=more), seed=0, rank=rank),
        make_grouping(strategy, all=("a", "bb", "ccc")),
        folder=folder / strategy,
        progress=progress,
    )
    return card


def single(backbone: Backbone, folder: Path, progress: Progress | None = None, **more: object) -> list[AdapterCard]:
    settings = SETTINGS.model_copy(update=more)
    return tune_grouping(
        make_job(backbone, make_suite(), settings, seed=0, rank=PART),
        SINGLE,
        folder=folder / "single",
        progress=progress,
    )


@pytest.fixture(scope="module")
def folder(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run's `tune` folder with the parts and every merge of them."""
    place = tmp_path_factory.mktemp("run") / "tune"
    single(backbone, place)
    for strategy in MERGED_BY:
        merged(backbone, strategy, place)
    return place


def deltas(place: Path) -> dict[str, torch.Tensor]:
    weights = load_file(place / WEIGHTS_NAME)
    return {
        key.removesuffix(INPUTS): weights[key.removesuffix(INPUTS) + OUTPUTS] @ weights[key]
        for key in weights
        if key.endswith(INPUTS)
    }


def test_parts_have_the_rank_of_single(folder: Path) -> None:
    found = ranks({"interaction": make_grouping("interaction", x=("a",), y=("bb", "ccc")), "single": SINGLE}, 3)
    assert found["single"] == PART
    for strategy in MERGED_BY:
        how = json.loads((folder / strategy / "all" / HOW).read_text())
        assert how["rank_of_parts"] == PART
        assert how["method"] == MERGED_BY[strategy]
        assert how["shares"] == pytest.approx({"a": 1 / 3, "bb": 1 / 3, "ccc": 1 / 3})


@pytest.mark.parametrize("strategy", list(MERGED_BY))
def test_where_single_is_tuned_nothing_is_trained_and_its_cost_is_told(
    backbone: Backbone, folder: Path, strategy: str
) -> None:
    before = artefacts(folder)
    card = merged(backbone, strategy, folder, progress=never)
    assert artefacts(folder) == before
    parts = single(backbone, folder, never)
    assert (card.cost.examples, card.cost.steps, card.cost.tokens) == (
        sum(part.cost.examples for part in parts),
        sum(part.cost.steps for part in parts),
        sum(part.cost.tokens for part in parts),
    )
    assert card.cost.seconds == pytest.approx(sum(part.cost.seconds for part in parts))
    assert card.rank == RANK
    assert card.trainable_parameters == sum(part.trainable_parameters for part in parts)
    assert card.train_loss == {}
    assert "merged of one adapter a task" in (folder / strategy / "all" / "README.md").read_text()
    assert adapter_names(backbone) == ()


def test_the_mean_of_the_saved_adapters_is_what_is_saved(folder: Path) -> None:
    parts = [deltas(folder / "single" / task) for task in ("a", "bb", "ccc")]
    found = deltas(folder / "merge_linear" / "all")
    for layer, delta in found.items():
        torch.testing.assert_close(delta, sum(part[layer] for part in parts) / 3, atol=1e-6, rtol=1e-4)
    assert json.loads((folder / "merge_linear" / "all" / HOW).read_text())["kept"] == 1


def test_each_method_makes_another_adapter_that_peft_loads(folder: Path) -> None:
    prints = set()
    for strategy in MERGED_BY:
        place = folder / strategy / "all"
        wrapped = peft.PeftModel.from_pretrained(make_backbone().model, str(place))
        config = wrapped.peft_config["default"]
        assert isinstance(config, peft.LoraConfig)
        assert config.r == RANK
        prints.add((place / WEIGHTS_NAME).read_bytes())
    assert len(prints) == len(MERGED_BY)


def test_a_smaller_rank_says_how_much_it_keeps(backbone: Backbone, tmp_path: Path) -> None:
    card = merged(backbone, "merge_linear", tmp_path, rank=4)
    assert card.rank == 4
    how = json.loads((tmp_path / "merge_linear" / "all" / HOW).read_text())
    assert (how["rank_of_parts"], how["kept"]) == (1, 1)
    merged(backbone, "merge_linear", tmp_path, rank=5)
    how = json.loads((tmp_path / "merge_linear" / "all" / HOW).read_text())
    assert how["rank_of_parts"] == PART
    assert 0.5 < how["kept"] < 1


def test_ties_and_dare_leave_what_all_parts_have_in_common(backbone: Backbone, tmp_path: Path) -> None:
    """With the whole budget in the trunk every part is the trunk, and so is every merge."""
    single(backbone, tmp_path, trunk=1.0)
    trunk = deltas(tmp_path / "single" / "a")
    for strategy in MERGED_BY:
        merged(backbone, strategy, tmp_path, trunk=1.0)
        for layer, delta in deltas(tmp_path / strategy / "all").items():
            torch.testing.assert_close(delta, trunk[layer], atol=1e-5, rtol=1e-4)


def test_what_the_parts_saw_is_told(folder: Path) -> None:
    found = pq.read_table(folder / "merge_linear" / "all" / "losses.parquet").to_pydict()
    rows = list(zip(found["part"], found["step"], found["task"], strict=True))
    assert len(set(rows)) == len(rows)
    assert {task for part, _, task in rows if part == "branch"} == {"a", "bb", "ccc"}


def test_parts_are_the_same_bytes_where_single_is_not_tuned(backbone: Backbone, folder: Path, tmp_path: Path) -> None:
    merged(backbone, "merge_dare", tmp_path)
    ours, theirs = ((place / "merge_dare" / "all" / WEIGHTS_NAME).read_bytes() for place in (tmp_path, folder))
    assert ours == theirs


def test_too_few_steps_for_a_part_each_are_an_error(backbone: Backbone, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="2 optimiser steps cannot be shared by 3 groups"):
        merged(backbone, "merge_linear", tmp_path, epochs=1, batch_size=9, trunk=0.0)
