"""Time the four views of a profile three ways over the same questions and the same model.

    .venv/bin/python benchmarks/profile_throughput/run.py

`one`: transformers alone, chat template, processor and `generate` for one question after another. `batched`: the same
in padded batches. `mintune`: `mintune.models.answering.answer`. The ways take turns within each repeat, in one
process, and nothing one of them computed is left for the next. `results.json` beside this file holds every time
measured.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image

from mintune.config import ProfileSettings, WorldSettings
from mintune.models.answering import MAX_NEW_TOKENS, Question, answer
from mintune.models.backbone import Backbone, load_backbone, wrap
from mintune.models.showing import Shown
from mintune.profile.asking import questions
from mintune.run import write_text
from mintune.tasks.world.build import build_world

HERE = Path(__file__).parent

TASKS = (
    *("part_colour", "blue_part", "password", "red_points"),
    *("star_place", "label_word"),
    *("ordered_colour", "tom_needs"),
    *("buyer_colour", "right_word"),
)
"""Closed and open ones (password, label_word, tom_needs) of each way in which image and text interact."""

BATCH = 64

Way = Callable[[Backbone, Sequence[Question]], list[str]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backbone", default="mintune/tiny")
    parser.add_argument("--examples", type=int, default=40, help="examples a task, each asked under four views")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--cache", type=Path, default=Path("build/profile_throughput"))
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    asked = world_questions(arguments.examples, arguments.cache)
    backbone = load_backbone(arguments.backbone)
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    cpu_seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    said: dict[str, list[str]] = {}
    names = list(WAYS)
    for repeat in range(arguments.repeats):
        for name in names[repeat % 3 :] + names[: repeat % 3]:
            fresh = wrap(backbone.name, backbone.model, backbone.processor)
            started, worked = time.perf_counter(), time.process_time()
            said[name] = WAYS[name](fresh, asked)
            seconds[name].append(time.perf_counter() - started)
            cpu_seconds[name].append(time.process_time() - worked)
            print(f"repeat {repeat + 1} {name:8} {seconds[name][-1]:8.2f} s", flush=True)
    results = {
        "settings": {"backbone": backbone.name, "fingerprint": backbone.fingerprint, "batch_size": BATCH}
        | {"tasks": TASKS, "examples": arguments.examples, "questions": len(asked), "max_new_tokens": MAX_NEW_TOKENS},
        "machine": {"cores": os.cpu_count(), "threads": arguments.threads, "system": platform.machine()}
        | {"torch": torch.__version__, "transformers": transformers.__version__, "load_average": os.getloadavg()},
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "questions_per_second": {name: len(asked) / statistics.median(spent) for name, spent in seconds.items()},
        "times_faster_than": {name: ratio(seconds[name], seconds["mintune"]) for name in ("one", "batched")},
        "times_less_cpu_than": {name: ratio(cpu_seconds[name], cpu_seconds["mintune"]) for name in ("one", "batched")},
        "same_answers": agreement(asked, said),
    }
    write_text(arguments.out, json.dumps(results, indent=1) + "\n")
    print(json.dumps({key: value for key, value in results.items() if key not in ("settings", "machine")}, indent=1))


def world_questions(examples: int, cache: Path) -> list[Question]:
    """Every question of a profile of the tasks."""
    tasks = build_world(WorldSettings(examples=max(20, examples), test_examples=10, tasks=TASKS), seed=0, cache=cache)
    settings = ProfileSettings(examples=examples)
    return [question for task in tasks for question in questions(task, settings, seed=0)]


def one_at_a_time(backbone: Backbone, asked: Sequence[Question]) -> list[str]:
    """What a short script would do: prepare one question, generate, decode."""
    return [text for question in asked for text in generated(backbone, [question])]


def plainly_batched(backbone: Backbone, asked: Sequence[Question]) -> list[str]:
    """The same with padded batches, questions in the order given."""
    return [text for batch in batches(asked, BATCH) for text in generated(backbone, batch)]


def by_mintune(backbone: Backbone, asked: Sequence[Question]) -> list[str]:
    """Closed answers by likelihood, open ones greedily; nothing known beforehand."""
    return [prediction.answer for prediction in answer(backbone, asked, batch_size=BATCH)]


WAYS: dict[str, Way] = {"one": one_at_a_time, "batched": plainly_batched, "mintune": by_mintune}


def generated(backbone: Backbone, asked: Sequence[Question]) -> list[str]:
    """Greedy answers by `processor` and `model.generate`, padded on the left."""
    pictures = [
        [Image.open(io.BytesIO(one.data)).convert("RGB") for one in question.shown.images] for question in asked
    ]
    turns = [turn(question.shown) for question in asked]
    prompts = backbone.processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    flat = list(itertools.chain.from_iterable(pictures))
    inputs = backbone.processor(
        text=prompts, images=flat or None, padding=True, padding_side="left", return_tensors="pt"
    ).to(backbone.device)
    with torch.inference_mode():
        ids = backbone.model.generate(**inputs, max_new_tokens=MAX_NEW_TOKENS, do_sample=False)
    new = ids[:, inputs["input_ids"].shape[1] :]
    return [text.strip() for text in backbone.tokenizer.batch_decode(new, skip_special_tokens=True)]


def turn(shown: Shown) -> list[dict[str, Any]]:
    content: list[dict[str, str]] = [{"type": "image"} for _ in shown.images]
    return [{"role": "user", "content": [*content, {"type": "text", "text": shown.words}]}]


def batches(asked: Sequence[Question], size: int) -> Iterator[Sequence[Question]]:
    return (asked[start : start + size] for start in range(0, len(asked), size))


def ratio(slow: Sequence[float], fast: Sequence[float]) -> dict[str, float]:
    """How often the fast way fits into the slow one, repeat by repeat."""
    times = [a / b for a, b in zip(slow, fast, strict=True)]
    return {"median": statistics.median(times), "low": min(times), "high": max(times)}


def agreement(asked: Sequence[Question], said: dict[str, list[str]]) -> dict[str, Any]:
    """How often two ways said the same, as [same, of how many].

    A closed question is comparable where what was generated is one of its choices: only then did both answer it.
    """
    rows = list(zip(asked, said["one"], said["batched"], said["mintune"], strict=True))
    open_rows = [row for row in rows if row[0].choices is None]
    closed = [row for row in rows if row[0].choices is not None and row[1] in row[0].choices]
    return {
        "one_and_batched": count(one == batched for _, one, batched, _ in rows),
        "one_and_mintune_open": count(one == ours for _, one, _, ours in open_rows),
        "one_and_mintune_closed": count(one == ours for _, one, _, ours in closed),
        "closed_generated_outside_the_choices": sum(row[0].choices is not None for row in rows) - len(closed),
    }


def count(claims: Iterator[bool]) -> list[int]:
    held = list(claims)
    return [sum(held), len(held)]


if __name__ == "__main__":
    main()
