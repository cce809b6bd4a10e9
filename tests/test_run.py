"""The run folder: files whole or not at all, freshness by content, journals that survive a kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mintune.config import Config
from mintune.errors import RunError
from mintune.records import Cost, ProfileTable
from mintune.run import Journal, RunFolder, digest, provenance, write_bytes


def save(run: RunFolder, inputs: str) -> None:
    origin = provenance("profile", inputs, config=Config(), seed=0, data={}, backbone="none")
    run.write_record(
        "profile/table.json", ProfileTable(estimator="knowledge", profiles=(), cost=Cost(seconds=2)), origin
    )


def test_a_record_read_back_equals_the_one_written(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    save(run, "abc")
    assert run.read_record("profile/table.json", ProfileTable).cost.seconds == 2


def test_an_artefact_is_fresh_only_for_the_inputs_it_was_made_from(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert not run.is_fresh("profile/table.json", "abc")
    save(run, "abc")
    assert run.is_fresh("profile/table.json", "abc")
    assert not run.is_fresh("profile/table.json", "other")


def test_a_damaged_record_says_where_and_what_to_do(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    save(run, "abc")
    path = run / "profile/table.json"
    path.write_text(path.read_text()[:-20])
    with pytest.raises(RunError, match=r"table\.json.*delete it"):
        run.read_record("profile/table.json", ProfileTable)
    assert not run.is_fresh("profile/table.json", "abc")


def test_a_record_of_another_shape_names_the_key(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    write_bytes(run / "profile/table.json", json.dumps({"estimator": 3, "profiles": []}).encode())
    with pytest.raises(RunError, match="estimator"):
        run.read_record("profile/table.json", ProfileTable)


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(RunError, match="--run"):
        RunFolder(blocked / "run")


def test_a_failed_write_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = write_bytes(tmp_path / "a.bin", b"old")
    (tmp_path / "b").mkdir()
    with pytest.raises(RunError):
        write_bytes(tmp_path / "b", b"a folder stands here")
    assert path.read_bytes() == b"old"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.bin", "b"]


@pytest.mark.parametrize("cut", [1, 5, 11])
def test_a_journal_loses_only_the_row_that_was_being_written(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "answers.jsonl"
    Journal(path).append([{"a": 1}, {"b": 2}, {"c": "終"}])
    path.write_bytes(path.read_bytes()[:-cut])
    reopened = Journal(path)
    assert list(reopened) == [{"a": 1}, {"b": 2}]
    reopened.append([{"d": 4}])
    assert list(Journal(path)) == [{"a": 1}, {"b": 2}, {"d": 4}]


@pytest.mark.parametrize("damage", [b'{"b": ', b"\xff\xfe", b""])
def test_a_journal_damaged_in_the_middle_says_in_which_line(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'{"a": 1}\n' + damage + b'\n{"c": 3}\n')
    with pytest.raises(RunError, match=r"answers\.jsonl:2: is damaged.*delete the file"):
        list(Journal(path))


HOLD = """
import sys, time
from pathlib import Path
from mintune.run import RunFolder
with RunFolder(Path(sys.argv[1])).held():
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_folder_in_use_names_the_process_and_a_kill_leaves_no_lock_behind(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    other = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    with other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f"process {other.pid} is working in this run folder"), run.held():
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
    with run.held(), run.held():
        save(run, "abc")
    with RunFolder(tmp_path).held():
        assert run.is_fresh("profile/table.json", "abc")


def test_a_folder_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="in the middle"), RunFolder(tmp_path).held():
        raise ValueError("in the middle")
    with RunFolder(tmp_path).held():
        pass


def test_digests_go_by_content() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest(Cost(steps=1)) != digest(Cost(steps=2))
    assert digest("a", "b") != digest("ab")


def test_a_digest_of_nested_records_is_that_of_their_json() -> None:
    cost = Cost(steps=1)
    assert digest([cost], {"a": (cost,)}) == digest([cost.model_dump()], {"a": [cost.model_dump()]})
    with pytest.raises(TypeError):
        digest({1, 2})


def test_costs_add_up() -> None:
    one = Cost(seconds=1.5, examples=2, tokens=3, steps=4)
    assert sum([one, one], Cost()) == Cost(seconds=3, examples=4, tokens=6, steps=8)


def test_striking_rows_of_a_journal_leaves_the_others_as_they_were_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    journal.append([{"step": 1, "task": "色"}])
    before = journal.path.read_bytes()
    journal.append([{"step": 2, "task": "形"}])
    assert journal.keep(lambda row: row["step"] <= 1) == [{"step": 1, "task": "色"}]
    assert journal.path.read_bytes() == before
    assert Journal(tmp_path / "absent.jsonl").keep(lambda _: True) == []
    assert not (tmp_path / "absent.jsonl").exists()
