"""Make the tables of `tables.md` from all cells that are done.

    .venv/bin/python benchmarks/strategies/table.py

A strategy's score on a task under one seed is the mean over its draws (`random` has three). Means are over tasks and
seeds with 95 % bootstrap intervals over tasks; comparisons are paired over tasks, Holm-corrected (`evaluate/`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

from mintune.evaluate.comparison import compare
from mintune.evaluate.summary import summarise
from mintune.records import TYPES, Score
from mintune.run import write_text

HERE = Path(__file__).parent
KINDS = ("all", *TYPES, "mixture")


def main() -> None:
    settings: dict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
    for path in sorted((HERE / "cells").glob("*.json")):
        cell = json.loads(path.read_text())
        settings[cell["cell"]["budget"], cell["cell"]["trunk"]].append(cell)
    parts = [part(budget, trunk, cells) for (budget, trunk), cells in sorted(settings.items(), reverse=True)]
    parts.append(trunks(settings))
    write_text(HERE / "tables.md", "\n".join(parts))
    print("\n".join(parts))


def part(budget: str, trunk: float, cells: list[dict[str, Any]]) -> str:
    """The tables of one setting: means by type, then differences to `interaction`."""
    scores = [score for cell in cells for score in by_seed(cell)]
    summaries = {
        (summary.strategy, summary.type): summary
        for summary in summarise(scores, cells[0]["types"], confidence=0.95, seed=0)
    }
    strategies = list(dict.fromkeys(score.strategy for score in scores))
    seeds = [cell["cell"]["seed"] for cell in cells]
    epochs = cells[0]["provenance"]["config"]["tune"]["epochs"]
    lines = [f"## {budget}: {epochs:g} epochs, trunk {trunk:g}; seeds {', '.join(map(str, seeds))}\n"]
    lines += ["| strategy | " + " | ".join(KINDS) + " | median | solved | spread over seeds |"]
    lines += ["|---" * (len(KINDS) + 4) + "|"]
    for strategy in strategies:
        rows = [summaries[strategy, kind] for kind in KINDS if (strategy, kind) in summaries]
        whole = rows[0]
        told = [f"{whole.mean:.3f} ({whole.low:.3f} to {whole.high:.3f})", *(f"{row.mean:.3f}" for row in rows[1:])]
        spread = "" if whole.seed_spread is None else f"{whole.seed_spread:.3f}"
        lines += [f"| {strategy} | {' | '.join(told)} | {whole.median:.3f} | {whole.num_solved} | {spread} |"]
    lines += [
        "\n| `interaction` against | difference (95 %) | p, corrected | tasks better / worse |",
        "|---|---|---|---|",
    ]
    for one in compare(scores, strategy="interaction", confidence=0.95, seed=0):
        interval = f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
        lines += [f"| {one.against} | {interval} | {one.p_value:.3f} | {one.num_better} / {one.num_worse} |"]
    return "\n".join(lines) + "\n"


def trunks(settings: dict[tuple[str, float], list[dict[str, Any]]]) -> str:
    """What each strategy gains by going without a trunk, over the seeds that ran both ways."""
    lines = [
        "## Without a trunk against half of the budget on one, the same strategy\n",
        "| budget | strategy | difference (95 %) | p | tasks better / worse |",
        "|---|---|---|---|---|",
    ]
    for budget in dict.fromkeys(budget for budget, _ in sorted(settings, reverse=True)):
        cells = {trunk: {cell["cell"]["seed"]: cell for cell in settings[budget, trunk]} for trunk in (0.0, 0.5)}
        seeds = sorted(cells[0.0].keys() & cells[0.5].keys())
        scores = {trunk: [score for seed in seeds for score in by_seed(cells[trunk][seed])] for trunk in cells}
        for strategy in dict.fromkeys(score.strategy for score in scores[0.0]):
            named = [
                score.model_copy(update={"strategy": name})
                for trunk, name in ((0.0, "without"), (0.5, "with"))
                for score in scores[trunk]
                if score.strategy == strategy
            ]
            [one] = compare(named, strategy="without", confidence=0.95, seed=0)
            interval = f"{one.difference:+.3f} ({one.low:+.3f} to {one.high:+.3f})"
            lines += [
                f"| {budget}, seeds {', '.join(map(str, seeds))} | {strategy} | {interval} | {one.p_value:.3f} | "
                f"{one.num_better} / {one.num_worse} |"
            ]
    return "\n".join(lines) + "\n"


def by_seed(cell: dict[str, Any]) -> list[Score]:
    """Scores of one cell, one a strategy and task: the mean over its draws."""
    found: dict[tuple[str, str], list[Score]] = defaultdict(list)
    for row in cell["scores"]:
        score = Score.model_validate(row)
        found[score.strategy, score.task].append(score)
    return [
        draws[0].model_copy(
            update={"seed": cell["cell"]["seed"]}
            | {name: fmean(getattr(draw, name) for draw in draws) for name in ("value", "low", "high", "normalised")}
        )
        for draws in found.values()
    ]


if __name__ == "__main__":
    main()
