"""The score table on disk: evaluate/scores.parquet, one row a score; all that stands beside, in its metadata.

The same table gives the same bytes (under one version of pyarrow), and the file is written whole or not at all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mintune.records import SCHEMA_VERSION, Provenance, Score, ScoreTable
from mintune.run import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


def write_scores(path: Path, table: ScoreTable, provenance: Provenance | None = None) -> Path:
    """Write a score table as Parquet; returns the path. RunError where it cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata = {
        "schema_version": str(SCHEMA_VERSION),
        "beside_scores": json.dumps(table.model_dump(mode="json", exclude={"scores"}), sort_keys=True),
    }
    if provenance is not None:
        metadata["provenance"] = provenance.model_dump_json()
    rows = pa.Table.from_pylist([score.model_dump() for score in table.scores], schema=_schema())
    sink = pa.BufferOutputStream()
    pq.write_table(rows.replace_schema_metadata(metadata), sink, compression="zstd")
    return write_bytes(path, sink.getvalue().to_pybytes())


def _schema() -> pa.Schema:
    """Columns in the order of the record's fields."""
    import pyarrow as pa

    kinds: dict[object, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    return pa.schema([(name, kinds[field.annotation]) for name, field in Score.model_fields.items()])
