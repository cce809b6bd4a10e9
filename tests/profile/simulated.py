"""Predictors whose knowledge is known: tasks and predictions drawn from a stated mixture of interaction types.

Each example is of one type, its `built_as` (None where nobody holds the answer); a view that holds its answer is right
with `accuracy`, any other guesses from `guesses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mintune.records import TYPES, VIEWS, Example, Prediction, Task

# Which of image, text and both hold the answer, for redundancy, unique_image, unique_text, synergy and unanswered.
HOLDS = np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1], [0, 0, 1], [0, 0, 0]], dtype=bool)

PURE = {
    name: tuple(float(place == own) for place in range(5))
    for own, name in enumerate(["redundancy", "unique_image", "unique_text", "synergy", "unanswered"])
}


@dataclass(frozen=True)
class World:
    """How a simulated task is drawn.

    `lean` is the share of examples on which `both` repeats what `image` said instead of what it knows.
    `hard` makes all views fail on the same examples instead of independently, in all of their answers.
    `answers` are given to each example under each view, independently of one another; where a view is `stubborn`, it
    guesses and slips in the same way each time. Where answers are open, no choices are offered and each answer is a
    word of its own.
    """

    shares: Sequence[float]
    num_examples: int = 200
    prior: Sequence[float] = (0.5, 0.5)
    guesses: Sequence[float] | None = None
    accuracy: float = 0.8
    lean: float = 0.0
    hard: bool = False
    is_open: bool = False
    knows: tuple[float, float, float] = (1.0, 1.0, 1.0)
    answers: int = 1
    stubborn: bool = False


def draw(world: World, rng: np.random.Generator, *, name: str = "simulated") -> tuple[Task, list[Prediction]]:
    """A task and its predictions under four views."""
    size, num_choices = world.num_examples, len(world.prior)
    guesses = world.prior if world.guesses is None else world.guesses
    gold = rng.choice(num_choices, size=size, p=world.prior)
    kind = rng.choice(5, size=size, p=world.shares)
    reliability = world.accuracy * np.array(world.knows)
    said: list[np.ndarray] = []
    luck = rng.random((size, 1)) if world.hard else rng.random((size, 3))
    for number in range(world.answers):
        if number and not (world.hard or world.stubborn):
            luck = rng.random((size, 3))
        if not number or not world.stubborn:
            guessed = rng.choice(num_choices, size=(size, 4), p=guesses)
            slips = (gold[:, None] + rng.integers(1, num_choices, size=(size, 3))) % num_choices
            leaning = rng.random(size) < world.lean
        answers = np.where(HOLDS[kind], np.where(luck < reliability, gold[:, None], slips), guessed[:, 1:])
        answers[leaning, 2] = answers[leaning, 0]
        said.append(np.column_stack([np.full(size, int(np.argmax(guesses))), answers]))
    choices = tuple(f"word{place}" if world.is_open else f"answer {place}" for place in range(1, num_choices + 1))
    offered = None if world.is_open else choices
    examples = tuple(
        Example(f"{number:05d}", (), "", (choices[right],), offered, built_as=(*TYPES, None)[own])
        for number, (right, own) in enumerate(zip(gold.tolist(), kind.tolist(), strict=True))
    )
    predictions = [
        Prediction(task=name, example_id=example.id, view=view, answer=choices[answer], draw=number)
        for number, answers in enumerate(said)
        for example, row in zip(examples, answers.tolist(), strict=True)
        for view, answer in zip(VIEWS, row, strict=True)
    ]
    task = Task(name, "Answer.", "exact_match", "simulated", {"train": examples}, fingerprint=name)
    return task, predictions
