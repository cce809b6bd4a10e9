"""`mintune demo`: the whole way on the built-in world and the built-in backbone, on a laptop's CPU."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mintune.cli.console import JsonOption, RunOption, make_way
from mintune.cli.run import go

if TYPE_CHECKING:
    from mintune.config import Config

DEMO_RUN = Path("runs/demo")
# Four of each type, from all six kinds of picture, with closed and open answers.
DEMO_TASKS = (
    *("part_colour", "best_seller", "red_points", "ticket_number"),
    *("blue_sales", "key_colour", "blue_larger", "meter"),
    *("ordered_colour", "for_mia", "red_buyer", "shelf"),
    *("buyer_colour", "right_word", "price", "corner"),
)


def command(run: RunOption = DEMO_RUN, as_json: JsonOption = False) -> None:
    """Profile, group, tune and compare sixteen built-in tasks in a few minutes, without data and without a GPU."""
    go(make_way(demo_config(), run, as_json=as_json), as_json=as_json)


def demo_config() -> Config:
    """Four world tasks of each type, few examples, and the comparison that a first look asks for."""
    from mintune.config import Config, EvaluateSettings, ProfileSettings, SuiteSettings, TuneSettings, WorldSettings

    return Config(
        suite=SuiteSettings(world=WorldSettings(examples=80, test_examples=50, tasks=DEMO_TASKS)),
        profile=ProfileSettings(examples=80, adapt_epochs=4),
        tune=TuneSettings(epochs=4),
        evaluate=EvaluateSettings(compare=("all", "single", "random")),
    )
