"""`mintune profile`: how image and text interact in each task."""

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
from mintune.progress import number_of
from mintune.records import SHARES, TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.records import Estimate, ProfileTable, Quarantined, Suite
    from mintune.way import Way


NOTHING = "-"
"""In place of a number that nobody knows."""

MOST_SHOWN = 5
"""So many entries of what was set aside are printed."""

DECIDED_BY = {
    "few_examples": "about {n}",
    "no_examples": "answers: no example has one under every view",
    "alike": "other data: nearly all gold answers are the same",
    "unsettled": "more examples: it lies between types",
    "unable": "a predictor that can do it: no view is clearly better than guessing",
}
"""What would give a task its type, by what stands in the way."""


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    dry_run: DryRunOption = False,
    predictions: PredictionsOption = None,
    budget: BudgetOption = None,
    server: ServerOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure redundancy, uniqueness and synergy of every task."""
    from mintune import pipeline

    way = open_way(config, run, as_json=as_json, predictions=predictions, budget=budget, server=server)
    if dry_run:
        show_plan(way, as_json=as_json)
        return
    table = pipeline.profile(way)
    if as_json:
        document = table.model_dump(mode="json", exclude={"profiles": {"__all__": {"replicates"}}})
        print_json(document)
        return
    show_profiles(table, way.suite)
    print(f"\nprofiles: {way.run.path / 'profile'}")


def show_plan(way: Way, *, as_json: bool) -> None:
    """Print what profiling will cost."""
    from mintune import preflight
    from mintune.plan import plan_profile

    preflight.check_profile(way)
    print_plan(plan_profile(way), as_json=as_json)


def show_profiles(table: ProfileTable, suite: Suite | None = None) -> None:
    """Print one line a task: its type, how sure that is, and its shares; then what there is to say of some tasks.

    With the suite, also where a task's data has fewer examples than a type would take.
    """
    from mintune.profile.undetermined import has_shares

    rows = [
        (
            profile.task,
            profile.type,
            f"{profile.confidence:.2f}" if profile.type != "undetermined" else NOTHING,
            str(profile.num_examples),
            *(_estimate(getattr(profile, kind)) if has_shares(profile) else NOTHING for kind in SHARES),
            f"{profile.delta.value:.2f}" if profile.num_examples else NOTHING,
        )
        for profile in table.profiles
    ]
    columns = ("task", "type", "sure", "n", "redundancy", "image only", "text only", "synergy", "unanswered", "delta")
    print_table(f"Interaction profiles by {table.estimator}{_answered_by(table)}", columns, rows)
    show_undetermined(table, suite)
    show_clipped(table)
    show_bits(table)
    show_robustness(table)
    if table.quarantined:
        show_set_aside(table.quarantined)


def show_undetermined(table: ProfileTable, suite: Suite | None) -> None:
    """Print what would decide the type of each task that has none, tasks with the same answer in one line."""
    from mintune.profile.undetermined import examples_held, held_at_most, obstacle

    held = {} if suite is None else examples_held(suite)
    found: dict[str, list[str]] = {}
    for profile in table.profiles:
        if profile.type == "undetermined":
            said = DECIDED_BY[obstacle(profile)].format(n=number_of(profile.examples_needed or 0, "more example"))
            most = held_at_most(profile, held)
            said += "" if most is None else f", where its data has {most:,} in all"
            found.setdefault(said, []).append(profile.task)
    if found:
        print("\nundetermined, and what would decide it:")
    for answer, tasks in found.items():
        print(f"  {answer}: {', '.join(tasks)}")


def show_clipped(table: ProfileTable) -> None:
    """Print what a side knows alone where its shares, cut at zero, add up to something else."""
    from mintune.profile.clipping import moved_by_clipping

    lines = [
        f"  {profile.task}: "
        + ", ".join(f"{side} {known:.2f}, by its shares {shown:.2f}" for side, (known, shown) in moved.items())
        for profile in table.profiles
        if (moved := moved_by_clipping(profile))
    ]
    if lines:
        print("\nshares below zero were cut, which moved what one side knows alone:", *lines, sep="\n")


def show_bits(table: ProfileTable) -> None:
    """Print what image and text say of the answer in bits, and why some tasks have none; nothing if not asked for."""
    from mintune.profile.without_bits import without_bits

    rows = [
        (
            profile.task,
            *(_estimate(getattr(profile.information, kind)) for kind in TYPES),
            f"{profile.information.answer_entropy_bits:.2f}",
        )
        for profile in table.profiles
        if profile.information is not None
    ]
    if rows:
        print()
        title = (
            f"Bits about the answer, of its entropy, with {table.confidence:.0%} intervals; synergy is a lower bound"
        )
        print_table(title, ("task", "redundancy", "image only", "text only", "synergy, at least", "of (entropy)"), rows)
    missing = without_bits(table.profiles)
    if missing:
        print("\nno bits, and why:")
    for reason, tasks in missing.items():
        print(f"  {reason}: {', '.join(tasks)}")


def show_set_aside(rows: Sequence[Quarantined]) -> None:
    """Print why examples and rows were set aside, the first few of them."""
    print(f"\nset aside, and why ({len(rows):,} in all):")
    for row in rows[:MOST_SHOWN]:
        where = f"{row.file}, line {row.line}: " if row.line is not None else ""
        print(f"  {row.task}: {where}{row.reason}")
    if len(rows) > MOST_SHOWN:
        print("  ... all of them are in `quarantined` of the profile (--json)")


def show_robustness(table: ProfileTable) -> None:
    """Print whether types hang on the way of hiding, a line for each task of which it is not one under all ways."""
    from mintune.profile.robustness import by_type, robustness

    found = {profile.task: robustness(profile, table.confidence) for profile in table.profiles}
    typed = {task: how for task, how in found.items() if how is not None}
    if not typed:
        return
    same = sum(how == "same" for how in typed.values())
    print(
        f"\nthe same type however views are hidden: {same} of {number_of(len(typed), 'task')} with a type under any way"
    )
    for profile in table.profiles:
        if typed.get(profile.task, "same") != "same":
            parts = [f"{kind} under {', '.join(hidings)}" for kind, hidings in by_type(profile).items()]
            unsure = " (not all of them sure)" if typed[profile.task] == "unsure" else ""
            print(f"  {profile.task}: {'; '.join(parts)}{unsure}")


def _answered_by(table: ProfileTable) -> str:
    """Who answered, where it was not the backbone as it is."""
    if table.probes:
        return f" (views answered by probes: {table.probes})"
    return " (views answered by an adapted backbone)" if table.adapted else ""


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
