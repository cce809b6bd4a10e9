"""Make the tables of `tables.md` from all cells that are done.

    .venv/bin/python benchmarks/combined/table.py

Every strategy and setting against groups by interaction at their best, over the seeds that all have: paired over tasks,
95 % intervals by bootstrap over tasks and seeds, p-values by sign flips, Holm-corrected (`evaluate/comparison.py`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

from mintune.evaluate.comparison import compare, score_table
from mintune.records import Score
from mintune.run import write_text

HERE = Path(__file__).parent
FIRST = "interaction, best"


def main() -> None:
    suites: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((HERE / "cells").glob("*.json")):
        content = json.loads(path.read_text())
        cell = content["cell"]
        suites[cell["suite"]][f"{cell['strategy']}, {cell['settings']}"].append(content)
    tables = [table(suite, cells) for suite, cells in sorted(suites.items(), reverse=True)]
    write_text(HERE / "tables.md", "\n".join(tables))
    print("\n".join(tables))


def table(suite: str, cells: dict[str, list[dict[str, Any]]]) -> str:
    """The table of one suite."""
    seeds = sorted(set.intersection(*({one["cell"]["seed"] for one in found} for found in cells.values())))
    scores = [
        Score.model_validate({**row, "strategy": name})
        for name, found in cells.items()
        for one in found
        if one["cell"]["seed"] in seeds
        for row in one["scores"]
    ]
    tasks = list(cells[FIRST][0]["types"])
    against = {one.against: one for one in compare(scores, strategy=FIRST, confidence=0.95, seed=0)}
    lines = [
        f"## {suite}, {len(tasks)} tasks, {len(seeds)} seeds\n",
        "| strategy, settings | score | the first is ahead by (95 %) | p, corrected | better / worse | CPU-s |",
        "|---|---|---|---|---|---|",
    ]
    for name in [FIRST, *(name for name in sorted(cells) if name != FIRST)]:
        one, mean = against.get(name), float(score_table(scores, name, tasks).mean())
        told = ["", "", ""]
        if one is not None:
            interval = f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
            told = [interval, f"{one.p_value:.3f}", f"{one.num_better} / {one.num_worse}"]
        seconds = fmean(cell["cpu_seconds"] for cell in cells[name])
        lines.append("| " + " | ".join([name, f"{mean:.3f}", *told, f"{seconds:.0f}"]) + " |")
    return "\n".join(lines) + "\n" + pairs(cells) + by_task(cells)


def but_for_one(scores: list[Score], first: str, second: str, tasks: list[str]) -> str:
    """The task at which two conditions differ most, and both scores and the tasks won and lost without it."""
    one, other = (score_table(scores, name, tasks).mean(axis=0) for name in (first, second))
    place = int(abs(one - other).argmax())
    others = [number for number in range(len(tasks)) if number != place]
    ahead = (one - other)[others]
    means = f"{one[others].mean():.3f} / {other[others].mean():.3f}"
    return f"{tasks[place]}: {means}, {int((ahead > 0).sum())} / {int((ahead < 0).sum())}"


def by_task(cells: dict[str, list[dict[str, Any]]]) -> str:
    """The mean normalised score of each task under each condition, over the seeds that the condition has."""
    lines = [f"| task | type | {' | '.join(sorted(cells))} |", "|---" * (2 + len(cells)) + "|"]
    for task, kind in cells[FIRST][0]["types"].items():
        means = []
        for name in sorted(cells):
            found = [row["normalised"] for one in cells[name] for row in one["scores"] if row["task"] == task]
            means.append(f"{fmean(found):.3f}")
        lines.append("| " + " | ".join([task, kind, *means]) + " |")
    return "\n" + "\n".join(lines) + "\n"


def pairs(cells: dict[str, list[dict[str, Any]]]) -> str:
    """Each two conditions by themselves, over the seeds that both have, and without the task that differs most."""
    columns = ("first", "second", "seeds", "scores", "first is ahead by (95 %)", "p", "better / worse")
    lines = [f"| {' | '.join(columns)} | but for one task: scores, better / worse |", "|---" * 8 + "|"]
    for first, second in combinations(sorted(cells), 2):
        seeds = {one["cell"]["seed"] for one in cells[first]} & {one["cell"]["seed"] for one in cells[second]}
        scores = [
            Score.model_validate({**row, "strategy": name})
            for name in (first, second)
            for one in cells[name]
            if one["cell"]["seed"] in seeds
            for row in one["scores"]
        ]
        tasks = list(cells[first][0]["types"])
        means = " / ".join(f"{float(score_table(scores, name, tasks).mean()):.3f}" for name in (first, second))
        [one] = compare(scores, strategy=first, confidence=0.95, seed=0)
        interval = f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
        told = [first, second, str(len(seeds)), means, interval, f"{one.p_value:.3f}"]
        told += [f"{one.num_better} / {one.num_worse}", but_for_one(scores, first, second, tasks)]
        lines.append("| " + " | ".join(told) + " |")
    return "\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
