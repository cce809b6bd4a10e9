"""The tasks in a folder of data are found, and what is written for them can be loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.tasks.samples import native_row, write_native, write_parquet, write_pictures

from mintune.config import parse_config
from mintune.errors import DataError
from mintune.tasks.init import describe_folder
from mintune.tasks.suite import load_suite

ROWS = [native_row(number) for number in range(20)]
CHAT = {"messages": [{"role": "user", "content": "What?"}, {"role": "assistant", "content": "cat"}]}


def test_sub_folders_and_files_are_tasks(tmp_path: Path) -> None:
    write_native(tmp_path / "dots", ROWS)
    write_parquet(tmp_path / "my chats.parquet", [CHAT] * 3)
    (tmp_path / "notes.json").write_text('{"this": "is no task"}')
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "empty").mkdir()
    assert describe_folder(tmp_path).tasks == {
        "dots": {"data": str(tmp_path / "dots"), "format": "native"},
        "my_chats": {"data": str(tmp_path / "my chats.parquet"), "format": "sharegpt"},
    }


def test_names_that_would_be_the_same_are_numbered(tmp_path: Path) -> None:
    for name in ("a b.jsonl", "a_b.jsonl", "a-b.jsonl"):
        (tmp_path / name).write_text(json.dumps(CHAT))
    assert list(describe_folder(tmp_path).tasks) == ["a_b", "a-b", "a_b_2"]


@pytest.mark.parametrize("name", ["examples.jsonl", "train.jsonl"])
def test_a_folder_that_is_one_task_is_one_task(tmp_path: Path, name: str) -> None:
    (tmp_path / "dots").mkdir()
    (tmp_path / "dots" / name).write_text(json.dumps(CHAT))
    assert list(describe_folder(tmp_path / "dots").tasks) == ["dots"]


def test_what_is_described_can_be_loaded(tmp_path: Path) -> None:
    write_native(tmp_path / "data" / "dots", ROWS)
    config = parse_config({"suite": {"tasks": describe_folder(tmp_path / "data").tasks}}, source="test")
    suite = load_suite(config.suite, seed=0, cache=tmp_path / "cache")
    assert [task.name for task in suite.tasks] == ["dots"]


def test_a_folder_without_tasks_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no task found; expected sub-folders with examples.jsonl, or files"):
        describe_folder(tmp_path)


def test_what_is_passed_over_is_named_with_the_reason(tmp_path: Path) -> None:
    write_native(tmp_path / "good", ROWS)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "examples.jsonl").write_text("{not json")
    (tmp_path / "empty").mkdir()
    write_pictures(tmp_path / "pictures", range(3))
    write_pictures(tmp_path, range(2))
    (tmp_path / ".hidden").write_text("")
    (tmp_path / "0.png").write_bytes(b"")
    (tmp_path / "1.JPG").write_bytes(b"")
    for number in range(7):
        (tmp_path / f"readme{number}.txt").write_text("hello")
    (tmp_path / "other.json").write_text('[{"this": "is no task"}]')
    found = describe_folder(tmp_path)
    assert list(found.tasks) == ["good"]
    others = "readme0.txt, readme1.txt, readme2.txt, readme3.txt, readme4.txt and 2 more"
    assert set(found.skipped) == {"broken", "other.json", "empty", "images", "pictures", "2 pictures", others}
    assert found.skipped["empty"] == "is empty"
    assert found.skipped["images"] == "holds 2 pictures and no data file"
    assert found.skipped["pictures"] == "holds no data file"
    assert found.skipped[others].startswith("unknown kind of file; accepted: .json")
    assert "has the keys this" in found.skipped["other.json"]
    assert "examples.jsonl" in found.skipped["broken"]


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        describe_folder(tmp_path / "none")
