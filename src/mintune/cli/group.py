"""`mintune group`: which tasks learn together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    print_table,
)

if TYPE_CHECKING:
    from mintune.records import Grouping

StrategyOption = Annotated[
    str | None, typer.Option("--strategy", help="Use this strategy instead of the one in the configuration.")
]


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    strategy: StrategyOption = None,
    predictions: PredictionsOption = None,
    budget: BudgetOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Group the tasks by the configured strategy."""
    from mintune import pipeline

    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    grouping = pipeline.group(way, strategy or way.config.group.strategy)
    if as_json:
        print_json(grouping.model_dump(mode="json"))
        return
    show_groups(grouping)
    print(f"\ngrouping: {way.run.path / 'group'}")


def show_groups(grouping: Grouping) -> None:
    """Print one line a group: its type, how stable its placements are, and its tasks; then why there is only one."""
    from mintune.explain.words import Words

    rows = []
    for group in grouping.groups:
        placements = [grouping.stability[task] for task in group.tasks if task in grouping.stability]
        stability = f"{sum(placements) / len(placements):.2f}" if placements else "-"
        rows.append((group.name, group.type or "-", str(len(group.tasks)), stability, ", ".join(group.tasks)))
    print_table(f"Groups by {grouping.strategy}", ("group", "type", "tasks", "stability", "which"), rows)
    for why in {reason.facts["because"] for reason in grouping.reasons.values() if reason.code == "one_group"}:
        print(f"\none group: {Words('en')(f'reason.one_group.{why}')}")
