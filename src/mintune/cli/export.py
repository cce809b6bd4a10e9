"""`mintune export`: data and settings with which another tool tunes or serves the groups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mintune.cli.console import (
    DEFAULT_CONFIG,
    DEFAULT_RUN,
    BudgetOption,
    ConfigOption,
    JsonOption,
    PredictionsOption,
    RunOption,
    ServerOption,
    open_way,
    print_json,
    require_run,
)

ToOption = Annotated[str, typer.Option("--to", help="llama-factory, ms-swift, trl or vllm.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="A new folder; by default export/TOOL in the run's.")]


def command(
    to: ToOption,
    out: OutOption = None,
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    predictions: PredictionsOption = None,
    budget: BudgetOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what another tool needs to tune or serve each group."""
    from mintune import handover

    require_run(run)
    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    written = handover.export(way, to, out or way.run / "export" / to)
    if as_json:
        print_json({"to": to, "files": [str(path) for path in written]})
        return
    for path in written:
        print(path)
