"""What the command line says when it is stopped from outside, as processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mintune.cli.main import main
from mintune.errors import DataError

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


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [(KeyboardInterrupt(), 130, "Interrupted"), (ValueError("odd"), 1, "Bug"), (DataError("torn"), 1, "DataError")],
)
def test_whatever_ends_a_verb_is_a_document_where_json_is_asked_for(
    error: BaseException, code: int, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**_: object) -> None:
        raise error

    monkeypatch.setattr("mintune.cli.main.app", fails)
    printed = []
    for options in (["--json"], []):
        monkeypatch.setattr("sys.argv", ["mintune", "profile", *options])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code
        printed.append(capsys.readouterr())
    document, plain = printed
    assert json.loads(document.out)["error"]["kind"] == kind
    assert str(error) in json.loads(document.out)["error"]["message"]
    assert plain.out == ""
    assert document.err.splitlines()[-1] == plain.err.splitlines()[-1]
    assert plain.err.splitlines()[-1].startswith("mintune: ")


def test_a_closed_pipe_is_no_error(small_config: Path, tmp_path: Path) -> None:
    process = start("check", "-c", small_config, "--run", tmp_path / "run")
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        process.stdout.close()
        said = process.stderr.read()
        process.wait()
    assert (process.returncode, said) == (0, "")
