"""`mintune check`: lint data before anything is spent on it."""

from __future__ import annotations

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


def command(config: ConfigOption = DEFAULT_CONFIG, run: RunOption = DEFAULT_RUN, as_json: JsonOption = False) -> None:
    """Look for wrong rows, unreadable images, duplicates, and leaks between train and test and across tasks."""
    from mintune.tasks.check import check_suite

    way = open_way(config, run, as_json=as_json)
    findings = check_suite(way.read_suite())
    if as_json:
        print_json({"findings": [finding.model_dump(mode="json") for finding in findings]})
        return
    rows = [(finding.severity, finding.task, finding.code, finding.message) for finding in findings]
    print_table(f"{len(findings)} findings", ("severity", "task", "what", "where and why"), rows)
