"""Make `tables.md` from `results.json`.

.venv/bin/python benchmarks/merge_search/table.py
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import fmean

import numpy as np

from mintune.run import write_text

HERE = Path(__file__).parent
COLUMNS = (
    "seed",
    "predicted and true loss (95 %)",
    "merges' and true loss",
    "surface and merges, left out",
    "gain of merges, nats (95 %)",
    "better than the best of ten random (95 %)",
    "better than `proportional` (95 %)",
    "mixtures that beat `proportional`",
)


def main() -> None:
    results = json.loads((HERE / "results.json").read_text())
    rows = []
    for one in results:
        true = np.array([row["true"] for row in one["mixtures"]])
        gain = one["predicted_gain"]
        rows.append(
            (
                str(one["seed"]),
                between([one["correlation"], *one["correlation_interval"]], ".2f"),
                f"{one['correlation_of_merges']:.2f}",
                f"{one['left_out_correlation']:.2f}",
                between([gain["value"], gain["low"], gain["high"]], "+.3f"),
                between(one["over_best_of_random"], "+.3f"),
                between(one["over_before"], "+.3f"),
                f"{int((true < one['true_loss']['before']).sum())} of {len(true)}",
            )
        )
    first = results[0]
    lines = [f"| {' | '.join(row)} |" for row in (COLUMNS, ["---"] * len(COLUMNS), *rows)]
    means = {name: fmean(one["true_loss"][name] for one in results) for name in first["true_loss"]}
    said = ", ".join(f"{name.replace('_', ' ')} {loss:.3f}" for name, loss in means.items())
    seconds = fmean(one["cpu_seconds_of_this_process"] for one in results)
    lines += [
        "",
        f"Mean test loss over {len(results)} seeds, nats an answer token: {said}.",
        "",
        f"Each search cost {first['cost_in_training_examples']:,.0f} training examples' worth, beside a budget of "
        f"{first['budget_in_training_examples']:,}; a random mixture of the ten had {first['examples_of_each_random']}."
        f" All of a seed took {seconds:,.0f} processor seconds.",
    ]
    write_text(HERE / "tables.md", "\n".join(lines) + "\n")
    print("\n".join(lines))


def between(values: list[float], form: str) -> str:
    value, low, high = values
    return f"{value:{form}} ({low:{form}} to {high:{form}})"


if __name__ == "__main__":
    main()
