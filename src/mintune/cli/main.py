"""The `mintune` command: the table of verbs, and the one place where errors become messages and exit codes.

Exit 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.
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
from mintune.errors import MintuneError

INTERRUPTED = "mintune: interrupted; run the same command again and it goes on from here"


class Verbs(TyperGroup):
    """Keeps Ctrl-C and a closed pipe from typer, which would turn them into exit codes without a word."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb, all of its output included."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt as error:
            print(INTERRUPTED, file=sys.stderr)
            raise typer.Exit(130) from error
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


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        app(standalone_mode=True)
    except MintuneError as error:
        print(f"mintune: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # before a verb began
        print(INTERRUPTED, file=sys.stderr)
        sys.exit(130)
    except Exception:  # the top frame: anything unforeseen is a bug of ours, and says so
        traceback.print_exc()
        print("mintune: this is a bug in mintune, not in your data; the traceback above tells where", file=sys.stderr)
        sys.exit(1)
