"""`mintune init`: write a mintune.yaml for a folder of data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mintune.cli.console import DEFAULT_CONFIG, JsonOption, print_json
from mintune.progress import number_of

FolderArgument = Annotated[Path, typer.Argument(help="A folder whose sub-folders or files each hold a task.")]
OutOption = Annotated[Path, typer.Option("-o", "--out", help="Where the configuration is written.")]


def command(folder: FolderArgument, out: OutOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Look what tasks a folder of data holds and write a configuration for them."""
    import yaml

    from mintune.errors import ConfigError
    from mintune.run import write_text
    from mintune.tasks.init import describe_folder

    found = describe_folder(folder)
    tasks = {name: task | {"data": beside(out, Path(task["data"]))} for name, task in found.tasks.items()}
    if out.exists():
        raise ConfigError(f"{out}: exists already; name another file with --out")
    body = yaml.safe_dump({"suite": {"tasks": tasks}}, sort_keys=False, allow_unicode=True)
    head = (
        f"# Written by `mintune init {folder}`. Every key and its default: docs/configuration.md\n"
        f"#   mintune check -c {out}      looks at the data\n"
        f"#   mintune run -c {out}        does the whole way\n"
    )
    write_text(out, head + body)
    if as_json:
        print_json({"config": str(out), "tasks": tasks, "skipped": found.skipped})
        return
    for name, reason in found.skipped.items():
        print(f"skipped {name}: {reason}")
    print(f"{number_of(len(tasks), 'task')}: {', '.join(tasks)}\nconfiguration: {out}")


def beside(config: Path, data: Path) -> str:
    """The data's place as the configuration names it: relative where it lies below, so that both can move together."""
    folder = config.resolve().parent
    return str(data.relative_to(folder) if data.is_relative_to(folder) else data)
