"""Measure what the backbone can do: exact answers on held-out samples, one primitive at a time.

A sample counts as right where every token of the answer and the end of the turn are the most likely ones, which is
what greedy decoding would write.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from mintune.models.tiny.forward import answer_logits
from mintune.models.tiny.lessons import batches_of
from mintune.tasks.world.primitives import PRIMITIVES, primitive_sample

HELD_OUT_SEED = 990_001
# By construction nothing shown answers these, so there is no skill to measure.
UNANSWERABLE = "no_information"


@dataclass(frozen=True)
class Skill:
    """Share of right answers with its 95 % Wilson interval."""

    accuracy: float
    low: float
    high: float
    n: int


def wilson(right: int, n: int) -> Skill:
    """The share `right / n` with its 95 % Wilson score interval; `n` must be positive."""
    z = 1.959964
    share = right / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounded, because at shares of 0 and 1 the interval ends there exactly and floating point only nearly.
    return Skill(share, round(max(0.0, centre - half), 9), round(min(1.0, centre + half), 9), n)


@torch.no_grad()
def measure(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    samples_each: int,
    names: Sequence[str] | None = None,
    seed: int = HELD_OUT_SEED,
) -> dict[str, Skill]:
    """The skill in each primitive on `samples_each` samples that no training run has seen.

    Args:
        model: a `Qwen2VLForConditionalGeneration`.
        tokenizer: its tokenizer.
        samples_each: samples a primitive.
        names: which primitives, by default all that have an answer.
        seed: of the held-out samples; handwritten digits always come from the held-out images.
    """
    chosen = [name for name in (names or PRIMITIVES) if name != UNANSWERABLE]
    rngs = {name: np.random.default_rng((seed, place)) for place, name in enumerate(PRIMITIVES)}
    samples = [primitive_sample(name, rngs[name], held_out=True) for name in chosen for _ in range(samples_each)]
    right = dict.fromkeys(chosen, 0)
    model.eval()
    for batch in batches_of(samples, tokenizer, size=128):
        logits = answer_logits(model, batch.ids, batch.images, batch.rows, batch.cols)
        wrong = torch.zeros(len(batch.names), dtype=torch.bool)
        wrong[batch.rows[logits.argmax(-1) != batch.targets]] = True
        for name, is_wrong in zip(batch.names, wrong.tolist(), strict=True):
            right[name] += not is_wrong
    return {name: wilson(count, samples_each) for name, count in right.items()}


def as_plain(skills: Mapping[str, Skill]) -> dict[str, dict[str, float]]:
    """The skills as plain values for JSON."""
    return {name: asdict(skill) for name, skill in skills.items()}
