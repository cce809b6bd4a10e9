"""`mintune profile --server` against `transformers serve` with the built-in backbone: real answers of a real server."""

from __future__ import annotations

import contextlib
import importlib.resources
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError

import pytest
from tests.cli.conftest import mintune

from mintune.profile.predictions import read
from mintune.records import Prediction

WEIGHTS = str(importlib.resources.files("mintune") / "models" / "tiny" / "weights")
TASKS = ("part_colour", "key_colour", "ticket_number", "meter")
SUITE = f"suite: {{world: {{examples: 40, test_examples: 10, tasks: [{', '.join(TASKS)}]}}}}"
PATIENCE_S = 300


@contextlib.contextmanager
def transformers_serve(folder: Path, name: str) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """`transformers serve` with the built-in backbone on a free port: its process, address and log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / f"{name}.log"
    command = [str(Path(sys.executable).with_name("transformers")), "serve", WEIGHTS]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub")}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
    try:
        wait_until(lambda: is_up(port) or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process, f"http://127.0.0.1:{port}", log
    finally:
        process.kill()
        process.wait()


def is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def wait_until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def num_lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def num_answered(log: Path) -> int:
    return log.read_text().count('"POST /v1/chat/completions HTTP/1.1" 200')


def predictions_in(run: Path) -> dict[tuple[str, str, str], Prediction]:
    found, aside = read(run / "predictions")
    assert not aside
    return {(one.task, one.example_id, one.view): one for one in found}


@pytest.mark.slow
def test_a_server_killed_half_way_and_started_again_gives_the_profile_of_the_backbone(tmp_path: Path) -> None:
    served, alone = tmp_path / "served.yaml", tmp_path / "alone.yaml"
    served.write_text(
        f"{SUITE}\nprofile: {{examples: 30, server: {{url: 'http://h', model: {WEIGHTS}, retries: 1, concurrency: 4}}}}"
    )
    alone.write_text(f"{SUITE}\nprofile: {{examples: 30, adapt: never}}")
    run, replies = tmp_path / "run", tmp_path / "run" / "cache" / "replies.jsonl"

    with transformers_serve(tmp_path, "first") as (process, url, _):
        command = [
            sys.executable,
            "-m",
            "mintune.cli",
            "profile",
            "-c",
            str(served),
            "--run",
            str(run),
            "--server",
            url,
        ]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: num_lines(replies) >= 40 or client.poll() is not None)
        process.send_signal(signal.SIGKILL)
        _, said = client.communicate(timeout=PATIENCE_S)
    kept = num_lines(replies)
    assert client.returncode == 1, said
    assert "cannot be reached" in said
    assert f"{kept} of " in said
    assert "the same command goes on from there" in said
    assert "Traceback" not in said

    with transformers_serve(tmp_path, "second") as (_, url, log):
        done = mintune("profile", "-c", served, "--run", run, "--server", url)
        assert done.returncode == 0, done.stderr
        assert 40 <= kept < num_lines(replies)
        assert num_answered(log) == num_lines(replies) - kept
        assert len({line.split(b'"')[3] for line in replies.read_bytes().splitlines()}) == num_lines(replies)

    assert mintune("profile", "-c", alone, "--run", tmp_path / "alone").returncode == 0
    theirs, ours = predictions_in(run), predictions_in(tmp_path / "alone")
    assert theirs.keys() == ours.keys()
    is_open = {key for key, one in ours.items() if one.scores is None}
    assert len(is_open) == len(ours) / 2
    assert all(theirs[key].answer == ours[key].answer for key in is_open)
    choices = {task: {one.answer for one in ours.values() if one.task == task} for task in TASKS}
    written = {key for key in ours.keys() - is_open if theirs[key].answer in choices[key[0]]}
    assert len(written) > 0.9 * len(ours.keys() - is_open)
    assert all(theirs[key].answer == ours[key].answer for key in written)
