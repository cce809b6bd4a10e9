"""Bad data gets a clear message or is set aside, and nothing else is lost."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.tasks.samples import encoded, native_row, photograph, read, vast_png, write_native, write_parquet

from mintune.errors import DataError

ROWS = [native_row(number) for number in range(20)]


def with_row(folder: Path, **changes: Any) -> Path:
    """Good rows and, on line 2, one that is changed."""
    return write_native(folder, [ROWS[0], native_row(1, **changes), *ROWS[2:]])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"target": []}, "target: an empty list; expected one or more accepted answers"),
        ({"target": 1}, "target: expected text, found 1"),
        ({"target": float("nan")}, "target: expected text, found nan"),
        ({"text": float("nan")}, "text: expected text, found nan"),
        ({"text": "x" * 100_001}, "text: 100,001 characters; accepted up to 100,000"),
        ({"choices": ["yes"]}, "choices: 1 given (['yes']); a closed answer needs two or more, an open one null"),
        ({"target": "maybe"}, "target: 'maybe' is not among the choices ['yes', 'no']"),
        ({"split": "holdout"}, "split: 'holdout'; accepted: train, validation, test"),
        ({"id": "row-0"}, "id: 'row-0' was used before, at examples.jsonl:1; make ids unique, or leave them out"),
        ({"images": ["images/none.png"]}, "images: 'images/none.png' is not there; looked for"),
        ({"images": ["https://example.org/a.png"]}, "images: 'https://example.org/a.png' is an address"),
        ({"images": ["images"]}, "images: 'images' is not there"),
        ({"images": ["iVBORw0KGgo" * 100]}, "images: 'iVBORw0KGgo"),
        ({"images": ["a\nb.png"]}, r"images: 'a\nb.png' is not there"),
        ({"images": ["a\0b.png"]}, r"images: 'a\x00b.png' is not there"),
        ({"images": ["\ud800.png"]}, "images: half of a character at 0"),
        ({"text": "x\ud800"}, r"text: half of a character at 1 ('\ud800'); expected text"),
    ],
)
def test_a_bad_row_is_set_aside_with_file_line_and_reason(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    suite = read(tmp_path, mine=with_row(tmp_path / "mine", **changes))
    [row] = suite.quarantined
    assert (row.task, row.file, row.line) == ("mine", str(tmp_path / "mine" / "examples.jsonl"), 2)
    assert row.reason.startswith(reason)
    assert sum(len(examples) for examples in suite["mine"].splits.values()) == 19


def test_rows_without_an_id_on_one_line_are_all_kept_by_names_of_their_own(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", [])
    (folder / "examples.jsonl").unlink()
    rows = [native_row(number, id=...) for number in range(20)]
    (folder / "examples.json").write_text(json.dumps(rows))
    suite = read(tmp_path, mine=folder)
    assert suite.quarantined == ()
    names = [example.id for examples in suite["mine"].splits.values() for example in examples]
    assert set(names) == {"examples.json:1", *(f"examples.json:1:{number}" for number in range(2, 21))}


def test_a_task_of_one_row_keeps_it_for_training(tmp_path: Path) -> None:
    task = read(tmp_path, mine=write_native(tmp_path / "mine", [native_row(0, split=...)]))["mine"]
    assert {split: len(examples) for split, examples in task.splits.items()} == {"train": 1}


KINDS = "PNG, JPEG, GIF, WebP, BMP, TIFF"
PICTURES: dict[str, tuple[bytes, str]] = {
    "not an image": (b"hello", f"is no picture that can be read ({KINDS})"),
    "empty": (b"", f"is no picture that can be read ({KINDS})"),
    "cut off": (encoded(photograph(1))[:-200], f"is no picture that can be read ({KINDS}): cut off or damaged"),
    "JPEG cut off": (
        encoded(photograph(1, 200), "JPEG")[:-800],
        f"is no picture that can be read ({KINDS}): cut off or damaged",
    ),
    "vast": (vast_png(30_000), "is too large"),
    "large": (vast_png(6_000), "has 6,000 x 6,000 pixels; accepted up to 20,000,000 (suite.max_pixels)"),
    "one pixel": (encoded(Image.new("RGB", (1, 1))), "has 1 x 1 pixels; accepted from 2 x 2"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_an_image_that_cannot_be_used_costs_its_row(tmp_path: Path, name: str) -> None:
    data, reason = PICTURES[name]
    folder = with_row(tmp_path / "mine", images=["images/bad.png"])
    (folder / "images" / "bad.png").write_bytes(data)
    [row] = read(tmp_path, mine=folder).quarantined
    assert row.line == 2
    assert row.reason.startswith(f"images: 'images/bad.png' {reason}")
    assert " at 0x" not in row.reason


def test_an_image_that_cannot_be_used_is_looked_at_once(tmp_path: Path) -> None:
    rows = [*ROWS[:16], *(native_row(number, images=["images/bad.png"]) for number in range(16, 20))]
    folder = write_native(tmp_path / "mine", rows)
    (folder / "images" / "bad.png").write_bytes(b"hello")
    assert len({row.reason for row in read(tmp_path, mine=folder).quarantined}) == 1


def test_the_bytes_of_a_parquet_file_may_be_no_image(tmp_path: Path) -> None:
    rows = [
        {**native_row(n), "images": [{"bytes": encoded(photograph(n)) if n else b"hello", "path": None}]}
        for n in range(20)
    ]
    [row] = read(tmp_path, mine=write_parquet(tmp_path / "mine.parquet", rows)).quarantined
    assert (row.line, row.reason[:18]) == (1, "images: its bytes ")


@pytest.mark.parametrize("mode", ["P", "LA", "L", "1", "I;16", "CMYK", "RGBA"])
def test_pictures_of_every_mode_are_read_without_a_warning(tmp_path: Path, mode: str) -> None:
    picture = Image.new("RGBA", (24, 24), (255, 0, 0, 128)).convert("RGB" if mode in {"P", "CMYK"} else "RGBA")
    picture = Image.new("I;16", (24, 24)) if mode == "I;16" else picture.convert(mode)
    options = {"transparency": bytes(range(200))} if mode == "P" else {}
    folder = with_row(tmp_path / "mine", images=["images/odd"])
    (folder / "images" / "odd").write_bytes(encoded(picture, "TIFF" if mode == "CMYK" else "PNG", **options))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not read(tmp_path, mine=folder).quarantined


def test_a_text_of_100_000_characters_is_kept(tmp_path: Path) -> None:
    suite = read(tmp_path, mine=with_row(tmp_path / "mine", text="x" * 100_000))
    assert len(suite["mine"].train[1].text) == 100_000 or len(suite["mine"].validation[0].text) == 100_000


def test_missing_data_names_the_task_and_the_path(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"suite.tasks.mine.data: .*none: does not exist; expected a folder with examples.jsonl"
    ):
        read(tmp_path, mine=tmp_path / "none")


def test_a_folder_without_data_says_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(DataError, match=r"suite.tasks.mine.data: .*mine: no data file; expected examples.jsonl"):
        read(tmp_path, mine=tmp_path / "mine")


def test_files_that_no_name_tells_apart_are_listed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in ("one.jsonl", "two.json"):
        (tmp_path / "mine" / name).write_text("{}")
    with pytest.raises(DataError, match=r"2 files \(one.jsonl, two.json\); expected"):
        read(tmp_path, mine=tmp_path / "mine")


def test_a_file_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a,b\n")
    with pytest.raises(DataError, match=r"suite.tasks.mine.data: .*mine.csv: unknown kind of file; accepted: .jsonl"):
        read(tmp_path, mine=tmp_path / "mine.csv")


@pytest.mark.parametrize(("name", "content"), [("mine.jsonl", ""), ("mine.jsonl", "\n\n"), ("mine.json", "[]")])
def test_an_empty_task_is_an_error(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=r"task mine: .*is empty; expected at least one row"):
        read(tmp_path, mine=tmp_path / name)


def test_a_task_of_which_no_row_can_be_used_says_how_many_and_why(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", [native_row(n, target=[]) for n in range(20)])
    with pytest.raises(DataError, match=r"none of 20 rows can be used; the first, .*jsonl:1: target: an empty"):
        read(tmp_path, mine=folder)


def test_a_task_without_training_examples_says_what_there_is(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", [native_row(n, split="test" if n else "dev") for n in range(20)])
    with pytest.raises(DataError, match=r"task mine: no training examples: the data holds 1 validation, 19 test; mark"):
        read(tmp_path, mine=folder)


def test_rows_of_no_known_format_are_an_error_that_names_their_keys(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(json.dumps({"question": "What?", "answer": "cat"}))
    with pytest.raises(DataError, match=r"mine.jsonl:1: no known format has the keys question, answer; accepted: "):
        read(tmp_path, mine=tmp_path / "mine.jsonl")


def test_a_truncated_parquet_file_is_named_with_its_task(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "mine.parquet", [native_row(n, images=...) for n in range(20)])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"task mine: .*mine.parquet: is not a whole Parquet file"):
        read(tmp_path, mine=path)


def test_an_error_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read(tmp_path, mine=write_native(tmp_path / "mine", [native_row(n, target=[]) for n in range(20)]))
    assert list((tmp_path / "cache").iterdir()) == []


def test_bad_rows_of_one_task_leave_the_others_alone(tmp_path: Path) -> None:
    suite = read(tmp_path, good=write_native(tmp_path / "good", ROWS), bad=with_row(tmp_path / "bad", target=[]))
    assert [row.task for row in suite.quarantined] == ["bad"]
    assert len(suite["good"].test) == 5
