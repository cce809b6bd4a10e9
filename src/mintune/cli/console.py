"""What every verb shares with the terminal: its options, progress, tables, and the one JSON document of `--json`.

Progress and messages go to standard error, so that standard output holds the table, or with `--json` one document.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from mintune.config import Config
    from mintune.plan import Plan, ProfilePlan, TunePlan
    from mintune.progress import Advance
    from mintune.way import Way

ConfigOption = Annotated[Path, typer.Option("-c", "--config", help="The run's mintune.yaml.")]
RunOption = Annotated[Path, typer.Option("--run", help="The folder in which the run's artefacts lie.")]
PredictionsOption = Annotated[
    Path | None,
    typer.Option(
        "--predictions",
        help="Predictions made elsewhere (Parquet, CSV, logs of lmms-eval) instead of asking the backbone.",
    ),
]
BudgetOption = Annotated[
    str | None,
    typer.Option(
        "--budget", help="Profile in rounds, within so many examples (2000) or so long (90s, 10m, 2h) of asking."
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server", help="An OpenAI-compatible server that answers instead of the backbone, as http://host:8000/v1."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what this will ask and train and how long, and do nothing of it.")
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document and nothing else; of a failure, its error.")
]

DEFAULT_CONFIG = Path("mintune.yaml")
DEFAULT_RUN = Path("runs/default")


class TerminalWatch:
    """Shows progress on a terminal; in a log it prints a line where a piece of work begins and ends."""

    @contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Advance]:
        """A progress bar of `total` units named `label`; of per cent without."""
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        if not console.is_terminal:
            self.say(label if total is None else f"{label}: {total}")
            yield lambda _: None
            return
        with Progress(*columns, console=console, transient=False) as bar:
            handle = bar.add_task(label, total=100 if total is None else total)
            yield lambda done: bar.advance(handle, done)

    def say(self, line: str) -> None:
        """Print a line to standard error."""
        print(line, file=sys.stderr, flush=True)


def open_way(
    config: Path,
    run: Path,
    *,
    as_json: bool,
    predictions: Path | None = None,
    budget: str | None = None,
    server: str | None = None,
) -> Way:
    """The run on its way: configuration read, folder made; models and data are loaded when a stage asks for them.

    `predictions` take the place of `profile.predictions`; with them no mintune.yaml is needed, if they hold gold
    answers. `budget` takes the place of `profile.rounds`, `server` that of `profile.server.url`. Every verb takes all
    three, as all build on the same profile.
    """
    from mintune.config import Config, load_config

    if predictions is not None and config == DEFAULT_CONFIG and not config.exists():
        settings = Config().with_predictions(predictions)
    else:
        settings = load_config(config, predictions=predictions)
    if budget is not None:
        settings = settings.with_budget(budget)
    if server is not None:
        settings = settings.with_server(server)
    return make_way(settings, run, as_json=as_json)


def require_run(run: Path) -> None:
    """RunError where there is no run folder: a verb that only reads makes none."""
    from mintune.errors import RunError

    if not run.is_dir():
        raise RunError(f"{run}: there is no run folder; run `mintune profile` first, with the same -c and --run")


def make_way(config: Config, run: Path, *, as_json: bool) -> Way:
    """A run of this configuration in this folder, watched from the terminal unless JSON is asked for."""
    from mintune.progress import Silent
    from mintune.run import RunFolder
    from mintune.way import Way

    # Model libraries print bars and advice of their own; what matters of it reaches people as our errors.
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    return Way(config, RunFolder(run), Silent() if as_json else TerminalWatch())


def print_plan(plan: Plan | TunePlan | ProfilePlan, *, as_json: bool) -> None:
    """Print what a verb would do: in words, or as the figures that were counted."""
    if as_json:
        print_json(asdict(plan))
    else:
        print(plan.sentence)


def print_json(document: dict[str, Any]) -> None:
    """Print one JSON document on standard output. Numbers that are not finite become null, as JSON has none."""
    print(json.dumps(_finite(document), ensure_ascii=False, indent=1, allow_nan=False))


def _finite(value: Any) -> Any:
    """The same plain data with NaN and infinities replaced by None."""
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print one readable table on standard output; the first column is left-aligned, the others right."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right", overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    _print(table)


def print_lines(lines: Sequence[str]) -> None:
    """Print lines on standard output, each cut to the terminal's width and with its line breaks as spaces."""
    from rich.text import Text

    for line in lines:
        text = Text(" ".join(line.split()))
        text.truncate(_console().width, overflow="ellipsis")
        _print(text)


def _console() -> Console:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 140)


def _print(shown: Table | Text) -> None:
    console = _console()
    with console.capture() as written:  # rich itself would exit with 1 where the reader has closed the pipe
        console.print(shown)
    print(written.get(), end="")
