"""What each profiled example most likely is, on disk: `profile/examples.parquet`, one row an example.

    task, example_id, type
    redundancy, unique_image, unique_text, synergy, unanswered      the probability of each
    right_image, right_text, right_both                             1 where that view was right, else 0

The five probabilities sum to one; they are null, and `type` is `undetermined`, where nothing can be said
(`sample_types`). Else `type` is the likeliest of the five. Tasks are row groups in the order of the suite, written one
after the other; the file appears whole or not at all, and the same profile gives the same rows. Which estimator made it
stands in the metadata, with the provenance.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from mintune.errors import RunError
from mintune.profile.sample_types import SampleTypes
from mintune.records import SHARES, ExampleType, Provenance
from mintune.run import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

RIGHT = ("right_image", "right_text", "right_both")


def write_examples(path: Path, found: Iterable[SampleTypes], *, estimator: str, provenance: Provenance) -> Path:
    """Write the examples of every task as Parquet; returns the path. RunError where it cannot be written."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata = {"estimator": estimator, "provenance": provenance.model_dump_json()}
    schema = _schema().with_metadata(metadata)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for one in found:
            writer.write_table(_rows(one, schema))
    return write_bytes(path, sink.getvalue().to_pybytes())


def read_examples(path: Path) -> dict[str, dict[str, ExampleType]]:
    """The examples by task and id, of those of which something can be said. RunError where it cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found: dict[str, dict[str, ExampleType]] = {}
    try:
        with pq.ParquetFile(path) as source:
            for batch in source.iter_batches(columns=["task", "example_id", *SHARES]):
                for row in batch.to_pylist():
                    if row[SHARES[0]] is not None:
                        said = ExampleType(row["task"], row["example_id"], tuple(row[kind] for kind in SHARES))
                        found.setdefault(said.task, {})[said.example_id] = said
    except (OSError, pa.ArrowException, KeyError) as error:
        raise RunError(f"{path}: cannot be read ({error}); delete profile/ to have it made again") from error
    return found


def made_from(path: Path) -> str | None:
    """The digest of what the examples were made from; None where there is no such file, or nothing in it says so."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
        return Provenance.model_validate_json(metadata[b"provenance"]).inputs
    except (OSError, pa.ArrowException, KeyError, ValidationError):
        return None


def _rows(one: SampleTypes, schema: pa.Schema) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    told = ~np.isnan(one.probabilities).any(axis=1)
    likeliest = np.where(told, np.nan_to_num(one.probabilities).argmax(axis=1), len(SHARES))
    columns = {
        "task": [one.task] * len(one.example_ids),
        "example_id": list(one.example_ids),
        "type": [(*SHARES, "undetermined")[place] for place in likeliest.tolist()],
        **{kind: pa.array(one.probabilities[:, place], mask=~told) for place, kind in enumerate(SHARES)},
        **{name: one.right[:, place] for place, name in enumerate(RIGHT)},
    }
    return pa.table(columns, schema=schema)


def _schema() -> pa.Schema:
    import pyarrow as pa

    words = [(name, pa.string()) for name in ("task", "example_id", "type")]
    return pa.schema([*words, *((name, pa.float64()) for name in (*SHARES, *RIGHT))])
