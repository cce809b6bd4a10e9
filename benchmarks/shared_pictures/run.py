"""How much time it saves to read a picture once for the questions on it, by the size of the picture.

    .venv/bin/python benchmarks/shared_pictures/run.py

Closed questions of the built-in world under the views `image` and `both`, pictures enlarged to so many pixels a side.
Two ways take turns in one process: `shared` as it is, and `apart` with sharing switched off. `results.json` beside this
file has every time and the largest difference of a choice's score between the two.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import torch

from mintune.config import ProfileSettings, WorldSettings
from mintune.models import answering, sharing
from mintune.models.answering import Question, answer
from mintune.models.backbone import Backbone, load_backbone
from mintune.profile.asking import questions
from mintune.run import write_text
from mintune.tasks.world.build import build_world

HERE = Path(__file__).parent
TASKS = ("part_colour", "star_place", "buyer_colour", "price")
WAYS = {"shared": sharing.MOST_TOGETHER, "apart": 1}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sides", type=int, nargs="+", default=[84, 224, 448])
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cache", type=Path, default=Path("build/shared_pictures"))
    arguments = parser.parse_args()
    world = WorldSettings(examples=arguments.examples, test_examples=10, tasks=TASKS)
    tasks = build_world(world, seed=0, cache=arguments.cache)
    asked = [
        question
        for task in tasks
        for question in questions(task, ProfileSettings(examples=arguments.examples), seed=0)
        if question.view in ("image", "both")
    ]
    results = [measure(side, asked, arguments.repeats) for side in arguments.sides]
    machine = {"cores": os.cpu_count(), "threads": torch.get_num_threads(), "torch": torch.__version__}
    write_text(HERE / "results.json", json.dumps({"machine": machine, "sides": results}, indent=1) + "\n")


def measure(side: int, asked: list[Question], repeats: int) -> dict[str, object]:
    """Both ways on pictures of one size; the vision tower has seen all of them before."""
    backbone = load_backbone("mintune/tiny")
    backbone.processor.image_processor.size = {"shortest_edge": side * side, "longest_edge": side * side}
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    scores = {way: run(backbone, asked, most)[1] for way, most in WAYS.items()}
    for repeat in range(repeats):
        for way in list(WAYS)[:: 1 if repeat % 2 else -1]:
            seconds[way].append(run(backbone, asked, WAYS[way])[0])
    times = [apart / shared for apart, shared in zip(seconds["apart"], seconds["shared"], strict=True)]
    sight = backbone.vision.sight(asked[0].shown.images[0].sha256)
    result = {
        "side": side,
        "tokens_a_picture": len(sight.token_ids),
        "questions": len(asked),
        "seconds": seconds,
        "times_faster": {"median": statistics.median(times), "low": min(times), "high": max(times)},
        "largest_difference_nats": max(abs(a - b) for a, b in zip(scores["shared"], scores["apart"], strict=True)),
    }
    print(json.dumps({key: value for key, value in result.items() if key != "seconds"}), flush=True)
    return result


def run(backbone: Backbone, asked: list[Question], most: int) -> tuple[float, list[float]]:
    """Seconds and all scores of asking everything anew, at most so many questions together."""
    answering.MOST_TOGETHER = most
    started = time.perf_counter()
    predictions = answer(backbone, asked)
    return time.perf_counter() - started, [score for one in predictions for score in one.scores or ()]


if __name__ == "__main__":
    main()
