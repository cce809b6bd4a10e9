"""Which learning rate LoRA adapters on the built-in backbone want, by answers to examples they were not trained on.

    .venv/bin/python benchmarks/learning_rate/run.py --out build/learning_rate

View adapters are cross-fitted over sixteen tasks of a world that no other benchmark uses (seed 100): each example is
answered by the adapter that has not seen it. No test example is touched. `results.json` is written after every rate.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import fmean

from mintune import pipeline
from mintune.cli.console import TerminalWatch
from mintune.cli.demo import DEMO_TASKS
from mintune.config import Config, ProfileSettings, SuiteSettings, TuneSettings, WorldSettings
from mintune.profile.compare import recovery
from mintune.records import VIEWS
from mintune.run import RunFolder, write_text

HERE = Path(__file__).parent
RATES = (1e-3, 2e-3, 5e-3, 1e-2)
SEED = 100


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, default=Path("build/learning_rate"))
    parser.add_argument("--rates", type=float, nargs="+", default=RATES)
    parser.add_argument("--examples", type=int, default=80)
    parser.add_argument("--epochs", type=float, nargs="+", default=[4.0])
    arguments = parser.parse_args()
    results = []
    for epochs in arguments.epochs:
        for rate in arguments.rates:
            config = Config(
                seed=SEED,
                suite=SuiteSettings(world=WorldSettings(examples=arguments.examples, tasks=DEMO_TASKS)),
                profile=ProfileSettings(examples=arguments.examples, adapt="always", adapt_epochs=epochs),
                tune=TuneSettings(learning_rate=rate),
            )
            way = pipeline.Way(config, RunFolder(arguments.out / f"{rate:g}-{epochs:g}"), TerminalWatch())
            table = pipeline.profile(way)
            found = {
                "learning_rate": rate,
                "epochs": epochs,
                "examples": arguments.examples,
                "accuracy": {view: round(fmean(p.accuracy[view].value for p in table.profiles), 4) for view in VIEWS},
                "both": {p.task: round(p.accuracy["both"].value, 3) for p in table.profiles},
                "recovery": recovery(table, way.suite).model_dump(),
                "seconds": round(table.cost.seconds, 1),
            }
            results.append(found)
            write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")
            print(f"rate {rate:g}, {epochs:g} epochs: {found['accuracy']}", flush=True)


if __name__ == "__main__":
    main()
