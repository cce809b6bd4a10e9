"""`mintune evaluate`: did grouping help, against every other way of grouping at the same budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.cli.console import (
    DEFAULT_CONFIG,
    DEFAULT_RUN,
    BudgetOption,
    ConfigOption,
    DryRunOption,
    JsonOption,
    PredictionsOption,
    RunOption,
    ServerOption,
    open_way,
    print_json,
    print_plan,
    print_table,
)

if TYPE_CHECKING:
    from mintune.way import Way


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    dry_run: DryRunOption = False,
    predictions: PredictionsOption = None,
    budget: BudgetOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tune every strategy to be compared at the same budget, and score them on the test examples."""
    from mintune import pipeline
    from mintune.cli.run import planned

    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    if dry_run:
        print_plan(planned(way), as_json=as_json)
        return
    with way.run.held():
        if not as_json:
            way.watch.say(planned(way).sentence)
        table = pipeline.evaluate(way)
    if as_json:
        print_json(table.model_dump(mode="json"))
        return
    show_scores(way)
    print(f"\nscores: {way.run.path / 'evaluate' / 'scores.parquet'}")


def show_scores(way: Way) -> None:
    """Print one line a strategy: its mean normalised score, and how it differs from the strategy in use."""
    from mintune import pipeline
    from mintune.explain.summary import summary_table

    summary = summary_table(pipeline.evidence(way))
    print_table(summary.title, summary.headings, summary.rows)
    print(f"\n{summary.verdict}")
    if summary.advice:
        print(summary.advice)
