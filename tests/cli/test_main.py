"""What the command line says when it is stopped from outside, as processes of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "mintune.cli"]


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what it puts into the background with SIGINT ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - pytest has one thread here
    )


def test_an_interrupted_verb_says_how_to_go_on_and_leaves_the_folder_free(small_config: Path, tmp_path: Path) -> None:
    process = start("profile", "-c", small_config, "--run", tmp_path / "run")
    assert process.stderr is not None
    with process:
        said = process.stderr.readline()
        assert "answers under four views" in said
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        process.wait()
    assert process.returncode == 130
    assert rest == "mintune: interrupted; run the same command again and it goes on from here\n"


def test_a_closed_pipe_is_no_error(small_config: Path, tmp_path: Path) -> None:
    process = start("check", "-c", small_config, "--run", tmp_path / "run")
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.close()
        said = process.stderr.read()
        process.wait()
    assert (process.returncode, said) == (0, "")
