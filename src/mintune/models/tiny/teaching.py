"""Stage two of the recipe: the whole model learns drills and primitives, one batch after the other.

Knows what a checkpoint holds. Where batches come from is in `lessons.py`, which primitives when in `curriculum.py`.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mintune.models.tiny.curriculum import CORE, FIRST, Record
from mintune.models.tiny.descent import agreed, descend, pace_at
from mintune.models.tiny.forward import answer_logits
from mintune.models.tiny.lessons import Batch, LessonStream
from mintune.models.tiny.plan import Plan
from mintune.tasks.world.primitives import PRIMITIVES
from mintune.tasks.world.primitives.drills import DRILLS
from mintune.tasks.world.primitives.talks import TALKS

log = logging.getLogger("mintune.tiny")
TELL_EVERY_S = 20.0
MEMORY_STEPS = 400


@dataclass
class State:
    """All that a checkpoint holds of stage two."""

    model: Any
    mean: Any
    optimizer: torch.optim.Optimizer
    step: int = 0
    samples: int = 0
    elapsed: float = 0.0
    record: Record = field(default_factory=Record)

    def save(self, path: Path) -> None:
        """Write the checkpoint whole or not at all."""
        content = {
            "model": self.model.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": (self.step, self.samples, self.elapsed, self.record.accuracy),
        }
        torch.save(content, path.with_suffix(".part"))
        path.with_suffix(".part").rename(path)

    def load(self, path: Path) -> None:
        """Continue from a checkpoint."""
        content = torch.load(path, weights_only=True)
        self.model.load_state_dict(content["model"])
        self.mean.load_state_dict(content["mean"])
        self.optimizer.load_state_dict(content["optimizer"])
        self.step, self.samples, self.elapsed, accuracy = content["progress"]
        self.record = Record(accuracy)


def teach(state: State, lessons: LessonStream, plan: Plan, checkpoint: Callable[[State], None]) -> None:
    """Stage two, until `plan.budget_s` seconds of training are spent; checkpoints cost no budget."""
    told = saved = time.monotonic()
    losses: list[float] = []
    while state.elapsed < plan.budget_s:
        started = time.monotonic()
        losses.append(_teach_once(state, lessons.next(), plan))
        now = time.monotonic()
        state.elapsed, is_due = agreed(state.elapsed + now - started, now - saved > plan.checkpoint_s)
        if state.step % plan.emphasise_every == 0:
            lessons.emphasise(state.record.weights(state.elapsed / plan.budget_s))
        if now - told > TELL_EVERY_S:
            _tell(state, losses, plan.batch_size * plan.processes * len(losses) / (now - told))
            told, losses = now, []
        if is_due:
            checkpoint(state)
            told = saved = time.monotonic()
            losses = []
    checkpoint(state)


def _tell(state: State, losses: list[float], speed: float) -> None:
    parts: dict[str, Iterable[str]] = {name: (name,) for name in (*DRILLS, *TALKS)} | {"first": FIRST, "core": CORE}
    right = {part: round(state.record.mean(names), 2) for part, names in parts.items()}
    mean, minutes = sum(losses) / len(losses), state.elapsed / 60
    told = f"step {state.step} samples {state.samples} minutes {minutes:.1f} loss {mean:.4f} speed {speed:.0f}/s"
    log.info("%s right %s", told, right)


def _teach_once(state: State, batch: Batch, plan: Plan) -> float:
    share = state.elapsed / plan.budget_s
    with torch.autocast("cpu", torch.bfloat16):
        logits = answer_logits(state.model, batch.ids, batch.images, batch.rows, batch.cols)
    loss = functional.cross_entropy(logits.float(), batch.targets)
    descend(loss, state.optimizer, plan.rate * pace_at(share, state.step, plan.decay_share))
    state.record.note(_outcomes(batch, logits))
    _follow(state)
    state.step += 1
    state.samples += len(batch.names) * plan.processes
    return loss.item()


def _outcomes(batch: Batch, logits: Tensor) -> list[tuple[str, float]]:
    """Of each sample its name and whether it was right; of a drill or talk the share of its tokens that were."""
    is_right = (logits.argmax(-1) == batch.targets).float()
    total = torch.zeros(len(batch.names)).index_add_(0, batch.rows, is_right)
    share = (total / torch.bincount(batch.rows, minlength=len(batch.names))).tolist()
    return [
        (name, float(value == 1.0) if name in PRIMITIVES else value)
        for name, value in zip(batch.names, share, strict=True)
    ]


@torch.no_grad()
def _follow(state: State) -> None:
    """Move the running mean towards the weights; its memory grows to some hundreds of steps."""
    share = max(1 / MEMORY_STEPS, 1 / (state.step / 5 + 1))
    torch._foreach_lerp_(list(state.mean.parameters()), list(state.model.parameters()), share)
