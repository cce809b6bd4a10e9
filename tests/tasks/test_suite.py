"""A suite is read once, in any format, with what its splits promise."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tests.tasks.samples import INSTRUCTION, native_row, png, read, write_native, write_parquet, write_pictures

from mintune.config import SuiteSettings, TaskSettings, WorldSettings
from mintune.errors import ConfigError
from mintune.records import SPLITS, Example, Suite
from mintune.tasks import reading
from mintune.tasks.storage import ArrowExamples
from mintune.tasks.suite import load_suite

ROWS = [native_row(number) for number in range(20)]


def ids(examples: Any) -> list[str]:
    return [example.id for example in examples]


def pictures(examples: Any) -> set[str]:
    return {picture.sha256 for example in examples for picture in example.images}


def test_what_is_read_is_what_stands_in_the_file(tmp_path: Path) -> None:
    suite = read(tmp_path, mine=write_native(tmp_path / "mine", ROWS))
    task = suite["mine"]
    assert (task.instruction, task.metric, task.domain) == (INSTRUCTION, "exact_match", "mine")
    assert not suite.quarantined
    assert ids(task.test) == ["row-3", "row-7", "row-11", "row-15", "row-19"]
    example = task.test[0]
    assert (example.text, example.targets, example.choices) == ("There are 3 dots.", ("yes",), ("yes", "no"))
    assert [picture.data for picture in example.images] == [png(3)]


def test_what_many_rows_share_is_held_once(tmp_path: Path) -> None:
    choices = [f"{place:0200d}" for place in range(20)]  # some 5 kB
    rows = [
        {**native_row(number % 20), "id": str(number), "choices": choices, "target": choices[0]}
        for number in range(4000)
    ]
    folder = write_native(tmp_path / "mine", rows)
    del rows
    tracemalloc.start()
    try:
        suite = read(tmp_path, mine=folder)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(suite["mine"].train) > 2000
    assert peak < 15e6


def chat_rows(fmt: str, *, with_bytes: bool) -> list[dict[str, Any]]:
    """The native rows as chats."""
    rows = []
    for number in range(20):
        words, answer = f"{INSTRUCTION}\nThere are {number} dots.", "yes" if number % 2 else "no"
        image: Any = {"bytes": png(number), "path": None} if with_bytes else f"images/{number}.png"
        common = {"id": f"row-{number}", "split": "test" if number % 4 == 3 else "train", "choices": ["yes", "no"]}
        if fmt == "llava":
            turns = [{"from": "human", "value": f"<image>\n{words}"}, {"from": "gpt", "value": answer}]
            rows.append({**common, "image": image, "conversations": turns})
        elif fmt == "sharegpt":
            turns = [{"role": "user", "content": f"<image>{words}"}, {"role": "assistant", "content": answer}]
            rows.append({**common, "images": [image], "messages": turns})
        else:
            asked = [{"type": "image", "text": None}, {"type": "text", "text": words}]
            turns = [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": [{"type": "text", "text": answer}]},
            ]
            rows.append({**common, "images": [image], "messages": turns})
    return rows


@pytest.mark.parametrize("kind", ["json", "jsonl", "parquet"])
@pytest.mark.parametrize("fmt", ["llava", "sharegpt", "messages"])
def test_a_task_is_the_same_task_in_every_format(tmp_path: Path, fmt: str, kind: str) -> None:
    native = read(tmp_path, mine=write_native(tmp_path / "mine", ROWS))["mine"]
    write_pictures(tmp_path, range(20))
    path = tmp_path / f"rows.{kind}"
    rows = chat_rows(fmt, with_bytes=kind == "parquet")
    if kind == "parquet":
        write_parquet(path, rows)
    else:
        path.write_text(json.dumps(rows) if kind == "json" else "".join(json.dumps(row) + "\n" for row in rows))
    suite = read(tmp_path, mine=path)
    assert not suite.quarantined
    assert suite["mine"].instruction == native.instruction
    assert suite["mine"].fingerprint == native.fingerprint
    for split in SPLITS:
        assert list(suite["mine"].splits[split]) == list(native.splits[split])


def test_splits_come_from_the_names_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write_pictures(folder, range(12))
    for name, numbers in {"train-00000": range(6), "train-00001": range(6, 8), "dev": [8, 9], "test": [10, 11]}.items():
        rows = [native_row(number, split=...) for number in numbers]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    task = read(tmp_path, mine=folder)["mine"]
    assert {split: len(examples) for split, examples in task.splits.items()} == {"train": 8, "validation": 2, "test": 2}
    assert ids(task.test) == ["row-10", "row-11"]
    assert task.notes == ()


def test_parquet_files_in_a_sub_folder_data_are_found(tmp_path: Path) -> None:
    rows = chat_rows("messages", with_bytes=True)
    for row in rows:
        del row["split"]
    write_parquet(tmp_path / "mine" / "data" / "train-00000-of-00001.parquet", rows[:15])
    write_parquet(tmp_path / "mine" / "data" / "test-00000-of-00001.parquet", rows[15:])
    task = read(tmp_path, mine=tmp_path / "mine")["mine"]
    assert ids(task.test) == [f"row-{number}" for number in range(15, 20)]


def test_without_a_test_split_one_is_held_out_and_said_so(tmp_path: Path) -> None:
    task = read(tmp_path, mine=write_native(tmp_path / "mine", [native_row(n, split=...) for n in range(20)]))["mine"]
    assert {split: len(task.splits[split]) for split in SPLITS} == {"train": 14, "validation": 2, "test": 4}
    assert task.notes == ("the data has no test split: 4 of 20 examples held out as test, by image",)


def test_no_image_is_on_both_sides_of_a_split_that_was_held_out(tmp_path: Path) -> None:
    rows = [native_row(n, split=..., images=[f"images/{n // 3}.png"]) for n in range(60)]
    task = read(tmp_path, mine=write_native(tmp_path / "mine", rows))["mine"]
    shown = [pictures(task.splits[split]) for split in SPLITS]
    assert all(shown)
    assert sum(map(len, shown)) == len(set.union(*shown))


def test_the_seed_decides_what_is_held_out(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", ROWS)
    held = [tuple(ids(read(tmp_path, seed, mine=folder)["mine"].validation)) for seed in (0, 0, 1, 2)]
    assert held[0] == held[1]
    assert len(set(held)) > 1


def test_an_instruction_in_the_settings_replaces_the_one_found(tmp_path: Path) -> None:
    settings = TaskSettings(
        data=write_native(tmp_path / "mine", ROWS), instruction="Decide.", metric="anls", domain="dots"
    )
    task = read(tmp_path, mine=settings)["mine"]
    assert (task.instruction, task.metric, task.domain) == ("Decide.", "anls", "dots")
    assert task.train[0].text == "There are 0 dots."


def test_an_instruction_in_the_settings_takes_no_words_from_prompts_that_do_not_say_it(tmp_path: Path) -> None:
    write_pictures(tmp_path, range(20))
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(chat_rows("llava", with_bytes=False)))
    told = read(tmp_path, mine=TaskSettings(data=path, instruction="Decide."))["mine"]
    assert (told.instruction, told.train[0].text) == ("Decide.", f"{INSTRUCTION}\nThere are 0 dots.")
    same = read(tmp_path, mine=TaskSettings(data=path, instruction=INSTRUCTION))["mine"]
    assert (same.instruction, same.train[0].text) == (INSTRUCTION, "There are 0 dots.")
    assert told.fingerprint != same.fingerprint


def test_instructions_that_differ_are_split_as_prompts(tmp_path: Path) -> None:
    rows = [native_row(n, instruction=f"Look well.\nIs it {n}?", text="") for n in range(20)]
    task = read(tmp_path, mine=write_native(tmp_path / "mine", rows))["mine"]
    assert task.instruction == "Look well."
    assert task.train[0].text == "Is it 0?"


def test_open_answers_are_scored_by_token_f1(tmp_path: Path) -> None:
    rows = [native_row(n, choices=None) for n in range(20)]
    assert read(tmp_path, mine=write_native(tmp_path / "mine", rows))["mine"].metric == "token_f1"


def test_rows_without_id_are_named_by_file_and_line(tmp_path: Path) -> None:
    task = read(tmp_path, mine=write_native(tmp_path / "mine", [native_row(n, id=...) for n in range(20)]))["mine"]
    assert ids(task.test)[0] == "examples.jsonl:4"


def test_examples_without_images_are_read(tmp_path: Path) -> None:
    rows = [native_row(n, images=..., split=...) for n in range(20)]
    task = read(tmp_path, mine=write_native(tmp_path / "mine", rows))["mine"]
    assert {len(task.splits[split]) for split in SPLITS} == {14, 2, 4}
    assert task.train[0].images == ()


def test_an_image_is_stored_once(tmp_path: Path) -> None:
    rows = [native_row(n, images=[f"images/{n % 2}.png"]) for n in range(20)]
    task = read(tmp_path, mine=write_native(tmp_path / "mine", rows))["mine"]
    assert isinstance(task.train, ArrowExamples)
    assert len(task.train.images) == 2


def test_examples_behave_as_a_sequence(tmp_path: Path) -> None:
    train = read(tmp_path, mine=write_native(tmp_path / "mine", ROWS))["mine"].train
    every = list(train)
    assert isinstance(every[0], Example)
    assert train[-1] == every[-1]
    assert list(train[2:6:2]) == every[2:6:2]
    assert list(pickle.loads(pickle.dumps(train))) == every
    with pytest.raises(IndexError):
        train[len(train)]


def same(one: Suite, other: Suite) -> bool:
    return one.quarantined == other.quarantined and all(
        (a.fingerprint, a.instruction, a.notes) == (b.fingerprint, b.instruction, b.notes)
        and all(list(a.splits[split]) == list(b.splits[split]) for split in a.splits)
        for a, b in zip(one.tasks, other.tasks, strict=True)
    )


def test_what_was_stored_is_opened_again_without_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_native(tmp_path / "mine", [*ROWS, native_row(20)])
    first = read(tmp_path, mine=folder)

    def refuse(path: Path) -> None:
        raise AssertionError(f"{path} was read again")

    monkeypatch.setattr(reading, "rows_of", refuse)
    assert same(first, read(tmp_path, mine=folder))
    assert [row.task for row in first.quarantined] == ["mine"]


@pytest.mark.parametrize("changed", ["examples.jsonl", "images/3.png", "images/20.png"])
def test_a_changed_file_is_read_again(tmp_path: Path, changed: str) -> None:
    folder = write_native(tmp_path / "mine", [*ROWS, native_row(20)])
    before = read(tmp_path, mine=folder)
    path = folder / changed
    if changed == "examples.jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS[:-1]))
    else:
        path.write_bytes(png(99))
    after = read(tmp_path, mine=folder)
    assert after["mine"].fingerprint != before["mine"].fingerprint


def test_the_fingerprint_names_the_data_and_not_the_folder(tmp_path: Path) -> None:
    one = read(tmp_path, mine=write_native(tmp_path / "one", ROWS))["mine"]
    other = read(tmp_path, other=write_native(tmp_path / "other", ROWS))["other"]
    assert one.fingerprint == other.fingerprint


def test_a_kill_while_storing_leaves_nothing_that_is_taken_for_whole(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", ROWS)
    first = read(tmp_path, mine=folder)
    [stored] = (tmp_path / "cache").iterdir()
    abandoned = stored.with_name(f".{stored.name}.{2**22 + 1}.partial")
    shutil.copytree(stored, abandoned)
    shutil.rmtree(stored)
    (abandoned / "task.json").unlink()
    assert same(first, read(tmp_path, mine=folder))
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [stored.name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(mode=0o500)
    with pytest.raises(Exception, match="is not a folder that can be written"):
        read(tmp_path, mine=write_native(tmp_path / "mine", ROWS))


def test_a_cache_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(Exception, match="is not a folder that can be written"):
        read(tmp_path, mine=write_native(tmp_path / "mine", ROWS))


def test_a_name_of_the_world_is_refused_for_a_task_of_ones_own(tmp_path: Path) -> None:
    from mintune.tasks.world.catalogue import WORLD_TASKS

    name = WORLD_TASKS[0].name
    settings = SuiteSettings(
        tasks={name: TaskSettings(data=write_native(tmp_path / "mine", ROWS))},
        world=WorldSettings(examples=20, test_examples=10, tasks=(name,)),
    )
    with pytest.raises(ConfigError, match=f"suite.tasks.{name}: the built-in world has a task of this name"):
        load_suite(settings, seed=0, cache=tmp_path / "cache")


def test_own_tasks_come_before_those_of_the_world(tmp_path: Path) -> None:
    from mintune.tasks.world.catalogue import WORLD_TASKS

    settings = SuiteSettings(
        tasks={"mine": TaskSettings(data=write_native(tmp_path / "mine", ROWS))},
        world=WorldSettings(examples=20, test_examples=10, tasks=(WORLD_TASKS[0].name,)),
    )
    suite = load_suite(settings, seed=0, cache=tmp_path / "cache")
    assert [task.name for task in suite.tasks] == ["mine", WORLD_TASKS[0].name]
