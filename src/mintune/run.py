"""The run folder: plain files, written whole or not at all, each knowing what it was made from.

    predictions/<task>/<view>.parquet · profile/<estimator>.json, examples.parquet · group/<strategy>.json
    tune/<strategy>/<group>/ (PEFT) · evaluate/scores.parquet · explain/report.en.html, report.ja.html

Freshness is by content: an artefact's `inputs` digest is taken over everything it was computed from, so a verb run
again does what is missing or what changed, and nothing else. This file knows no stage and no model.

Only one process at a time may write: a verb that does holds the folder (`RunFolder.held`) while it works. The lock is
the operating system's and goes with the process, however that ends.
"""

from __future__ import annotations

import datetime
import fcntl
import hashlib
import importlib.metadata
import json
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from pydantic import BaseModel, ValidationError

from mintune import __version__
from mintune.errors import RunError
from mintune.records import Provenance, Record

R = TypeVar("R", bound=Record)

LOCK = ".lock"
"""The file that is locked while a verb works in a run folder; it holds the number of the process."""

PACKAGES = ("torch", "transformers", "peft", "accelerate", "datasets", "numpy", "scikit-learn")


class RunFolder:
    """A run's folder and the artefacts in it. RunError where it cannot be made or written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._depth = 0
        try:
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                pass
        except OSError as error:
            raise RunError(
                f"{path}: is not a folder that can be written ({error.strerror}); choose another with --run"
            ) from error

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    @contextmanager
    def held(self) -> Iterator[None]:
        """The folder for this process alone, as long as the block lasts; it may be held again within.

        RunError where another process holds it, with that process's number.
        """
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with (self.path / LOCK).open("a+", encoding="utf-8") as lock:
            self._lock(lock)
            self._depth = 1
            try:
                yield
            finally:
                self._depth = 0

    def _lock(self, lock: IO[str]) -> None:
        """Take the lock, which closing the file gives back, and write into it who has it."""
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise RunError(
                f"{self.path}: process {holder} is working in this run folder; wait until it is done, "
                "or choose another folder with --run"
            ) from error
        except OSError as error:
            raise RunError(
                f"{self.path}: cannot be locked ({error.strerror}); choose a folder of another file system with --run"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()

    def write_record(self, name: str, record: Record, provenance: Provenance) -> Path:
        """Write a record as JSON with its provenance; returns the file's path."""
        body = {"provenance": provenance.model_dump(mode="json"), **record.model_dump(mode="json")}
        return write_text(self.path / name, json.dumps(body, ensure_ascii=False, indent=1) + "\n")

    def read_record(self, name: str, kind: type[R]) -> R:
        """Read a record written by `write_record`. RunError where it is missing, damaged, or of another schema."""
        body = self._read_body(name)
        body.pop("provenance", None)
        try:
            return kind.model_validate(body)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise RunError(
                f"{self.path / name}: {key}: {first['msg']}; delete the file to have it made again"
            ) from error

    def has(self, name: str) -> bool:
        """Whether the artefact exists, whatever it was made from."""
        return (self.path / name).exists()

    def is_fresh(self, name: str, inputs: str) -> bool:
        """Whether the artefact exists and was made from exactly these inputs."""
        try:
            provenance = self._read_body(name).get("provenance", {})
        except RunError:
            return False
        return isinstance(provenance, dict) and provenance.get("inputs") == inputs

    def read_provenance(self, name: str) -> Provenance:
        """Where an artefact comes from. RunError where it is missing or damaged."""
        try:
            return Provenance.model_validate(self._read_body(name).get("provenance"))
        except ValidationError as error:
            raise RunError(
                f"{self.path / name}: its provenance is damaged; delete the file to have it made again"
            ) from error

    def _read_body(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise RunError(f"{path}: does not exist; run the stage that makes it first") from error
        except (OSError, ValueError) as error:
            raise RunError(f"{path}: cannot be read as JSON ({error}); delete it to have it made again") from error
        if not isinstance(body, dict):
            raise RunError(f"{path}: expected a JSON object, found {type(body).__name__}")
        return body


def read_fresh(folder: Path, name: str, kind: type[R], inputs: str) -> R | None:
    """A folder's record that was made from exactly these inputs; None where it is not there, stale or damaged.

    Makes no folder where there is none.
    """
    if not (folder / name).exists():
        return None
    run = RunFolder(folder)
    try:
        return run.read_record(name, kind) if run.is_fresh(name, inputs) else None
    except RunError:
        return None


class Journal:
    """An append-only file of JSON rows that survives a kill: at most the rows of the last append are lost.

    A torn last line (the process died while writing it) counts for nothing, and the next append takes its place.
    Reading changes nothing, so a journal may be read while another process appends to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """All rows in order. RunError where a line is damaged, with its number."""
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    row = json.loads(line)
                except ValueError as error:
                    raise RunError(
                        f"{self.path}:{number}: is damaged ({error}); delete the file to have it made again"
                    ) from error
                yield row

    def append(self, rows: list[dict[str, Any]]) -> None:
        """Append rows and wait until they are on disk."""
        with self.path.open("ab") as out:
            out.truncate(self._whole_bytes())
            out.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())
            out.flush()
            os.fsync(out.fileno())

    def keep(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Strike the rows that are not wanted; returns the others."""
        rows = list(self)
        kept = [row for row in rows if wanted(row)]
        if len(kept) < len(rows):
            write_text(self.path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
        return kept

    def _whole_bytes(self) -> int:
        """The length of the file without a torn last line."""
        with self.path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            if size == 0 or (file.seek(-1, os.SEEK_END) >= 0 and file.read() == b"\n"):
                return size
            file.seek(0)
            return file.read().rfind(b"\n") + 1


class Ledger:
    """The seconds that pieces of work have taken, each the sum over all processes that worked on it."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self._seconds: dict[str, float] = defaultdict(float)
        for row in self._journal:
            self._seconds[row["work"]] += row["seconds"]

    def start(self, work: str) -> Callable[[], None]:
        """Begin to work; each call of what is returned writes down the seconds since the one before."""
        last = time.monotonic()

        def lap() -> None:
            nonlocal last
            now = time.monotonic()
            seconds = round(now - last, 6)
            self._journal.append([{"work": work, "seconds": seconds}])
            self._seconds[work] += seconds
            last = now

        return lap

    def seconds(self, work: str) -> float:
        """What a piece of work has taken so far."""
        return self._seconds[work]


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all; returns its path."""
    return write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all: to a neighbour first, then renamed onto it. RunError where that fails."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    except OSError as error:
        if partial.is_file():
            partial.unlink()
        raise RunError(f"{path}: cannot be written ({error.strerror})") from error
    return path


def write_table(path: Path, columns: Mapping[str, Any]) -> Path:
    """Write columns (PyArrow arrays by name) as Parquet, the same bytes for the same values. RunError as above."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(columns)), out, compression="zstd")
    return write_bytes(path, out.getvalue().to_pybytes())


def digest(*parts: object) -> str:
    """Hex digest of plain values, records and settings: equal exactly where their JSON is equal.

    TypeError where a value has no JSON.
    """
    text = json.dumps([_plain(part) for part in parts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(part: object) -> object:
    """The same as JSON knows it, however deep records and settings lie."""
    if isinstance(part, BaseModel):
        return part.model_dump(mode="json")
    if isinstance(part, Mapping):
        return {key: _plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(value) for value in part]
    return part


def provenance(
    stage: str, inputs: str, *, config: BaseModel, seed: int, data: dict[str, str], backbone: str
) -> Provenance:
    """Provenance of an artefact made now, on this machine, with the installed packages."""
    return Provenance(
        stage=stage,
        inputs=inputs,
        config=config.model_dump(mode="json"),
        seed=seed,
        mintune=__version__,
        packages={name: _version(name) for name in PACKAGES},
        data=data,
        backbone=backbone,
        hardware={"machine": platform.machine(), "cores": str(os.cpu_count()), "system": platform.system()},
        time=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "absent"
