"""Files are streamed row by row, with the line each row stands on, and say where they are broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tasks.samples import write_parquet

from mintune.errors import DataError
from mintune.tasks.readers import files
from mintune.tasks.readers.files import rows_of
from mintune.tasks.readers.rows import RowError

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=4), max_size=8)


@settings(max_examples=40)
@given(rows=OBJECTS, indent=st.sampled_from([None, 0, 2]), chunk=st.integers(1, 40))
def test_a_json_list_is_the_same_in_pieces_of_any_size(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], indent: int | None, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("json") / "rows.json"
    path.write_text(json.dumps(rows, indent=indent, ensure_ascii=False), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "CHUNK_CHARACTERS", chunk)
        assert [fields for _, fields in rows_of(path)] == rows


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_rows_of_a_json_list_know_their_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(files, "CHUNK_CHARACTERS", chunk)
    path = tmp_path / "rows.json"
    path.write_text('\n[\n {"a": 1},\n\n {"a":\n 2}, {"a": 3},\n{"a": 4}\n]\n')
    assert [line for line, _ in rows_of(path)] == [3, 5, 6, 7]


def test_a_line_that_is_no_json_costs_only_that_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\nnot json\n[1]\n{"a": "\xff"}\n{"a": 2}')
    found = list(rows_of(path))
    assert [line for line, _ in found] == [1, 3, 4, 5, 6]
    assert [isinstance(fields, RowError) for _, fields in found] == [False, True, True, True, False]
    assert "not JSON" in str(found[1][1])
    assert "expected an object" in str(found[2][1])
    assert "not UTF-8" in str(found[3][1])


def test_json_lines_under_the_name_json_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('{"a": 1}\n{"a": 2}\n')
    assert list(rows_of(path)) == [(1, {"a": 1}), (2, {"a": 2})]


def test_parquet_rows_are_numbered_over_batches(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "rows.parquet", [{"a": n} for n in range(100)])
    assert list(rows_of(path)) == [(n + 1, {"a": n}) for n in range(100)]


def test_a_json_list_that_breaks_off_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[{"a": 1},\n{"a": 2},\n{"a": ')
    with pytest.raises(DataError, match=r"rows\.json:3: the JSON list breaks off"):
        list(rows_of(path))


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_truncated_parquet_file_is_called_that(tmp_path: Path, kept: float) -> None:
    path = write_parquet(tmp_path / "rows.parquet", [{"a": str(n)} for n in range(1000)])
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(DataError, match=r"rows\.parquet: is not a whole Parquet file; was it cut off"):
        list(rows_of(path))


def test_a_parquet_file_damaged_inside_is_an_error(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "rows.parquet", [{"a": f"{n:0500}"} for n in range(2000)])
    data = bytearray(path.read_bytes())
    data[8 : len(data) // 2] = b"\xff" * (len(data) // 2 - 8)
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"rows\.parquet"):
        list(rows_of(path))


@pytest.mark.parametrize(
    ("name", "data"), [("rows.json", b"hello"), ("rows.json", b""), ("rows.json", b"\xff\xfe[1"), ("rows.csv", b"a,b")]
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"rows\.(json|csv): "):
        list(rows_of(path))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        list(rows_of(tmp_path / "rows.jsonl"))
