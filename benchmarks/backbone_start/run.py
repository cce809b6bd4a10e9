"""What heads that begin as induction heads are worth: words copied after a few hundred steps of echo, with and without.

    .venv/bin/python benchmarks/backbone_start/run.py --steps 300 --seeds 3

Text alone, one process, the recipe's optimiser and rate; both starts see the same lessons. `results.json` beside this
file is written anew after every run.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from mintune.models.tiny import circuits
from mintune.models.tiny.architecture import EMBEDDING_STD, build_config, build_model
from mintune.models.tiny.descent import descend, optimizer_of, pace_at
from mintune.models.tiny.forward import answer_logits
from mintune.models.tiny.lessons import Batch, batches_of
from mintune.models.tiny.plan import Plan
from mintune.models.tiny.recipe import plain_attention
from mintune.models.tiny.tokenizer import train_tokenizer
from mintune.run import write_text
from mintune.tasks.world.primitives.drills import drill

HERE = Path(__file__).parent
PLAN = Plan(out=Path(tempfile.gettempdir()))
MEASURED = 20


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    tokenizer, results = train_tokenizer(), []
    ALL_ATTENTION_FUNCTIONS.register("tiny_training", plain_attention)
    for seed in range(arguments.seeds):
        for start in ("random", "set up"):
            curve = learn(tokenizer, start=start, seed=seed, steps=arguments.steps)
            results.append({"start": start, "seed": seed, "steps": arguments.steps, "copied": curve})
            write_text(HERE / "results.json", json.dumps(results, indent=1) + "\n")
            print(start, seed, curve, flush=True)


def learn(tokenizer: object, *, start: str, seed: int, steps: int) -> dict[int, float]:
    """The share of words copied rightly in training, over `MEASURED` steps up to each hundredth."""
    torch.manual_seed(seed)
    model = build_model(build_config(tokenizer), tokenizer)
    text = model.model.language_model
    text.config._attn_implementation = "tiny_training"
    if start == "set up":
        circuits.set_up(text, EMBEDDING_STD)
    optimizer = optimizer_of(text.parameters())
    rng = np.random.default_rng(seed)
    right: list[float] = []
    for step in range(steps):
        lessons = [drill("echo", rng) for _ in range(PLAN.batch_size)]
        [batch] = batches_of(lessons, tokenizer, PLAN.batch_size)
        right.append(one_step(model, batch, optimizer, PLAN.rate * pace_at(0.0, step, PLAN.decay_share)))
    return {end: round(float(np.mean(right[end - MEASURED : end])), 3) for end in range(100, steps + 1, 100)}


def one_step(model: object, batch: Batch, optimizer: torch.optim.Optimizer, rate: float) -> float:
    """One step of training; returns the share of words that were right before it."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = answer_logits(model, batch.ids, None, batch.rows, batch.cols).float()
    descend(functional.cross_entropy(logits, batch.targets), optimizer, rate)
    return float((logits.argmax(-1) == batch.targets).float().mean())


if __name__ == "__main__":
    main()
