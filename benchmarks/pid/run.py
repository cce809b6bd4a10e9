"""Time the certified solver against cvxpy and dit on the same tables, in turn in one process.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 RAYON_NUM_THREADS=1 .venv/bin/python benchmarks/pid/run.py

For each size random tables (Dirichlet, all weights one) are solved by `mintune.profile.broja`, by cvxpy with Clarabel
and, where they are small, by dit (`PID_BROJA`, method `admui`; its default stops short of the optimum). `cvxpy` builds
its program for each table, as the published estimator does, `cvxpy_reused` once for a stack. Times are CPU seconds of
the process. `too_high_bits` says how far an optimum lies above the certified one. A size is written to `results.json`
when it is done, and not run again while it is there.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cvxpy
import dit
import numpy as np
from dit.pid import PID_BROJA

from mintune.profile.broja import decompose_many
from mintune.run import write_text

HERE = Path(__file__).parent

SIZES: dict[tuple[int, int, int], tuple[int, int]] = {
    (2, 2, 2): (1000, 5),
    (10, 10, 2): (1000, 3),
    (5, 5, 3): (1, 5),
    (10, 10, 5): (1, 5),
    (20, 20, 10): (1, 5),
    (50, 50, 10): (1, 3),
    (100, 100, 10): (1, 3),
}
"""How many tables of a size are solved at once, and how often all of it is repeated, each time with new tables."""

DOES_NOT_FIT = {(100, 100, 10): "killed at 24 GB of memory"}
"""Sizes that cvxpy is not given again, and what became of it there."""

DIT_SIZES = {(2, 2, 2): 20, (5, 5, 3): 1}
"""So many tables of a repeat dit is given; its time is scaled up to all of them."""


def by_mintune(tables: np.ndarray) -> list[float]:
    """I_Q* of each table in bits, all at once."""
    return [found.information_both - found.synergy.value for found in decompose_many(tables)]


def by_cvxpy(tables: np.ndarray) -> list[float]:
    """The same, one after another, the program built anew for each."""
    return [least for table in tables for least in by_cvxpy_reused(table[None])]


def by_cvxpy_reused(tables: np.ndarray) -> list[float]:
    """The same, one after another; the program is built once and its marginals are replaced."""
    _, n1, n2, k = tables.shape
    cells = [cvxpy.Variable((n1, n2), nonneg=True) for _ in range(k)]
    rows = [cvxpy.Parameter(n1, nonneg=True) for _ in range(k)]
    columns = [cvxpy.Parameter(n2, nonneg=True) for _ in range(k)]
    pairs = sum(cells)
    held = [cvxpy.sum(cell, axis=1) == row for cell, row in zip(cells, rows, strict=True)]
    held += [cvxpy.sum(cell, axis=0) == column for cell, column in zip(cells, columns, strict=True)]
    problem = cvxpy.Problem(cvxpy.Minimize(sum(cvxpy.sum(cvxpy.rel_entr(cell, pairs)) for cell in cells)), held)
    found = []
    for table in tables:
        for y in range(k):
            rows[y].value, columns[y].value = table[:, :, y].sum(axis=1), table[:, :, y].sum(axis=0)
        problem.solve(solver=cvxpy.CLARABEL)
        masses = table.sum(axis=(0, 1))
        found.append(float(problem.value - (masses * np.log(masses)).sum()) / np.log(2))
    return found


def by_dit(tables: np.ndarray) -> list[float]:
    """The same, one after another."""
    found = []
    for table in tables:
        names = [tuple(map(str, place)) for place in np.ndindex(*table.shape)]
        lattice = PID_BROJA(dit.Distribution(names, table.ravel().tolist()), ((0,), (1,)), (2,), method="admui")
        found.append(sum(lattice.get_pi(node) for node in (((0,), (1,)), ((0,),), ((1,),))))
    return found


def timed(way: Callable[[np.ndarray], list[float]], tables: np.ndarray) -> tuple[float, list[float]]:
    started = time.process_time()
    found = way(tables)
    return time.process_time() - started, found


def run_size(size: tuple[int, int, int]) -> dict[str, Any]:
    """All repeats of one size."""
    count, repeats = SIZES[size]
    seconds: dict[str, list[float]] = {"mintune": []}
    too_high: dict[str, list[float]] = {}
    for warm in (by_mintune, by_cvxpy):
        warm(np.random.default_rng(99).dirichlet(np.ones(8), size=1).reshape(1, 2, 2, 2))
    for repeat in range(repeats):
        tables = np.random.default_rng(repeat).dirichlet(np.ones(int(np.prod(size))), size=count).reshape(count, *size)
        spent, least = timed(by_mintune, tables)
        seconds["mintune"].append(spent)
        ways = {} if size in DOES_NOT_FIT else {"cvxpy": (by_cvxpy, count)}
        if count > 1:
            ways["cvxpy_reused"] = (by_cvxpy_reused, count)
        if size in DIT_SIZES:
            ways["dit"] = (by_dit, DIT_SIZES[size])
        for name, (way, asked) in ways.items():
            spent, found = timed(way, tables[:asked])
            seconds.setdefault(name, []).append(spent * count / asked)
            too_high.setdefault(name, []).extend(np.subtract(found, least[:asked]).tolist())
        print(size, repeat, {name: f"{spent[-1]:.4f} s" for name, spent in seconds.items()}, flush=True)
    return {
        "tables": count,
        "cpu_seconds": seconds,
        "cvxpy_did_not_fit": DOES_NOT_FIT.get(size),
        "times_faster_than": {name: ratio(seconds[name], seconds["mintune"]) for name in seconds if name != "mintune"},
        "too_high_bits": {name: [min(values), max(values)] for name, values in too_high.items()},
    }


def ratio(slow: list[float], fast: list[float]) -> dict[str, float]:
    times = [a / b for a, b in zip(slow, fast, strict=True)]
    return {"median": statistics.median(times), "low": min(times), "high": max(times)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", module="cvxpy|dit")
    results = json.loads(arguments.out.read_text()) if arguments.out.exists() else {"sizes": {}}
    results["versions"] = {name: importlib.metadata.version(name) for name in ("numpy", "cvxpy", "clarabel", "dit")}
    results["machine"] = {"system": platform.machine(), "threads": os.environ.get("OMP_NUM_THREADS", "all")}
    for size in SIZES:
        label = " x ".join(map(str, size))
        if label not in results["sizes"]:
            results["sizes"][label] = run_size(size)
            write_text(arguments.out, json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
