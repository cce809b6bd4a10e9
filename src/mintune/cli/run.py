"""`mintune run`: profile, group, tune, evaluate and explain, one after another."""

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
)

if TYPE_CHECKING:
    from mintune.plan import Plan
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
    """Do all five stages; what is done already is not done again."""
    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    if dry_run:
        print_plan(planned(way), as_json=as_json)
    else:
        go(way, as_json=as_json)


def planned(way: Way) -> Plan:
    """What all five stages will cost; nothing where they are done. Errors as of `preflight.check_evaluate`."""
    from mintune import pipeline, preflight
    from mintune.plan import plan

    with way.run.held():
        preflight.check_evaluate(way)
        return plan(way, is_done=pipeline.is_done(way))


def go(way: Way, *, as_json: bool) -> None:
    """All five stages of one run, with what they found on standard output."""
    from mintune import pipeline
    from mintune.cli.evaluate import show_scores
    from mintune.cli.group import show_groups
    from mintune.cli.profile import show_profiles

    with way.run.held():
        way.watch.say(planned(way).sentence)
        outcome = pipeline.run(way)
    if as_json:
        print_json(outcome.as_json())
        return
    show_profiles(outcome.profiles, way.suite)
    print()
    show_groups(outcome.grouping)
    print()
    show_scores(way)
    for path in outcome.reports:
        print(f"report: {path}")
