"""Batches of primitive samples as tensors, made in a process of their own while the backbone trains.

A batch holds either prompts with one picture or prompts with none, of nearly the same length, so that hardly anything
is padded. Knows the prompt's tokens; `forward.py` knows the model.
"""

import contextlib
import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, multiprocessing
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from mintune.models.tiny.forward import TOKENS_PER_IMAGE
from mintune.models.tiny.tokenizer import IMAGE_PAD, TURN_END, TURN_START, VISION_END, VISION_START
from mintune.tasks.world.primitives import Sample, primitive_sample
from mintune.tasks.world.primitives.drills import DRILLS, Drill, drill
from mintune.tasks.world.primitives.talks import TALKS, talk

POOL = 512
MAX_LENGTH = 208
ROUND_TO = 4


@dataclass(frozen=True)
class Batch:
    """Prompts with answers.

    `ids` (batch, length) is padded on the right; `images` (batch, side, side, 3) or None; `rows` and `cols` point at
    the tokens before each answer token, `targets` holds those answer tokens, all (num_answer_tokens,).
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


def rehearsal(drill: Drill) -> list[tuple[str, bool]]:
    """A drill as pieces of text, each with whether it is to be learnt."""
    pictures = f"{VISION_START}{IMAGE_PAD * TOKENS_PER_IMAGE}{VISION_END}" * len(drill.images)
    if drill.name in TALKS:
        return _turns(pictures, drill)
    pieces = [(f"{TURN_START}user\n{pictures}{drill.text}{TURN_END}\n{TURN_START}assistant\n", False)]
    for cue, answer in drill.rounds:
        pieces += [(f" {cue}{drill.joint}", False)] if cue else []
        pieces.append((f" {answer}{drill.end}", True))
    return pieces


def _turns(pictures: str, talk: Drill) -> list[tuple[str, bool]]:
    """A talk in the chat template; what it is about stands in the first turn, before the question or after it."""
    pieces: list[tuple[str, bool]] = []
    for place, (question, answer) in enumerate(talk.rounds):
        parts = [question, talk.text] if talk.asks_first else [talk.text, question]
        shown = question if place else "\n".join(part for part in parts if part)
        opening = f"{TURN_START}user\n{pictures}" if place == 0 else f"\n{TURN_START}user\n"
        pieces += [(f"{opening}{shown}{TURN_END}\n{TURN_START}assistant\n", False), (f"{answer}{TURN_END}", True)]
    return pieces


@dataclass(frozen=True)
class _Lesson:
    """One sequence of tokens, which of them are to be learnt, and its picture."""

    ids: list[int]
    is_learnt: list[bool]
    image: Image.Image | None
    name: str


def batches_of(samples: Sequence[Sample | Drill], tokenizer: PreTrainedTokenizerBase, size: int) -> list[Batch]:
    """All samples as batches of up to `size` of like length; prompts over `MAX_LENGTH` tokens are an error."""
    encode = tokenizer.backend_tokenizer.encode_batch_fast
    lessons = []
    for sample in samples:
        if isinstance(sample, Drill):
            pieces = rehearsal(sample)
        else:
            prompt, answer = conversation(sample)
            pieces = [(prompt, False), (answer, True)]
        ids: list[int] = []
        is_learnt: list[bool] = []
        for encoding, (_, learnt) in zip(encode([text for text, _ in pieces]), pieces, strict=True):
            ids += encoding.ids
            is_learnt += [learnt] * len(encoding.ids)
        lessons.append(_Lesson(ids, is_learnt, sample.images[0] if sample.images else None, sample.name))
    batches: list[Batch] = []
    for with_image in (False, True):
        members = [lesson for lesson in lessons if (lesson.image is not None) == with_image]
        members.sort(key=lambda lesson: len(lesson.ids))
        batches += [_batch(members[start : start + size]) for start in range(0, len(members), size)]
    return batches


def _batch(lessons: list[_Lesson]) -> Batch:
    length = max(len(lesson.ids) for lesson in lessons)
    if length > MAX_LENGTH:
        raise ValueError(f"a prompt of {length} tokens; at most {MAX_LENGTH} are trained on")
    # Few distinct lengths, because the matrix library prepares a kernel for each.
    ids = np.zeros((len(lessons), -(-length // ROUND_TO) * ROUND_TO), dtype=np.int64)
    learnt = np.zeros(ids.shape, dtype=bool)
    for row, lesson in enumerate(lessons):
        ids[row, : len(lesson.ids)] = lesson.ids
        learnt[row, : len(lesson.ids)] = lesson.is_learnt
    rows, cols = learnt.nonzero()
    pictures = [np.asarray(lesson.image) for lesson in lessons if lesson.image is not None]
    return Batch(
        torch.from_numpy(ids),
        torch.from_numpy(np.stack(pictures)) if pictures else None,
        torch.from_numpy(rows),
        torch.from_numpy(cols - 1),
        torch.from_numpy(ids[rows, cols]),
        tuple(lesson.name for lesson in lessons),
    )


class LessonStream:
    """An endless stream of training batches from a process of its own."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, seed: int, batch_size: int, weights: Mapping[str, float]):
        context = multiprocessing.get_context("spawn")
        self._batches: Any = context.Queue(maxsize=24)
        self._weights: Any = context.Queue()
        self._process: SpawnProcess = context.Process(
            target=_produce,
            args=(tokenizer, seed, batch_size, dict(weights), self._batches, self._weights),
            daemon=True,
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
    rng = np.random.default_rng((seed, 1))
    parent = multiprocessing.parent_process()
    while parent is not None and parent.is_alive():
        with contextlib.suppress(queue.Empty):
            weights = news.get_nowait()
        names = rng.choice(tuple(weights), POOL, p=np.array(tuple(weights.values())) / sum(weights.values()))
        batches = batches_of([_lesson(str(name), rng) for name in names], tokenizer, size)
        for place in rng.permutation(len(batches)):
            if len(batches[int(place)].names) == size:
                out.put(batches[int(place)], timeout=900)


def _lesson(name: str, rng: np.random.Generator) -> Sample | Drill:
    if name in DRILLS:
        return drill(name, rng)
    return talk(name, rng) if name in TALKS else primitive_sample(name, rng, held_out=False)
