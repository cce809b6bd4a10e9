"""Predictions on disk: what is written is read, and what cannot be used is told."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mintune.errors import DataError
from mintune.profile.predictions import fingerprint, gold_of, read, read_for, write, write_task
from mintune.records import VIEWS, Prediction, Quarantined

SOME = [
    Prediction("pairs", "2", "both", "no", (-0.1, -2.5), ("no", "nope")),
    Prediction("pairs", "1", "both", "はい", None, None),
    Prediction("pairs", "1", "none", "", (0.0,), ("a",)),
]

names = st.text(min_size=1, max_size=5).filter(str.strip)
predictions = st.builds(
    Prediction,
    task=names,
    example_id=names,
    view=st.sampled_from(VIEWS),
    answer=st.text(max_size=10),
    scores=st.none() | st.lists(st.floats(-1e6, 0), max_size=4).map(tuple),
    gold=st.none() | st.lists(st.text(max_size=4), max_size=3).map(tuple),
)


def key(prediction: Prediction) -> tuple[str, str, str]:
    return prediction.task, prediction.view, prediction.example_id


@settings(deadline=None, max_examples=50)
@given(st.lists(predictions, max_size=6, unique_by=key))
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, some: list[Prediction]) -> None:
    path = write(tmp_path_factory.mktemp("predictions") / "all.parquet", some)
    assert read(path) == (sorted(some, key=key), [])


def test_the_same_predictions_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, some) for name, some in (("a.parquet", SOME), ("b.parquet", SOME[::-1])))
    assert first.read_bytes() == second.read_bytes()


def test_a_task_is_one_file_a_view_and_a_folder_reads_back_whole(tmp_path: Path) -> None:
    paths = write_task(tmp_path / "pairs", SOME)
    assert [path.name for path in paths] == ["none.parquet", "both.parquet"]
    assert sorted(read(tmp_path)[0], key=key) == sorted(SOME, key=key)


def test_csv_reads_lists_as_json_and_plain_gold_as_one_answer(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "task,example_id,view,answer,scores,gold\n"
        'pairs,1,image,yes,"[-0.5, -1]","[""yes"", ""yeah""]"\n'
        "pairs,1,text,no,,no\n",
        encoding="utf-8",
    )
    found, aside = read(path)
    assert not aside
    assert found == [
        Prediction("pairs", "1", "image", "yes", (-0.5, -1.0), ("yes", "yeah")),
        Prediction("pairs", "1", "text", "no", None, ("no",)),
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('t,1,image,a,"[NaN, -1]",', "scores hold a value that is not a finite number"),
        ('t,1,image,a,"[-Infinity]",', "scores hold a value that is not a finite number"),
        ("t,1,image,a,low,", "scores are 'low'"),
        ("t,1,picture,a,,", "view is 'picture'"),
        ("t,1,image", "answer is missing"),
        ("t,,image,yes", "example_id is empty"),
    ],
)
def test_a_row_that_cannot_be_used_is_set_aside_with_its_place(tmp_path: Path, row: str, reason: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(f"task,example_id,view,answer,scores,gold\nt,0,image,a,,\n{row}\n", encoding="utf-8")
    found, (aside,) = read(path)
    assert [prediction.example_id for prediction in found] == ["0"]
    assert (aside.task, aside.file, aside.line) == ("t", str(path), 3)
    assert reason in aside.reason


def test_nan_scores_in_parquet_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    columns = {"task": ["t"], "example_id": ["1"], "view": ["both"], "answer": ["a"], "scores": [[float("nan"), 0.0]]}
    pq.write_table(pa.table(columns), path)
    found, (aside,) = read(path)
    assert not found
    assert "not a finite number" in aside.reason


def test_a_truncated_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = write(tmp_path / "all.parquet", SOME)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"all\.parquet: cannot be read as Parquet"):
        read(path)


def test_a_missing_column_an_empty_folder_and_another_format_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no prediction file"):
        read(tmp_path)
    path = tmp_path / "mine.csv"
    path.write_text("task,example_id,view\n", encoding="utf-8")
    with pytest.raises(DataError, match="lacks column answer; found task, example_id, view"):
        read(path)
    (tmp_path / "mine.txt").touch()
    with pytest.raises(DataError, match=r"mine.txt: is not a prediction file; expected \*.parquet or \*.csv"):
        read(tmp_path / "mine.txt")
    with pytest.raises(DataError, match=r"absent.parquet: does not exist"):
        read(tmp_path / "absent.parquet")


def test_predictions_on_other_tasks_are_set_aside_once_a_task(tmp_path: Path) -> None:
    write(tmp_path / "all.parquet", SOME)
    found, aside = read_for(["pairs", "unasked"], tmp_path)
    assert {task: len(some) for task, some in found.items()} == {"pairs": 3, "unasked": 0}
    assert aside == []
    write(tmp_path / "more.parquet", [Prediction("others", str(number), "both", "x") for number in range(4)])
    [row] = read_for(["pairs"], tmp_path)[1]
    assert (row.task, row.reason) == ("others", "4 rows: the suite has no task of this name")


def test_predictions_on_none_of_the_tasks_are_an_error_that_names_both(tmp_path: Path) -> None:
    write(tmp_path / "all.parquet", SOME)
    with pytest.raises(DataError, match=r"holds predictions on pairs; none on a task of the suite \(a, b\)"):
        read_for(["a", "b"], tmp_path)


def test_the_fingerprint_goes_by_what_the_files_hold_and_not_by_where_they_lie(tmp_path: Path) -> None:
    for place in ("here", "there"):
        write(tmp_path / place / "all.parquet", SOME)
    first = fingerprint(tmp_path / "here")
    assert first == fingerprint(tmp_path / "there")
    write(tmp_path / "there" / "all.parquet", SOME[:2])
    assert first != fingerprint(tmp_path / "there")
    with pytest.raises(DataError, match=r"nothing.csv: does not exist; expected"):
        fingerprint(tmp_path / "nothing.csv")


def test_a_run_folder_among_the_predictions_is_none_of_them(tmp_path: Path) -> None:
    write(tmp_path / "mine.parquet", SOME)
    before = fingerprint(tmp_path, without=tmp_path / "runs")
    write(tmp_path / "runs" / "default" / "predictions" / "pairs" / "both.parquet", SOME[:1])
    assert fingerprint(tmp_path, without=tmp_path / "runs") == before
    assert len(read(tmp_path, without=tmp_path / "runs")[0]) == len(SOME)


@pytest.mark.parametrize("whole", [True, False])
def test_the_case_of_a_suffix_does_not_matter(tmp_path: Path, whole: bool) -> None:
    write(tmp_path / "a.PARQUET", SOME)
    (tmp_path / "b.CSV").write_text("task,example_id,view,answer\npairs,99,both,yes\n")
    files = [tmp_path] if whole else [tmp_path / "a.PARQUET", tmp_path / "b.CSV"]
    assert sum(len(read(file)[0]) for file in files) == len(SOME) + 1


def test_without_gold_and_data_it_is_said_that_no_estimator_can_do(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [Prediction("t", "1", "both", "x")])
    with pytest.raises(DataError, match=r"no row has gold; add a column `gold`, .*with `delta`, too"):
        gold_of(tmp_path)


def with_gold(path: Path, *rows: str) -> Path:
    """A CSV of rows on a task t, each an example id, a view and a gold answer; every answer is x."""
    lines = [f"t,{name},{view},x,{gold}" for name, view, gold in (row.split(" ", 2) for row in rows)]
    path.write_text("\n".join(["task,example_id,view,answer,gold", *lines]) + "\n")
    return path


def test_an_example_on_whose_gold_rows_disagree_is_set_aside_once_where_they_first_do(tmp_path: Path) -> None:
    path = with_gold(tmp_path / "a.csv", "1 image yes", "1 text yes", "1 both no", "1 none maybe", "2 both no")
    gold, aside = gold_of(path)
    assert gold == {"t": {"2": ("no",)}}
    reason = "gold differs: example 1 has ['yes'] before and ['no'] here"
    assert aside == [Quarantined(task="t", file=str(path), line=4, reason=reason)]
    found, told_again = read_for(["t"], path, golden={"t": {"2"}})
    assert ([one.example_id for one in found["t"]], told_again) == (["2"], [])


@pytest.mark.parametrize("nothing", ["", "[]", '"[""""]"', "[null]"])
def test_an_example_of_which_no_row_has_gold_is_set_aside_once_with_its_first_row(tmp_path: Path, nothing: str) -> None:
    rows = [f"1 image {nothing}", f"1 both {nothing}", f"2 image {nothing}", "2 both no"]
    path = with_gold(tmp_path / "a.csv", *rows)
    gold, aside = gold_of(path)
    assert gold == {"t": {"2": ("no",)}}
    reason = "gold is missing: no row of example 1 has any"
    assert aside == [Quarantined(task="t", file=str(path), line=2, reason=reason)]
    found, told_again = read_for(["t"], path, golden={"t": {"2"}})
    assert ([one.example_id for one in found["t"]], told_again) == (["2", "2"], [])


