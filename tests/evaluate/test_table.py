from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
from tests.evaluate.scored import scores

from mintune.config import Config
from mintune.evaluate.comparison import compare
from mintune.evaluate.table import write_scores
from mintune.records import Cost, Provenance, Score, ScoreTable
from mintune.run import provenance

ROWS = [*scores("one", [0.9, 0.8, 0.5]), *scores("other", [0.5, 0.9, 0.1])]
TABLE = ScoreTable(
    scores=tuple(ROWS),
    comparisons=compare(ROWS, strategy="one", confidence=0.95, seed=0),
    costs={"other": Cost(steps=3), "one": Cost(seconds=1.5)},
)


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = write_scores(tmp_path / "first", TABLE), write_scores(tmp_path / "second", TABLE)
    assert first.read_bytes() == second.read_bytes()


def test_any_reader_of_parquet_sees_one_row_a_score(tmp_path: Path) -> None:
    rows = pq.read_table(write_scores(tmp_path / "scores.parquet", TABLE)).to_pylist()
    assert [Score.model_validate(row) for row in rows] == ROWS


def test_what_stands_beside_the_scores_is_in_the_metadata(tmp_path: Path) -> None:
    origin = provenance("evaluate", "digest", config=Config(), seed=0, data={"t0": "f"}, backbone="mintune/tiny")
    path = write_scores(tmp_path / "evaluate" / "scores.parquet", TABLE, origin)
    metadata = pq.read_schema(path).metadata
    beside = json.loads(metadata[b"beside_scores"])
    assert ScoreTable.model_validate({"scores": TABLE.scores, **beside}) == TABLE
    assert Provenance.model_validate_json(metadata[b"provenance"]) == origin


def test_a_table_without_scores_has_its_columns(tmp_path: Path) -> None:
    assert pq.read_table(write_scores(tmp_path / "empty.parquet", ScoreTable(scores=()))).column_names == list(
        Score.model_fields
    )
