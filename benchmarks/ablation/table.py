"""Make the tables of `tables.md` from all cells that are done.

    .venv/bin/python benchmarks/ablation/table.py

Each condition against the first of its data and grouping, over the seeds that all have: paired over tasks, 95 %
intervals by bootstrap over tasks and seeds, p-values by sign flips, Holm-corrected (`evaluate/comparison.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

from mintune.evaluate.comparison import compare, score_table
from mintune.records import TYPES, Score
from mintune.run import write_text

HERE = Path(__file__).parent
KINDS = (*TYPES, "mixture")

Cells = dict[str, list[dict[str, Any]]]
"""Cells by condition."""


def main() -> None:
    parts: dict[tuple[str, str], Cells] = defaultdict(lambda: defaultdict(list))
    for path in sorted((HERE / "cells").glob("*.json")):
        cell = json.loads(path.read_text())
        where = cell["cell"]
        parts[where["grouping"], where["data"]][where["condition"]].append(cell)
    tables = [*(part(*key, cells) for key, cells in sorted(parts.items(), reverse=True)), groups_against_all()]
    write_text(HERE / "tables.md", "\n".join(tables))
    print("\n".join(tables))


def part(grouping: str, data: str, cells: Cells) -> str:
    """The table of one grouping and data."""
    base = "proportional" if data == "unequal" else "mean"
    lines = [
        f"## {grouping}, {data}\n",
        "| condition | seeds | validation | test | against the first (95 %) | p, corrected | better / worse | "
        + " | ".join(KINDS)
        + " | CPU time |",
        "|---" * (8 + len(KINDS)) + "|",
    ]
    order = [base, *(name for name in cells if name != base)]
    common = sorted(set.intersection(*({cell["cell"]["seed"] for cell in found} for found in cells.values())))
    scores = {
        split: [one for name in order for one in of(cells[name], split, common)] for split in ("validation", "test")
    }
    against = {one.against: one for one in compare(scores["test"], strategy=base, confidence=0.95, seed=0)}
    types = cells[base][0]["types"]
    first = fmean(cell["cpu_seconds"] for cell in cells[base])
    for name in order:
        means = {split: mean(found, name, list(types)) for split, found in scores.items()}
        by_kind = [mean(scores["test"], name, [task for task in types if types[task] == kind]) for kind in KINDS]
        one = against.get(name)
        told = ["", "", ""]
        if one is not None:  # `compare` says what the first is better by
            interval = f"{-one.difference:+.3f} ({-one.high:+.3f} to {-one.low:+.3f})"
            told = [interval, f"{one.p_value:.3f}", f"{one.num_worse} / {one.num_better}"]
        seconds = fmean(cell["cpu_seconds"] for cell in cells[name]) / first
        row = [name, str(len(common)), f"{means['validation']:.3f}", f"{means['test']:.3f}", *told]
        lines.append("| " + " | ".join([*row, *(f"{value:.3f}" for value in by_kind), f"{seconds:.2f}"]) + " |")
    return "\n".join(lines) + "\n"


def groups_against_all() -> str:
    """Groups by type against one adapter, `few` and `mean`, each at the rate of its rank.

    Seeds of `all` that `run.py` has not done are those of `rates.py` at that rate.
    """
    scores, seeds = [], set()
    for path in sorted((HERE / "cells").glob("*-few-interaction-mean.json")):
        seed = json.loads(path.read_text())["cell"]["seed"]
        places = HERE / "cells" / f"seed{seed}-few-all-mean.json", HERE / "rates" / f"seed{seed}-all-0.005.json"
        other = next((place for place in places if place.exists()), None)
        if other is not None:
            seeds.add(seed)
            for name, place in {"interaction": path, "all": other}.items():
                rows = json.loads(place.read_text())["scores"]["test"]
                scores += [Score.model_validate({**row, "strategy": name}) for row in rows]
    [one] = compare(scores, strategy="interaction", confidence=0.95, seed=0)
    return (
        f"## interaction against all, few, mean, {len(seeds)} seeds\n\n{one.difference:+.3f} ({one.low:+.3f} to "
        f"{one.high:+.3f}), p {one.p_value:.3f}, {one.num_better} tasks better, {one.num_worse} worse\n"
    )


def of(cells: list[dict[str, Any]], split: str, seeds: list[int]) -> list[Score]:
    """The scores of one condition under these seeds."""
    return [
        Score.model_validate(row) for cell in cells if cell["cell"]["seed"] in seeds for row in cell["scores"][split]
    ]


def mean(scores: list[Score], condition: str, tasks: list[str]) -> float:
    """Mean normalised score over tasks and seeds."""
    return float(score_table(scores, condition, tasks).mean())


if __name__ == "__main__":
    main()
