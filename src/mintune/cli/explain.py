"""`mintune explain`: the report, in English and Japanese."""

from __future__ import annotations

from mintune.cli.console import (
    DEFAULT_CONFIG,
    DEFAULT_RUN,
    ConfigOption,
    JsonOption,
    RunOption,
    open_way,
    print_json,
)


def command(config: ConfigOption = DEFAULT_CONFIG, run: RunOption = DEFAULT_RUN, as_json: JsonOption = False) -> None:
    """Write the report: why each task is where it is, how sure that is, and what it brought."""
    from mintune import pipeline

    way = open_way(config, run, as_json=as_json)
    reports = pipeline.explain(way)
    if as_json:
        print_json({"reports": [str(path) for path in reports]})
        return
    for path in reports:
        print(f"report: {path}")
