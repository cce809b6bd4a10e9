"""Is anything gained where answers are drawn from the scores of choices? Probes on six tasks of the built-in world.

    .venv/bin/python -m benchmarks.answers.drawn

Writes `drawn.json` beside this file: type, error of the four shares and accuracies of image, text and both, with the
likeliest answer and with several answers drawn from the same scores. Takes some minutes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from mintune.config import ProfileSettings, RepeatsSettings, SuiteSettings, WorldSettings
from mintune.models.answering import Question
from mintune.models.showing import Shown
from mintune.profile import knowledge
from mintune.profile.evidence import gather
from mintune.profile.informed import JUDGED
from mintune.profile.probes.stage import answer_suite
from mintune.profile.repeats import drawn
from mintune.profile.resampling import generator
from mintune.records import Prediction, Task
from mintune.run import write_text
from mintune.tasks.suite import load_suite

HERE = Path(__file__).parent
TASKS = ("part_colour", "locker_parity", "key_colour", "many_guests", "caretaker", "guest_colour")
DRAWN = [(answers, temperature) for answers in (3, 5) for temperature in (0.5, 1.0)]


def main() -> None:
    profile = ProfileSettings(examples=200)
    world = WorldSettings(examples=230, test_examples=10, tasks=TASKS)
    with tempfile.TemporaryDirectory() as cache:
        suite = load_suite(SuiteSettings(world=world), seed=0, cache=Path(cache))
        answered = answer_suite(suite, profile, seed=0, advance=lambda _: None).predictions
        rows = [row for task in suite.tasks for row in compare(task, answered[task.name])]
    write_text(HERE / "drawn.json", json.dumps({"examples": 200, "seed": 0, "rows": rows}, indent=1) + "\n")


def compare(task: Task, predictions: list[Prediction]) -> list[dict[str, Any]]:
    choices = {example.id: example.choices for split in (task.train, task.validation) for example in split}
    questions = [
        Question(one.task, one.example_id, one.view, Shown("", ()), choices[one.example_id]) for one in predictions
    ]
    rows = [{"answers": 1, "temperature": None} | measure(task, predictions)]
    for answers, temperature in DRAWN:
        settings = RepeatsSettings(answers=answers, temperature=temperature)
        said = drawn(questions, predictions, settings, seed=0)
        rows.append({"answers": answers, "temperature": temperature} | measure(task, said))
    for row in rows:
        print(json.dumps({"task": task.name} | row), flush=True)
    return [{"task": task.name, "built": task.built_shares} | row for row in rows]


def measure(task: Task, predictions: list[Prediction]) -> dict[str, Any]:
    evidence, _ = gather(task, predictions)
    found = knowledge.find(evidence, generator(0, "drawn", task.name))
    return {
        "type": found.type,
        "share_error": round(float(np.abs(found.shares[:4] - np.array(task.built_shares)).mean()), 3),
        "accuracy": {view: round(float(evidence.right[view].mean()), 3) for view in JUDGED},
    }


if __name__ == "__main__":
    main()
