"""Whether the part with the most bits is the type that a task was built to be, on the built-in world.

    .venv/bin/python -m benchmarks.bits.run --out build/world_profile --seeds 0 1 2 3 4

From the answers that `benchmarks/world_profile` left in its run folders; nothing is asked. Writes `results.json` beside
this file, seed by seed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.world_profile.run import stored_predictions

from mintune.config import Config, ProfileSettings, SuiteSettings, WorldSettings
from mintune.explain.sections.estimators import leading_in_bits
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import TYPES, Cost
from mintune.run import RunFolder, write_text
from mintune.way import Way

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/world_profile"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    arguments = parser.parse_args()
    for seed in arguments.seeds:
        found = leading_parts(seed, arguments.out / f"seed{seed}")
        path = HERE / "results.json"
        seeds = json.loads(path.read_text())["seeds"] if path.exists() else {}
        seeds = dict(sorted({**seeds, str(seed): found}.items()))
        total = Counter(verdict(*pair) for tasks in seeds.values() for pair in tasks.values())
        write_text(path, json.dumps({"pure_tasks": total, "seeds": seeds}, indent=1) + "\n")
        print(seed, dict(total), flush=True)


def leading_parts(seed: int, folder: Path) -> dict[str, list[str]]:
    """Of each pure task the built type, and what bits say: a part, `none is above 0`, or that nothing is said."""
    settings = ProfileSettings(information=True)
    config = Config(seed=seed, suite=SuiteSettings(world=WorldSettings(examples=settings.examples)), profile=settings)
    suite = Way(config, RunFolder(folder)).suite
    answers: dict[str, Any] = stored_predictions(folder / "predictions")
    table = profile_suite(gather_suite(suite, answers, settings), settings, seed=seed, cost=Cost(), adapted=True)
    found = {}
    for task in suite.tasks:
        if task.built_type in TYPES:
            said = "nothing is said" if table[task.name].information is None else leading_in_bits(table[task.name])
            found[task.name] = [task.built_type, said or "none is above 0"]
    return found


def verdict(built: str, said: str) -> str:
    """`as built`, `otherwise`, or what was said instead of a part."""
    if said not in TYPES:
        return said
    return "as built" if said == built else "otherwise"


if __name__ == "__main__":
    main()
