"""Train the built-in backbone from nothing: `python -m mintune.models.tiny.recipe --out build/tiny`.

Two stages within a time budget. First the vision tower learns alone to name what its tokens show (`warmup.py`); then the
whole model learns the primitives, drawing those more often that it still fails. The rate is constant, then falls to zero over
the last part of the budget; what is measured and exported is the running mean of the weights. The run can be stopped and
started again with the same command: it goes on from its last checkpoint.
"""

import argparse
import copy
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from transformers import PreTrainedTokenizerFast
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from mintune.models.tiny import warmup
from mintune.models.tiny.architecture import build_config, build_model, build_processor
from mintune.models.tiny.forward import answer_logits
from mintune.models.tiny.lessons import LessonStream
from mintune.models.tiny.skill import as_plain, emphasis, measure
from mintune.models.tiny.tokenizer import train_tokenizer
from mintune.tasks.world.primitives import PRIMITIVES

log = logging.getLogger("mintune.tiny")


@dataclass(frozen=True)
class Plan:
    """What a run does; times in seconds."""

    out: Path
    seed: int = 1
    batch_size: int = 64
    warmup_s: float = 360.0
    budget_s: float = 4200.0
    rate: float = 1.5e-3
    weight_decay: float = 0.02
    decay_share: float = 0.35
    checkpoint_s: float = 240.0
    samples_each: int = 50


def rate_at(share: float, step: int, plan: Plan) -> float:
    """The learning rate after `share` of the budget: a short rise, constant, then a straight fall to nearly zero."""
    rise = min(1.0, (step + 1) / 300)
    fall = min(1.0, max(0.02, (1 - share) / plan.decay_share))
    return plan.rate * rise * fall


def warm_vision(visual: Any, plan: Plan) -> None:
    """Stage one, for `plan.warmup_s` seconds; changes the vision tower in place."""
    heads = warmup.new_heads(visual.config.hidden_size)
    parameters = [*visual.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=0.0, weight_decay=plan.weight_decay, fused=True)
    rng = np.random.default_rng((plan.seed, 7))
    started = told = time.monotonic()
    step = 0
    while (elapsed := time.monotonic() - started) < plan.warmup_s:
        batch = warmup.looks(rng, 96, held_out=False)
        for group in optimizer.param_groups:
            group["lr"] = rate_at(elapsed / plan.warmup_s, step, plan)
        with torch.autocast("cpu", torch.bfloat16):
            loss = warmup.loss_of(visual, heads, batch)
        _descend(loss, parameters, optimizer)
        step += 1
        if time.monotonic() - told > 20:
            told = time.monotonic()
            seen = warmup.accuracy_of(visual, heads, warmup.looks(np.random.default_rng(5), 256, held_out=True))
            log.info("vision step %d loss %.3f %s", step, loss.item(), {name: round(value, 3) for name, value in seen.items()})


