"""Batches of primitive samples as tensors, made in a process of their own while the backbone trains.

A batch holds either prompts with one picture or prompts with none, of nearly the same length, so that hardly anything
is padded. Knows the prompt's tokens; `forward.py` knows the model.
"""

import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np
import torch
import torch.multiprocessing as multiprocessing
from torch import Tensor
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from mintune.models.tiny.forward import TOKENS_PER_IMAGE
from mintune.models.tiny.tokenizer import IMAGE_PAD, TURN_END, TURN_START, VISION_END, VISION_START
from mintune.tasks.world.primitives import Sample, sample_stream

POOL = 4096
MAX_LENGTH = 160
ROUND_TO = 4


@dataclass(frozen=True)
class Batch:
    """Prompts with answers.

    `ids` (batch, length) is padded on the right; `images` (batch, side, side, 3) or None; `rows` and `cols` point at the
    tokens before each answer token, `targets` holds those answer tokens, all (num_answer_tokens,).
    """

    ids: Tensor
    images: Tensor | None
    rows: Tensor
    cols: Tensor
    targets: Tensor
    names: tuple[str, ...]


def conversation(sample: Sample) -> tuple[str, str]:
    """The prompt and the answer of a sample in the chat template, every visual token written out."""
    pictures = f"{VISION_START}{IMAGE_PAD * TOKENS_PER_IMAGE}{VISION_END}" * len(sample.images)
    prompt = f"{TURN_START}user\n{pictures}{sample.words}{TURN_END}\n{TURN_START}assistant\n"
    return prompt, f"{sample.answer}{TURN_END}"


def batches_of(samples: Sequence[Sample], tokenizer: PreTrainedTokenizerBase, size: int) -> list[Batch]:
    """All samples as batches of up to `size` of like length; prompts over `MAX_LENGTH` tokens are an error."""
    encode = tokenizer.backend_tokenizer.encode_batch_fast
    pairs = [conversation(sample) for sample in samples]
    prompts = [encoding.ids for encoding in encode([prompt for prompt, _ in pairs])]
    answers = [encoding.ids for encoding in encode([answer for _, answer in pairs])]
    order = sorted(range(len(samples)), key=lambda i: (len(samples[i].images), len(prompts[i]) + len(answers[i])))
    batches: list[Batch] = []
    for with_image in (0, 1):
        members = [index for index in order if len(samples[index].images) == with_image]
        for start in range(0, len(members), size):
            part = members[start : start + size]
            batches.append(_batch([samples[i] for i in part], [prompts[i] for i in part], [answers[i] for i in part]))
    return batches


def _batch(samples: list[Sample], prompts: list[list[int]], answers: list[list[int]]) -> Batch:
    length = max(len(prompt) + len(answer) for prompt, answer in zip(prompts, answers, strict=True))
    if length > MAX_LENGTH:
        raise ValueError(f"a prompt of {length} tokens; at most {MAX_LENGTH} are trained on")
    # Few distinct lengths, because the matrix library prepares a kernel for each.
    ids = np.zeros((len(samples), -(-length // ROUND_TO) * ROUND_TO), dtype=np.int64)
    rows, cols, targets = [], [], []
    for row, (prompt, answer) in enumerate(zip(prompts, answers, strict=True)):
        ids[row, : len(prompt) + len(answer)] = prompt + answer
        rows += [row] * len(answer)
        cols += range(len(prompt) - 1, len(prompt) + len(answer) - 1)
        targets += answer
    images = np.stack([np.asarray(sample.images[0]) for sample in samples]) if samples[0].images else None
    return Batch(
        torch.from_numpy(ids),
        None if images is None else torch.from_numpy(images),
        torch.tensor(rows),
        torch.tensor(cols),
        torch.tensor(targets),
        tuple(sample.name for sample in samples),
    )


class LessonStream:
    """An endless stream of training batches from a process of its own."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, seed: int, batch_size: int, weights: Mapping[str, float]):
        context = multiprocessing.get_context("spawn")
        self._batches: Any = context.Queue(maxsize=192)
        self._weights: Any = context.Queue()
        self._process: SpawnProcess = context.Process(
            target=_produce, args=(tokenizer, seed, batch_size, dict(weights), self._batches, self._weights), daemon=True
        )
        self._process.start()

    def next(self) -> Batch:
        """The next batch; waits for it."""
        batch: Batch = self._batches.get(timeout=300)
        return batch

    def emphasise(self, weights: Mapping[str, float]) -> None:
        """From the next pool on, draw primitives in these proportions."""
        self._weights.put(dict(weights))

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


def _produce(
    tokenizer: PreTrainedTokenizerBase, seed: int, size: int, weights: dict[str, float], out: Any, news: Any
) -> None:
    torch.set_num_threads(1)
    # Tensors travel as bytes: shared-memory handles would need a file descriptor each.
    multiprocessing.set_sharing_strategy("file_system")
    index = 0
    rng = np.random.default_rng((seed, 1))
    while True:
        try:
            weights = news.get_nowait()
        except queue.Empty:
            pass
        samples = [sample_stream(seed, index + step, held_out=False, weights=weights) for step in range(POOL)]
        index += POOL
        batches = batches_of(samples, tokenizer, size)
        for place in rng.permutation(len(batches)):
            out.put(batches[int(place)])
