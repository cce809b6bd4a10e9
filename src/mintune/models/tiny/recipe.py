"""Train the built-in backbone from nothing: `python -m mintune.models.tiny.recipe --out build/tiny`.

Two stages within a time budget. First the vision tower learns alone to name what its tokens show (`warmup.py`); then
the whole model learns the primitives, the simplest first (`curriculum.py`). The rate is constant, then falls to zero
over the last part of the budget; what is measured and exported is the running mean of the weights. The run can be
stopped and started again with the same command: it goes on from its last checkpoint. `--start FOLDER` teaches exported
weights further, in a run of their own; what they have mastered is told by the `record` in their `run.json`.
"""

import argparse
import copy
import datetime
import json
import logging
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch.multiprocessing.spawn import spawn
from torch.nn import functional
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from mintune.models.tiny import circuits, warmup
from mintune.models.tiny.architecture import EMBEDDING_STD, build_config, build_model, build_processor
from mintune.models.tiny.curriculum import Record
from mintune.models.tiny.descent import agreed, descend, optimizer_of, pace_at
from mintune.models.tiny.forward import vision_tokens
from mintune.models.tiny.lessons import LessonStream
from mintune.models.tiny.plan import Plan
from mintune.models.tiny.skill import as_plain, measure
from mintune.models.tiny.teaching import State, teach
from mintune.models.tiny.tokenizer import train_tokenizer

log = logging.getLogger("mintune.tiny")


def warm_vision(visual: Any, heads: warmup.Heads, plan: Plan, rank: int) -> None:
    """Stage one, for `plan.warmup_s` seconds; changes the vision tower and its heads in place."""
    optimizer = optimizer_of([*visual.parameters(), *heads.parameters()])
    rng = np.random.default_rng((plan.seed, 7, rank))
    started = told = time.monotonic()
    step, share = 0, 0.0
    while share < 1.0:
        # Words are by far the slowest to start; once they are read, handwriting needs the time more.
        batch = warmup.looks(rng, 48, held_out=False, written=0.75 if share < 0.3 else 0.35)
        with torch.autocast("cpu", torch.bfloat16):
            loss = warmup.loss_of(visual, heads, batch)
        descend(loss, optimizer, plan.rate / 2 * pace_at(share, step, plan.decay_share))
        step += 1
        share, is_due = agreed((time.monotonic() - started) / plan.warmup_s, time.monotonic() - told > 60)
        if is_due:
            told = time.monotonic()
            seen = warmup.accuracy_of(visual, heads, warmup.looks(np.random.default_rng(5), 256, held_out=True))
            rounded = {name: round(value, 3) for name, value in seen.items()}
            log.info("vision step %d loss %.3f %s", step, loss.item(), rounded)


def export(model: Any, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write model (bfloat16) and processor so that transformers' Auto classes load them from the folder."""
    stored = copy.deepcopy(model).to(torch.bfloat16)
    stored.save_pretrained(folder)
    build_processor(tokenizer).save_pretrained(folder)


def plain_attention(*parts: Any, **named: Any) -> tuple[torch.Tensor, None]:
    """Causal attention in float32, which is several times faster on a CPU than its bfloat16 backward pass."""
    _module, query, key, value = parts[:4]
    del named
    with torch.autocast("cpu", enabled=False):
        mixed = functional.scaled_dot_product_attention(
            query.float(), key.float(), value.float(), is_causal=True, enable_gqa=True
        )
    return mixed.transpose(1, 2), None


def train(plan: Plan) -> None:
    """The whole recipe; the exported folder is `plan.out / "export"`.

    One process a core, each with one thread and its own lessons, averaging gradients every step: two threads in one
    process would wait for each other in every operation.
    """
    plan.out.mkdir(parents=True, exist_ok=True)
    _tokenizer(plan.out / "tokenizer")
    spawn(_train_one, args=(plan,), nprocs=plan.processes)


def _train_one(rank: int, plan: Plan) -> None:
    _log_as(rank)
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo", init_method=f"file://{plan.out.resolve()}/meeting-{os.getppid()}", rank=rank, world_size=plan.processes
    )
    torch.manual_seed(plan.seed)
    torch.set_flush_denormal(True)
    tokenizer = _tokenizer(plan.out / "tokenizer")
    model, record, account = _beginning(tokenizer, plan, rank)
    # The language layers' first gradients are noise, and would undo within minutes what the vision tower has learnt.
    model.model.visual.requires_grad_(False)
    mean = copy.deepcopy(model)
    ALL_ATTENTION_FUNCTIONS.register("tiny_training", plain_attention)
    model.model.language_model.config._attn_implementation = "tiny_training"
    optimizer = optimizer_of(weight for weight in model.parameters() if weight.requires_grad)
    state = State(model, mean, optimizer, record=record)
    if (plan.out / "state.pt").exists():
        state.load(plan.out / "state.pt")

    def checkpoint(now: State) -> None:
        if rank > 0:
            return
        skills = measure(now.mean, tokenizer, plan.samples_each)
        now.save(plan.out / "state.pt")
        export(now.mean, tokenizer, plan.out / "export")
        told_run = {"account": f"{account} {_told(now, plan)}".strip(), "record": now.record.accuracy}
        (plan.out / "export" / "run.json").write_text(json.dumps(told_run, indent=1) + "\n")
        (plan.out / "skills.json").write_text(json.dumps(as_plain(skills), indent=1))
        failing = sorted((skill.accuracy, name) for name, skill in skills.items() if skill.accuracy < 0.95)
        average = sum(skill.accuracy for skill in skills.values()) / len(skills)
        told = " ".join(f"{name}={value:.2f}" for value, name in failing)
        log.info("CHECKPOINT step %d mean %.3f failing %s", now.step, average, told)

    weights = state.record.weights(state.elapsed / plan.budget_s)
    lessons = LessonStream(tokenizer, plan.seed + state.step + 1_000_003 * rank, plan.batch_size, weights)
    try:
        teach(state, lessons, plan, checkpoint)
    finally:
        lessons.close()