def _descend(loss: torch.Tensor, parameters: list[torch.nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()


@dataclass
class State:
    """All that a checkpoint holds of stage two."""

    model: Any
    mean: Any
    optimizer: torch.optim.Optimizer
    step: int = 0
    samples: int = 0
    elapsed: float = 0.0
    weights: dict[str, float] | None = None

    def save(self, path: Path) -> None:
        """Write the checkpoint whole or not at all."""
        content = {
            "model": self.model.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": (self.step, self.samples, self.elapsed, self.weights),
        }
        torch.save(content, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)

    def load(self, path: Path) -> None:
        """Continue from a checkpoint."""
        content = torch.load(path, weights_only=True)
        self.model.load_state_dict(content["model"])
        self.mean.load_state_dict(content["mean"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.samples, self.elapsed, self.weights = content["progress"]


def teach(state: State, lessons: LessonStream, plan: Plan, checkpoint: Callable[[State], None]) -> None:
    """Stage two, until `plan.budget_s` seconds of training are spent; checkpoints cost no budget."""
    told = saved = time.monotonic()
    losses: list[float] = []
    parameters = list(state.model.parameters())
    while state.elapsed < plan.budget_s:
        started = time.monotonic()
        batch = lessons.next()
        for group in state.optimizer.param_groups:
            group["lr"] = rate_at(state.elapsed / plan.budget_s, state.step, plan)
        with torch.autocast("cpu", torch.bfloat16):
            logits = answer_logits(state.model, batch.ids, batch.images, batch.rows, batch.cols)
        loss = F.cross_entropy(logits.float(), batch.targets)
        _descend(loss, parameters, state.optimizer)
        _follow(state)
        state.step += 1
        state.samples += len(batch.names)
        losses.append(loss.item())
        now = time.monotonic()
        state.elapsed += now - started
        if now - told > 20:
            speed = plan.batch_size * len(losses) / (now - told)
            log.info("step %d samples %d minutes %.1f loss %.4f speed %.0f/s", state.step, state.samples,
                     state.elapsed / 60, sum(losses) / len(losses), speed)  # fmt: skip
            told, losses = now, []
        if now - saved > plan.checkpoint_s:
            checkpoint(state)
            if state.weights is not None:
                lessons.emphasise(state.weights)
            told = saved = time.monotonic()
    checkpoint(state)


@torch.no_grad()
def _follow(state: State) -> None:
    """Move the running mean towards the weights; its memory grows to some two thousand steps."""
    share = max(1 / 2000, 1 / (state.step / 5 + 1))
    torch._foreach_lerp_(list(state.mean.parameters()), list(state.model.parameters()), share)


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
        mixed = F.scaled_dot_product_attention(query.float(), key.float(), value.float(), is_causal=True, enable_gqa=True)
    return mixed.transpose(1, 2), None


def train(plan: Plan) -> None:
    """The whole recipe; the exported folder is `plan.out / "export"`."""
    plan.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(plan.seed)
    torch.set_flush_denormal(True)
    tokenizer = _tokenizer(plan.out / "tokenizer")
    model = build_model(build_config(tokenizer))
    if not (plan.out / "vision.pt").exists():
        warm_vision(model.model.visual, plan)
        torch.save(model.model.visual.state_dict(), plan.out / "vision.pt")
    model.model.visual.load_state_dict(torch.load(plan.out / "vision.pt", weights_only=True))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.0, weight_decay=plan.weight_decay, betas=(0.9, 0.98), fused=True)
    mean = copy.deepcopy(model)
    ALL_ATTENTION_FUNCTIONS.register("tiny_training", plain_attention)
    model.model.language_model.config._attn_implementation = "tiny_training"
    state = State(model, mean, optimizer)
    if (plan.out / "state.pt").exists():
        state.load(plan.out / "state.pt")
    weights = state.weights or dict.fromkeys(PRIMITIVES, 1.0)

    def checkpoint(now: State) -> None:
        skills = measure(now.mean, tokenizer, plan.samples_each)
        now.weights = emphasis(skills)
        now.save(plan.out / "state.pt")
        export(now.mean, tokenizer, plan.out / "export")
        (plan.out / "skills.json").write_text(json.dumps(as_plain(skills), indent=1))
        failing = sorted((skill.accuracy, name) for name, skill in skills.items() if skill.accuracy < 0.95)
        average = sum(skill.accuracy for skill in skills.values()) / len(skills)
        log.info("CHECKPOINT step %d mean %.3f failing %s", now.step, average, [f"{name} {value:.2f}" for value, name in failing])

    lessons = LessonStream(tokenizer, plan.seed + state.step, plan.batch_size, weights)
    try:
        teach(state, lessons, plan, checkpoint)
    finally:
        lessons.close()


def _tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    if not folder.exists():
        train_tokenizer().save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)  # type: ignore[no-any-return]


def main() -> None:
    """Read the plan from the command line and train."""
    parser = argparse.ArgumentParser(description="Train the built-in backbone.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--warmup-s", type=float, default=Plan.warmup_s)
    parser.add_argument("--budget-s", type=float, default=Plan.budget_s)
    parser.add_argument("--checkpoint-s", type=float, default=Plan.checkpoint_s)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("transformers").setLevel(logging.ERROR)
    train(Plan(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