def test_empty_gold_in_parquet_is_none(tmp_path: Path) -> None:
    columns = {"task": ["t", "t"], "example_id": ["1", "2"], "view": ["both"] * 2, "answer": ["x", "y"]}
    pq.write_table(pa.table({**columns, "gold": ["", "y"]}), tmp_path / "a.parquet")
    gold, [row] = gold_of(tmp_path)
    assert gold == {"t": {"2": ("y",)}}
    assert (row.line, row.reason) == (1, "gold is missing: no row of example 1 has any")


def test_a_task_without_gold_beside_one_that_has_some_is_told_example_by_example(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,example_id,view,answer,gold\nt,1,both,x,x\nu,1,both,x,\nu,1,image,x,\n")
    gold, [row] = gold_of(tmp_path)
    assert (list(gold), row.task, row.line) == (["t"], "u", 3)
    assert read_for(["t"], tmp_path, golden={"t": {"1"}})[1] == []


def test_where_no_row_has_gold_the_column_is_asked_for(tmp_path: Path) -> None:
    with_gold(tmp_path / "a.csv", "1 both ", "2 both []")
    with pytest.raises(DataError, match="no row has gold; add a column `gold`"):
        gold_of(tmp_path)


def test_where_no_row_can_be_used_the_first_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("task,example_id,view,answer,gold\nt,1,Both,yes,yes\nt,2,Both,no,no\n")
    for reading in (lambda: gold_of(tmp_path), lambda: read_for(["t"], tmp_path)):
        with pytest.raises(DataError, match=r"none of 2 rows can be used; the first: .*a\.csv:2: view is 'Both'"):
            reading()


def test_a_task_that_cannot_name_a_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", [Prediction("../up", "1", "both", "x", gold=("x",))])
    with pytest.raises(DataError, match=r"task '../up' is no name of a task"):
        gold_of(tmp_path)


def test_views_that_are_no_longer_there_are_removed(tmp_path: Path) -> None:
    write_task(tmp_path, SOME)
    write_task(tmp_path, SOME[:1])
    assert [path.name for path in tmp_path.iterdir()] == ["both.parquet"]
