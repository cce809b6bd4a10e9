"""The `mintune` command: the table of verbs, and the one place where errors become messages and exit codes.

Exit 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted. With `--json` a failure is a document, too,
`{"error": {"kind": ..., "message": ...}}`: the kind is the error's name in `errors.py`, UsageError, Interrupted or Bug.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from mintune.cli import check, demo, evaluate, explain, export, group, init, profile, run, tune
from mintune.cli.console import print_json
from mintune.errors import MintuneError

INTERRUPTED = "interrupted; run the same command again and it goes on from here"

USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""What typer raises where a command is wrong; of these it exports one kind alone, and this is its parent."""


class Verbs(TyperGroup):
    """Keeps Ctrl-C and a closed pipe from typer, which would turn them into exit codes without a word."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb, all of its output included."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt as error:
            say_failure("Interrupted", INTERRUPTED)
            raise typer.Exit(130) from error
        except USAGE_ERROR as error:  # typer itself prints it to standard error
            say_as_json("UsageError", error.format_message())
            raise
        except BrokenPipeError as error:
            # Whoever read our output has closed it, as `head` does; that is not an error of ours.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from error
        return result


app = typer.Typer(
    cls=Verbs,
    help="Which vision-language tasks to tune together, one adapter a group, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

VERBS: dict[str, Callable[..., None]] = {
    "demo": demo.command,
    "init": init.command,
    "check": check.command,
    "profile": profile.command,
    "group": group.command,
    "tune": tune.command,
    "evaluate": evaluate.command,
    "explain": explain.command,
    "run": run.command,
    "export": export.command,
}
for name, command in VERBS.items():
    app.command(name)(command)


def say_as_json(kind: str, message: str) -> None:
    """Print a failure on standard output where a verb was asked for JSON: who reads that, reads nothing else."""
    if "--json" in sys.argv[1:]:
        print_json({"error": {"kind": kind, "message": message}})


def say_failure(kind: str, message: str) -> None:
    """Print a failure to standard error, and as JSON where that is asked for."""
    say_as_json(kind, message)
    print(f"mintune: {message}", file=sys.stderr)


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        app(standalone_mode=True)
    except MintuneError as error:
        say_failure(type(error).__name__, str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # before a verb began
        say_failure("Interrupted", INTERRUPTED)
        sys.exit(130)
    except Exception as error:  # the top frame: anything unforeseen is a bug of ours, and says so
        traceback.print_exc()
        say_as_json("Bug", f"{type(error).__name__}: {error}")
        print("mintune: this is a bug in mintune, not in your data; the traceback above tells where", file=sys.stderr)
        sys.exit(1)
