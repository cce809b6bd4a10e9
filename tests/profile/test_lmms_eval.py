"""Sample logs of lmms-eval are read as predictions, one run a view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mintune.errors import DataError
from mintune.profile.predictions import gold_of, read, read_for

DOCUMENT = {"doc_id": 7, "doc_hash": "74234e98afe7", "target": "B", "filtered_resps": ["A"], "input": "Which?"}


def log(folder: Path, *samples: dict[str, Any], name: str = "20250101_120000_samples_mmmu_val.jsonl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(sample) + "\n" for sample in samples))
    return folder / name


def test_the_folder_names_the_view_and_the_file_the_task(tmp_path: Path) -> None:
    log(tmp_path / "image" / "Qwen__Qwen2-VL", DOCUMENT)
    [prediction], aside = read(tmp_path)
    assert aside == []
    assert (prediction.task, prediction.view, prediction.example_id[:2]) == ("mmmu_val", "image", "7-")
    assert (prediction.answer, prediction.gold, prediction.scores) == ("A", ("B",), None)


def test_a_date_behind_the_task_is_none_of_its_name(tmp_path: Path) -> None:
    path = log(tmp_path / "both", DOCUMENT, name="samples_scienceqa_img_2025-01-01T12-00-00.123456.jsonl")
    assert read(path)[0][0].task == "scienceqa_img"


def test_multiple_choice_has_scores_and_answers_by_place(tmp_path: Path) -> None:
    choices = [["-2.5", "False"], ["-0.5", "True"], ["-9", "False"]]
    [prediction], _ = read(log(tmp_path / "text", {**DOCUMENT, "target": 1, "filtered_resps": choices}))
    assert (prediction.answer, prediction.gold, prediction.scores) == ("1", ("1",), (-2.5, -0.5, -9.0))


@pytest.mark.parametrize("other", [{"doc_hash": "ffff"}, {"target": "C"}])
def test_runs_on_other_documents_do_not_join(tmp_path: Path, other: dict[str, str]) -> None:
    log(tmp_path / "image", DOCUMENT)
    log(tmp_path / "both", {**DOCUMENT, **other})
    assert len(gold_of(tmp_path)[0]["mmmu_val"]) == 2


@pytest.mark.parametrize(
    ("target", "gold"),
    [
        ("['net', 'nets']", ("net", "nets")),
        ("(1, 2)", ("1", "2")),
        ("[sic]", ("[sic]",)),
        (3, ("3",)),
        ("None", None),
        ("", None),
    ],
)
def test_targets_are_read_as_they_are_logged(tmp_path: Path, target: object, gold: tuple[str, ...] | None) -> None:
    [prediction], _ = read(log(tmp_path / "both", {**DOCUMENT, "target": target}))
    assert prediction.gold == gold


def test_a_second_run_of_a_view_counts_as_set_aside(tmp_path: Path) -> None:
    for model in ("a", "b"):
        log(tmp_path / "image" / model, DOCUMENT)
    found, [row] = read_for(["mmmu_val"], tmp_path)
    assert len(found["mmmu_val"]) == 1
    assert row.reason == "1 row: an earlier one is on the same view"


def test_a_log_in_no_folder_of_a_view_is_an_error_whatever_lies_above(tmp_path: Path) -> None:
    log(tmp_path / "text" / "runs" / "model", DOCUMENT)
    with pytest.raises(DataError, match="lies in no folder that names its view; put the log of each run below a"):
        read(tmp_path / "text" / "runs")
    assert read(tmp_path / "text")[0][0].view == "text"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{not json", "is not JSON"),
        ("[1]", "is list; expected an object"),
        (
            json.dumps({**DOCUMENT, "filtered_resps": [["-1", "True"], ["-2", "False"]]}),
            "target is 'B'; expected the place",
        ),
    ],
)
def test_lines_that_cannot_be_used_are_set_aside_and_blank_ones_passed_over(
    tmp_path: Path, line: str, reason: str
) -> None:
    path = log(tmp_path / "both", DOCUMENT)
    path.write_text(f"\n{path.read_text()}{line}\n")
    predictions, [row] = read(path)
    assert len(predictions) == 1
    assert (row.file, row.reason[: len(reason)]) == (str(path), reason)


def test_a_sample_without_an_answer_is_set_aside(tmp_path: Path) -> None:
    predictions, [row] = read(log(tmp_path / "both", {**DOCUMENT, "filtered_resps": []}))
    assert predictions == []
    assert (row.line, row.reason) == (1, "answer is missing")