def _beginning(tokenizer: PreTrainedTokenizerFast, plan: Plan, rank: int) -> tuple[Any, Record, str]:
    """The model to be taught, what it has mastered, and how it came to be so far."""
    if plan.start is not None:
        known = json.loads((plan.start / "run.json").read_text())
        model = build_model(build_config(tokenizer), tokenizer)
        model.load_state_dict(AutoModelForImageTextToText.from_pretrained(plan.start, dtype=torch.float32).state_dict())
        return model, Record(known["record"]), known["account"]
    model = build_model(build_config(tokenizer), tokenizer)
    _see_first(model, tokenizer, plan, rank)
    circuits.set_up(model.model.language_model, EMBEDDING_STD)
    return model, Record(), f"The vision tower alone for {plan.warmup_s / 60:.0f} minutes."


def _told(state: State, plan: Plan) -> str:
    """One sentence on what this run did, for the card."""
    return (
        f"Then {state.samples:,} samples in {state.step:,} steps and {state.elapsed / 60:.0f} minutes of training in "
        f"{plan.processes} processes (seed {plan.seed}, rate {plan.rate:g}, {datetime.date.today()})."
    )


def _see_first(model: Any, tokenizer: PreTrainedTokenizerFast, plan: Plan, rank: int) -> None:
    """Stage one, or its outcome where an earlier run has finished it."""
    visual, done = model.model.visual, plan.out / "vision.pt"
    if done.exists():
        visual.load_state_dict(torch.load(done, weights_only=True))
        return
    heads = warmup.Heads(model.get_input_embeddings().weight.detach(), tokenizer.convert_tokens_to_ids)
    warm_vision(visual, heads, plan, rank)
    _shrink_to_words(visual, model.get_input_embeddings().weight)
    dist.barrier()
    if rank == 0:
        torch.save(visual.state_dict(), done)


@torch.no_grad()
def _shrink_to_words(visual: Any, embeddings: torch.Tensor) -> None:
    """Make visual tokens as large as embedded words, so that the layers above can add to both alike."""
    images = warmup.looks(np.random.default_rng(0), 64, held_out=False).images
    factor = embeddings.std() / vision_tokens(visual, images).pow(2).mean().sqrt()
    visual.merger.mlp[2].weight.mul_(factor)
    visual.merger.mlp[2].bias.mul_(factor)


def _tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    if not folder.exists():
        train_tokenizer().save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def _log_as(rank: int) -> None:
    level = logging.INFO if rank == 0 else logging.ERROR
    logging.basicConfig(level=level, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("transformers").setLevel(logging.ERROR)


def main() -> None:
    """Read the plan from the command line and train."""
    parser = argparse.ArgumentParser(description="Train the built-in backbone.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, default=Plan.start)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--rate", type=float, default=Plan.rate)
    parser.add_argument("--warmup-s", type=float, default=Plan.warmup_s)
    parser.add_argument("--budget-s", type=float, default=Plan.budget_s)
    parser.add_argument("--checkpoint-s", type=float, default=Plan.checkpoint_s)
    _log_as(0)
    train(Plan(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
