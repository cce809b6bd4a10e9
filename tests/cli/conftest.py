"""A whole small run, made once, which the tests of the command line read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SMALL = """
suite: {world: {examples: 40, test_examples: 20, tasks: [part_colour, key_colour, for_mia, right_word]}}
profile: {examples: 40, adapt_epochs: 1}
tune: {rank: 2, epochs: 2, batch_size: 8}
evaluate: {compare: [all, single]}
explain: {exemplars: 1}
"""


def mintune(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    command = [sys.executable, "-m", "mintune.cli", *map(str, arguments)]
    # Without this a wrong name of a model is looked for on the network, for as long as that takes to fail.
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def as_json(*arguments: object) -> dict[str, Any]:
    """Run the command line with --json and parse its standard output, all of it."""
    done = mintune(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.fixture(scope="session")
def small_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("config") / "mintune.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="session")
def small_run(small_config: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a finished run and the JSON document that `mintune run` printed."""
    folder = tmp_path_factory.mktemp("run") / "run"
    return folder, as_json("run", "-c", small_config, "--run", folder)
