"""`mintune explain`: the report, in English and Japanese."""

from __future__ import annotations

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

LEFT_OUT = {"evaluate": "scores of other settings or data", "tune": "adapters that are not those that were scored"}
"""What the report leaves out, by the stage that made it."""


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    predictions: PredictionsOption = None,
    budget: BudgetOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the report: why each task is where it is, how sure that is, and what it brought."""
    from mintune import pipeline

    require_run(run)
    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    evidence = pipeline.evidence(way)
    reports = pipeline.explain(way, evidence)
    if as_json:
        print_json({"reports": [str(path) for path in reports], "left_out": list(evidence.stale)})
        return
    for verb in evidence.stale:
        print(f"left out: {LEFT_OUT[verb]}; run `mintune evaluate` to make them again")
    for path in reports:
        print(f"report: {path}")
