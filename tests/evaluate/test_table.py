from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.evaluate.scored import scores

from mintune.config import Config
from mintune.errors import RunError
from mintune.evaluate.comparison import compare
from mintune.evaluate.table import read_provenance, read_scores, write_scores
from mintune.records import Cost, Score, ScoreTable
from mintune.run import provenance

ROWS = [*scores("one", [0.9, 0.8, 0.5]), *scores("other", [0.5, 0.9, 0.1])]
TABLE = ScoreTable(
    scores=tuple(ROWS),
    comparisons=compare(ROWS, strategy="one", confidence=0.95, seed=0),
    costs={"other": Cost(steps=3), "one": Cost(seconds=1.5)},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert read_scores(write_scores(tmp_path / "evaluate" / "scores.parquet", TABLE)) == TABLE
    assert read_scores(write_scores(tmp_path / "empty.parquet", ScoreTable(scores=()))) == ScoreTable(scores=())


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = write_scores(tmp_path / "first", TABLE), write_scores(tmp_path / "second", TABLE)
    assert first.read_bytes() == second.read_bytes()


def test_any_reader_of_parquet_sees_one_row_a_score(tmp_path: Path) -> None:
    rows = pq.read_table(write_scores(tmp_path / "scores.parquet", TABLE)).to_pylist()
    assert [Score.model_validate(row) for row in rows] == ROWS


def test_it_knows_where_it_comes_from(tmp_path: Path) -> None:
    origin = provenance("evaluate", "digest", config=Config(), seed=0, data={"t0": "f"}, backbone="mintune/tiny")
    assert read_provenance(write_scores(tmp_path / "scores.parquet", TABLE, origin)) == origin
    assert read_provenance(write_scores(tmp_path / "without.parquet", TABLE)) is None


def test_a_missing_a_torn_and_a_foreign_file_are_errors_that_say_what_to_do(tmp_path: Path) -> None:
    path = write_scores(tmp_path / "scores.parquet", TABLE)
    with pytest.raises(RunError, match="does not exist; run `mintune evaluate` first"):
        read_scores(tmp_path / "none.parquet")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RunError, match="is not a whole Parquet file"):
        read_scores(path)
    foreign = tmp_path / "foreign.parquet"
    pq.write_table(pq.read_table(write_scores(path, TABLE)).rename_columns({"value": "VALUE"}), foreign)
    with pytest.raises(RunError, match="delete the file"):
        read_scores(foreign)
