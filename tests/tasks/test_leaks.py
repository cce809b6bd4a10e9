"""What is tested is found among what is learnt, however it was saved, and is taken out of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.tasks.samples import encoded, native_row, photograph, png, read, write_native

from mintune.errors import DataError
from mintune.records import Suite
from mintune.tasks.check import check_suite
from mintune.tasks.copies import NEAR as NEAR_LEVELS
from mintune.tasks.copies import near_copies
from mintune.tasks.findings import Finding
from mintune.tasks.images import inspect_image
from mintune.tasks.leaks import drop_leaks


def leaks(suite: Suite) -> list[Finding]:
    return [found for found in check_suite(suite) if "leak" in found.code]


def places(found: Finding) -> list[tuple[str, ...]]:
    """File and line of what is learnt and of the test example that it is the same as, without the folder."""
    return [tuple(Path(place).name for place in where.split(", as ")) for where in found.where]


def two_tasks(tmp_path: Path, picture: bytes) -> Suite:
    """Task `one` learns from the pictures 0 to 15, the first of which is given; `other` tests the picture 40 alone."""
    one = write_native(tmp_path / "one", [native_row(n, split="test" if n == 19 else "train") for n in range(20)])
    (one / "images" / "0.png").write_bytes(picture)
    other = write_native(tmp_path / "other", [native_row(n, images=[f"images/{n}.png"]) for n in range(30, 44)])
    for number in range(30, 44):
        (other / "images" / f"{number}.png").write_bytes(png(number))
    rows = [native_row(n, split="test" if n == 40 else "train") for n in range(30, 44)]
    return read(tmp_path, one=one, other=write_native(other, rows))


COPIES: dict[str, bytes] = {
    "the same file": png(40),
    "saved again without loss": encoded(photograph(40), "BMP"),
    "saved again as RGBA": encoded(photograph(40).convert("RGBA"), "PNG", compress_level=1),
}
NEAR: dict[str, bytes] = {
    "saved again with loss": encoded(photograph(40), "JPEG", quality=85),
    "at another size": encoded(photograph(40).resize((48, 48), Image.Resampling.BICUBIC)),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_tested_picture_is_found_in_another_task_however_it_was_saved(tmp_path: Path, name: str) -> None:
    suite = two_tasks(tmp_path, COPIES[name])
    [found] = leaks(suite)
    assert (found.severity, found.task, found.code, found.other) == ("warning", "one", "leak", "other")
    learnt, asked = (tmp_path / task / "examples.jsonl" for task in ("one", "other"))
    assert (found.count, found.where) == (1, (f"{learnt}:1, as {asked}:11",))
    left = drop_leaks(suite)
    assert leaks(left) == []
    assert [(row.task, row.line, row.reason) for row in left.quarantined] == [
        ("one", 1, "leak: its picture is in the test split of other")
    ]


@pytest.mark.parametrize("name", NEAR)
def test_a_near_copy_is_shown_and_left_in(tmp_path: Path, name: str) -> None:
    suite = two_tasks(tmp_path, NEAR[name])
    [found] = leaks(suite)
    assert (found.severity, found.code, found.other, found.count) == ("warning", "near_leak", "other", 1)
    assert places(found) == [("examples.jsonl:1", "examples.jsonl:11")]
    assert drop_leaks(suite).quarantined == ()


def test_the_fingerprint_of_what_is_left_does_not_name_the_folder(tmp_path: Path) -> None:
    one, other = (two_tasks(tmp_path / name, png(40)) for name in ("here", "there"))
    assert drop_leaks(one)["one"].fingerprint == drop_leaks(other)["one"].fingerprint != one["one"].fingerprint


def test_different_pictures_are_no_copies(tmp_path: Path) -> None:
    suite = two_tasks(tmp_path, png(50))
    assert leaks(suite) == []
    assert drop_leaks(suite) == suite


def test_a_picture_of_one_colour_is_a_placeholder(tmp_path: Path) -> None:
    blank = encoded(Image.new("RGB", (24, 24), "white"))
    folder = write_native(tmp_path / "mine", [native_row(n, images=["images/0.png"]) for n in range(20)])
    (folder / "images" / "0.png").write_bytes(blank)
    suite = read(tmp_path, mine=folder)
    assert leaks(suite) == []
    assert drop_leaks(suite) == suite


def test_a_leak_within_a_task_is_an_error(tmp_path: Path) -> None:
    rows = [native_row(n, images=["images/3.png"] if n in {0, 3} else [f"images/{n}.png"]) for n in range(20)]
    suite = read(tmp_path, mine=write_native(tmp_path / "mine", rows))
    [found] = leaks(suite)
    assert (found.severity, found.code, found.other) == ("error", "leak", None)
    assert places(found) == [("examples.jsonl:1", "examples.jsonl:4")]
    assert found.message == "1 training example showing a picture of the test split; left out by `mintune run`"
    left = drop_leaks(suite)["mine"]
    assert len(left.train) + len(left.validation) == 14
    assert left.fingerprint != suite["mine"].fingerprint
    assert list(left.test) == list(suite["mine"].test)


def test_words_alone_leak_within_a_task(tmp_path: Path) -> None:
    texts = {1: "There are 3 dots!", 3: "there are 3 dots"}
    rows = [native_row(n, images=..., text=texts.get(n, f"{n} dots")) for n in range(20)]
    suite = read(tmp_path, mine=write_native(tmp_path / "mine", rows))
    [found] = leaks(suite)
    assert (found.severity, found.code) == ("error", "leak_in_words")
    assert places(found) == [("examples.jsonl:2", "examples.jsonl:4")]
    assert [row.line for row in drop_leaks(suite).quarantined] == [2]


def long_text(number: int) -> str:
    return f"Number {number} is described at such length that nobody writes the same words of another by chance."


def test_a_long_text_beside_another_picture_is_noted_within_a_task(tmp_path: Path) -> None:
    rows = [native_row(n, text=long_text(3 if n == 1 else n)) for n in range(20)]
    [found] = leaks(read(tmp_path, mine=write_native(tmp_path / "mine", rows)))
    assert (found.severity, found.code) == ("note", "leak_of_text")
    assert places(found) == [("examples.jsonl:2", "examples.jsonl:4")]


def test_a_long_text_that_another_task_tests_is_a_warning(tmp_path: Path) -> None:
    def rows(start: int, **changes: Any) -> list[dict[str, Any]]:
        return [native_row(n, images=..., text=long_text(start + n), **changes) for n in range(20)]

    one = rows(0)
    one[0]["text"] = long_text(103)
    suite = read(tmp_path, one=write_native(tmp_path / "one", one), other=write_native(tmp_path / "other", rows(100)))
    [found] = leaks(suite)
    assert (found.severity, found.task, found.code, found.other) == ("warning", "one", "leak_of_text", "other")
    assert places(found) == [("examples.jsonl:1", "examples.jsonl:4")]


def test_a_task_of_which_nothing_is_left_to_learn_is_an_error(tmp_path: Path) -> None:
    rows = [native_row(n, images=["images/0.png"], split="test" if n == 3 else "train") for n in range(20)]
    rows[4]["split"] = "validation"
    suite = read(tmp_path, mine=write_native(tmp_path / "mine", rows))
    with pytest.raises(DataError, match="task mine: all of its training examples are also test examples"):
        drop_leaks(suite)


def test_near_copies_are_those_that_a_search_of_all_pairs_finds() -> None:
    known = {f"{n}": inspect_image(png(n), 10**6, "") for n in range(300)}
    shaded = [photograph(n).point(lambda level, n=n: min(255, level + n % 12)) for n in range(300)]  # type: ignore[misc]
    asked = {f"copy of {n}": inspect_image(encoded(picture), 10**6, "") for n, picture in enumerate(shaded)}

    def distance(one: str, other: str) -> float:
        pairs = zip(known[one].thumbnail, asked[other].thumbnail, strict=True)
        return float((sum((a - b) ** 2 for a, b in pairs) / 768) ** 0.5)

    copies = [(name, f"copy of {name}") for name in known]
    expected = {pair for pair in copies if distance(*pair) <= NEAR_LEVELS}
    assert set(near_copies(known, asked)) == expected
    assert 0 < len(expected) < 300


def test_no_pictures_have_no_copies() -> None:
    assert list(near_copies({}, {})) == []
