"""`mintune profile`: how image and text interact in each task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.cli.console import (
    DEFAULT_CONFIG,
    DEFAULT_RUN,
    ConfigOption,
    JsonOption,
    PredictionsOption,
    RunOption,
    open_way,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from mintune.records import Estimate, ProfileTable


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    predictions: PredictionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure redundancy, uniqueness and synergy of every task."""
    from mintune import pipeline

    way = open_way(config, run, as_json=as_json, predictions=predictions)
    table = pipeline.profile(way)
    if as_json:
        document = table.model_dump(mode="json", exclude={"profiles": {"__all__": {"replicates"}}})
        print_json(document)
        return
    show_profiles(table)
    print(f"\nprofiles: {way.run.path / 'profile'}")


def show_profiles(table: ProfileTable) -> None:
    """Print one line a task: its type, how sure that is, and its shares."""
    rows = [
        (
            profile.task,
            profile.type,
            f"{profile.confidence:.2f}",
            str(profile.num_examples),
            *(
                _share(estimate)
                for estimate in (profile.redundancy, profile.unique_image, profile.unique_text, profile.synergy)
            ),
            _share(profile.unanswered),
            f"{profile.delta.value:.2f}",
        )
        for profile in table.profiles
    ]
    columns = ("task", "type", "sure", "n", "redundancy", "image", "text", "synergy", "unanswered", "delta")
    print_table(f"Interaction profiles by {table.estimator}{_answered_by(table)}", columns, rows)
    if table.quarantined:
        print(f"{len(table.quarantined)} rows were set aside; `mintune check` lists them with their reasons")


def _answered_by(table: ProfileTable) -> str:
    """Who answered, where it was not the backbone as it is."""
    if table.probes:
        return f" (views answered by probes: {table.probes})"
    return " (views answered by an adapted backbone)" if table.adapted else ""


def _share(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
