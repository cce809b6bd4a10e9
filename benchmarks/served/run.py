"""How far the profile by a server is from the one that its model gives in-process.

    .venv/bin/python -m benchmarks.served.run --examples 40

The built-in backbone answers the demo's sixteen tasks three times: in-process; behind `transformers serve`, which tells
no first tokens; and behind the tests' own server, which tells them and generates with transformers. Writes
`results.json` beside this file.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.cli.test_served_by_transformers import WEIGHTS, transformers_serve
from tests.models.chat_server import serving
from tests.models.test_server_scores import telling

from mintune import pipeline
from mintune.cli.demo import demo_config
from mintune.config import TINY, Config, ServerSettings
from mintune.models.backbone import load_backbone
from mintune.profile.predictions import read
from mintune.records import Prediction, ProfileTable
from mintune.run import RunFolder, write_text
from mintune.way import Way

HERE = Path(__file__).parent

Key = tuple[str, str, str]

LONGER = ("corner",)
"""Tasks with choices of several tokens, whose scores are of another size."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=40)
    examples = parser.parse_args().examples
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = profiled(config(examples, None), folder / "alone")
        with transformers_serve(folder, "serve") as (_, url, _log):
            written = profiled(config(examples, ServerSettings(url=url, model=WEIGHTS)), folder / "written")
        with serving(telling(load_backbone(TINY))) as server:
            told = profiled(config(examples, ServerSettings(url=server.url, model="tiny")), folder / "told")
    results = {
        "examples": examples,
        "transformers serve": compare(alone, written),
        "first tokens told": compare(alone, told),
    }
    write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


def config(examples: int, server: ServerSettings | None) -> Config:
    """The demo's tasks, without adapters, which a server cannot have."""
    plain = demo_config()
    profile = plain.profile.model_copy(update={"examples": examples, "adapt": "never", "server": server})
    return plain.model_copy(update={"profile": profile})


def profiled(settings: Config, folder: Path) -> tuple[ProfileTable, dict[Key, Prediction]]:
    """The profiles, and every prediction by task, example and view."""
    table = pipeline.profile(Way(settings, RunFolder(folder)))
    return table, {(one.task, one.example_id, one.view): one for one in read(folder / "predictions")[0]}


def compare(
    alone: tuple[ProfileTable, dict[Key, Prediction]], other: tuple[ProfileTable, dict[Key, Prediction]]
) -> dict[str, Any]:
    """How often the answers are the same, how near scores and profiles are."""
    (table, ours), (their_table, theirs) = alone, other
    assert ours.keys() == theirs.keys()
    kinds = {"open": [key for key in ours if ours[key].scores is None]}
    kinds["closed"] = [key for key in ours if ours[key].scores is not None]
    gaps = [
        max(abs(first - second) for first, second in zip(ours[key].scores or (), theirs[key].scores or (), strict=True))
        for key in kinds["closed"]
        if theirs[key].scores is not None and key[0] not in LONGER
    ]
    return {
        **{f"{kind} questions": len(keys) for kind, keys in kinds.items()},
        **{f"{kind} same": sum(ours[key].answer == theirs[key].answer for key in keys) for kind, keys in kinds.items()},
        "closed with all scores": len(gaps),
        "largest gap of a score in nats": max(gaps, default=None),
        "types same": sum(one.type == two.type for one, two in zip(table.profiles, their_table.profiles, strict=True)),
        "largest difference of a share": max(
            abs(first - second)
            for one, two in zip(table.profiles, their_table.profiles, strict=True)
            for first, second in zip(one.shares, two.shares, strict=True)
        ),
        "types claimed": sum(profile.type != "undetermined" for profile in table.profiles),
        "how": {
            profile.task: note
            for profile in their_table.profiles
            for note in profile.notes
            if note.startswith("closed")
        },
    }


if __name__ == "__main__":
    main()
