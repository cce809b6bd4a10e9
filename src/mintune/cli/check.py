"""`mintune check`: lint data before anything is spent on it. It exits 1 where it finds an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from mintune.cli.console import (
    DEFAULT_CONFIG,
    DEFAULT_RUN,
    ConfigOption,
    JsonOption,
    RunOption,
    open_way,
    print_json,
    print_table,
)
from mintune.progress import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mintune.tasks.describe import TaskStatistics
    from mintune.tasks.findings import Finding


def command(config: ConfigOption = DEFAULT_CONFIG, run: RunOption = DEFAULT_RUN, as_json: JsonOption = False) -> None:
    """Look for wrong rows, unreadable images, duplicates, and leaks between train and test and across tasks."""
    from mintune.tasks.check import check_suite
    from mintune.tasks.describe import describe_suite

    suite = open_way(config, run, as_json=as_json).read_suite()
    findings, tasks = check_suite(suite), describe_suite(suite)
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


def show_tasks(tasks: Sequence[TaskStatistics]) -> None:
    """Print one line a task: what it holds."""
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
