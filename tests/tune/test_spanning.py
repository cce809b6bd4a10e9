"""A task that spans groups is answered by the mean of their deltas, by its weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import peft
import pytest
import torch
from tests.tune.cases import make_backbone, make_grouping

from mintune.models.adapters import WEIGHTS_NAME, adapter_names, read_weights
from mintune.models.backbone import Backbone
from mintune.models.lowrank import INPUTS, OUTPUTS
from mintune.records import AdapterCard, Grouping
from mintune.tune.spanning import merge_spanning

Tuned = tuple[Path, list[AdapterCard]]


def spanning(**weights: float) -> Grouping:
    pairs = make_grouping()
    return pairs.model_copy(update={"membership": {**pairs.membership, "ccc": weights}})


@pytest.fixture
def place(tuned: Tuned, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tuned[0] / "pairs", tmp_path / "pairs"))


def test_only_tasks_that_span_groups_get_a_merge_of_their_groups_by_weight(
    backbone: Backbone, tuned: Tuned, place: Path
) -> None:
    found = merge_spanning(backbone, spanning(second=0.75, first=0.25), tuned[1], place)
    assert found == {"ccc": place / "spanning" / "ccc"}
    assert adapter_names(backbone) == ()
    merged, first, second = (read_weights(path) for path in (found["ccc"], place / "first", place / "second"))
    for key in (key.removesuffix(INPUTS) for key in first if key.endswith(INPUTS)):
        assert merged[key + INPUTS].shape[0] == 4
        expected = (
            0.25 * first[key + OUTPUTS] @ first[key + INPUTS] + 0.75 * second[key + OUTPUTS] @ second[key + INPUTS]
        )
        torch.testing.assert_close(merged[key + OUTPUTS] @ merged[key + INPUTS], expected)
    peft.PeftModel.from_pretrained(make_backbone().model, str(found["ccc"]))
    assert "| first | 0.25 |" in (found["ccc"] / "README.md").read_text()


def test_without_a_task_that_spans_groups_nothing_is_made(backbone: Backbone, tuned: Tuned, place: Path) -> None:
    assert merge_spanning(backbone, make_grouping(), tuned[1], place) == {}
    assert merge_spanning(backbone, spanning(second=1.0, first=0.0), tuned[1], place) == {}
    assert not (place / "spanning").exists()


def test_a_merge_is_made_again_where_weights_or_parts_changed_or_it_is_damaged(
    backbone: Backbone, tuned: Tuned, place: Path
) -> None:
    grouping = spanning(second=0.75, first=0.25)
    where = merge_spanning(backbone, grouping, tuned[1], place)["ccc"]
    weights, how = (where / WEIGHTS_NAME).read_bytes(), (where / "merged.json").read_text()
    made = (where / WEIGHTS_NAME).stat().st_mtime_ns
    merge_spanning(backbone, grouping, tuned[1], place)
    assert (where / WEIGHTS_NAME).stat().st_mtime_ns == made
    (where / WEIGHTS_NAME).write_bytes(b"")
    merge_spanning(backbone, grouping, tuned[1], place)
    assert (where / WEIGHTS_NAME).read_bytes() == weights
    merge_spanning(backbone, spanning(second=0.5, first=0.5), tuned[1], place)
    assert (where / WEIGHTS_NAME).read_bytes() != weights
    other = [tuned[1][0].model_copy(update={"fingerprint": "another"}), tuned[1][1]]
    merge_spanning(backbone, grouping, other, place)
    assert json.loads((where / "merged.json").read_text())["parts"]["first"] == "another"
    assert json.loads(how)["parts"]["first"] == tuned[1][0].fingerprint
