"""`mintune check`: lint data before anything is spent on it. It exits 1 where it finds an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mintune.cli.console import (
    DEFAULT_CONFIG,
    DEFAULT_RUN,
    ConfigOption,
    JsonOption,
    PredictionsOption,
    RunOption,
    open_way,
    print_json,
    print_lines,
    print_table,
)
from mintune.progress import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.records import Suite
    from mintune.tasks.describe import TaskStatistics
    from mintune.tasks.findings import Finding
    from mintune.way import Way


def command(
    config: ConfigOption = DEFAULT_CONFIG,
    run: RunOption = DEFAULT_RUN,
    predictions: PredictionsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for wrong rows, unreadable images, duplicates, leaks into test splits, and faults of predictions."""
    from mintune.tasks.describe import describe_suite

    way = open_way(config, run, as_json=as_json, predictions=predictions)
    suite = way.read_suite()
    findings, tasks = look_for_faults(way, suite), describe_suite(suite)
    if as_json:
        print_json(
            {
                "findings": [finding.model_dump(mode="json") for finding in findings],
                "tasks": [task.model_dump(mode="json") for task in tasks],
            }
        )
    else:
        show_tasks(tasks)
        print()
        show_findings(findings)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def look_for_faults(way: Way, suite: Suite) -> list[Finding]:
    """What is found in the data, if there is any, and in predictions made elsewhere, if there are any."""
    from mintune.profile.check import check_predictions, rows_set_aside
    from mintune.tasks.check import check_suite
    from mintune.tasks.findings import by_gravity

    settings = way.config.profile
    findings = check_suite(suite) if way.config.suite.names_data else list(rows_set_aside(suite.quarantined))
    if settings.predictions is not None:
        findings += check_predictions(
            suite, settings.predictions, without=way.run.path, hiding=settings.hiding, golden=way.golden(suite)
        )
    return by_gravity(findings)


def show_tasks(tasks: Sequence[TaskStatistics]) -> None:
    """Print what each task holds, in a table, and below it its instruction."""
    rows = [
        (
            task.task,
            *(str(task.examples[split]) for split in ("train", "validation", "test")),
            str(task.pictures),
            str(task.quarantined),
            "open" if task.choices is None else str(task.choices),
            f"{task.commonest_share:.0%} {task.commonest_answer}",
            task.metric,
        )
        for task in tasks
    ]
    columns = ("task", "train", "validation", "test", "pictures", "set aside", "choices", "commonest answer", "metric")
    print_table(number_of(len(tasks), "task"), columns, rows)
    print("\ninstructions")
    print_lines([f"{task.task}: {task.instruction or '(none)'}" for task in tasks])


def show_findings(findings: Sequence[Finding]) -> None:
    """Print every finding with where it stands, the gravest first."""
    counts = {severity: sum(f.severity == severity for f in findings) for severity in ("error", "warning", "note")}
    print(", ".join(number_of(count, severity) for severity, count in counts.items()))
    for severity in counts:
        for finding in findings:
            if finding.severity == severity:
                print(f"\n{severity}: {finding.task}: {finding.code}: {finding.message}")
                for place in finding.where:
                    print(f"    {place}")
