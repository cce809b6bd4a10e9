"""`mintune tune`: one adapter a group."""

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
    from collections.abc import Sequence

    from mintune.records import AdapterCard


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    dry_run: DryRunOption = False,
    predictions: PredictionsOption = None,
    budget: BudgetOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tune one adapter for each group of the configured strategy."""
    from mintune import pipeline, preflight
    from mintune.plan import plan_tune

    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    with way.run.held():
        preflight.check_tune(way, [(way.config.group.strategy, way.config.seed)])
        if dry_run:
            print_plan(plan_tune(way, is_done=pipeline.is_tuned(way)), as_json=as_json)
            return
        if not as_json:
            way.watch.say(plan_tune(way, is_done=pipeline.is_tuned(way)).sentence)
        cards = pipeline.tune(way)
    if as_json:
        print_json({"adapters": [card.model_dump(mode="json") for card in cards]})
        return
    show_adapters(cards)
    folder = way.run.path / "tune" / way.config.group.strategy
    print(f"\nadapters: {folder} (each folder loads with peft.PeftModel.from_pretrained; its README.md shows how)")


def show_adapters(cards: Sequence[AdapterCard]) -> None:
    """Print one line an adapter: its tasks, size and training."""
    rows = [
        (
            card.group,
            str(len(card.tasks)),
            str(card.rank),
            f"{card.trainable_parameters:,}",
            f"{card.cost.steps:,}",
            f"{card.cost.examples:,}",
            card.folder,
        )
        for card in cards
    ]
    print_table("Adapters", ("group", "tasks", "rank", "parameters", "steps", "examples", "folder"), rows)
