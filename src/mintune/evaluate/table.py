"""The score table on disk: evaluate/scores.parquet, one row a score; all that stands beside, in its metadata.

The same table gives the same bytes (under one version of pyarrow), and the file is written whole or not at all.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from mintune.errors import RunError
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


def read_scores(path: Path) -> ScoreTable:
    """Read a score table. RunError where the file is missing, damaged, or of another schema."""
    rows = _read(path)
    metadata = _metadata(rows)
    try:
        return ScoreTable.model_validate(
            {"scores": rows.to_pylist(), **json.loads(metadata.get("beside_scores", "{}"))}
        )
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(f"{path}: {where}: {first['msg']}; delete the file to have it made again") from error


def read_provenance(path: Path) -> Provenance | None:
    """Where the table comes from; None where it was written without. RunError as `read_scores`."""
    text = _metadata(_read(path)).get("provenance")
    try:
        return None if text is None else Provenance.model_validate_json(text)
    except ValidationError as error:
        raise RunError(f"{path}: provenance is damaged; delete the file to have it made again") from error


def _read(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(pa.BufferReader(path.read_bytes()))
    except FileNotFoundError as error:
        raise RunError(f"{path}: does not exist; run `mintune evaluate` first") from error
    except (OSError, pa.ArrowException) as error:
        raise RunError(f"{path}: is not a whole Parquet file ({error}); delete it to have it made again") from error


def _metadata(rows: pa.Table) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (rows.schema.metadata or {}).items()}


def _schema() -> pa.Schema:
    """Columns in the order of the record's fields."""
    import pyarrow as pa

    kinds: dict[object, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64()}
    return pa.schema([(name, kinds[field.annotation]) for name, field in Score.model_fields.items()])
