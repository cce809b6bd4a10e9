"""A guesser that counts, to attack a task from one side: naive Bayes over what that side says, alone and in pairs."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import fields

import numpy as np

from mintune.tasks.world.pictures import Chart, Description, Digits


def atoms_of_picture(picture: Description) -> list[Hashable]:
    """What a picture holds, each thing in its parts and whole; bars and digits with their place from the left."""
    content = getattr(picture, fields(picture)[0].name)
    if isinstance(content, str):
        return [content]
    if isinstance(picture, (Chart, Digits)):
        return [part for place, item in enumerate(content) for part in (item, (place, item))]
    things = [tuple((f.name, getattr(item, f.name)) for f in fields(item)) for item in content]
    return [part for thing in things for size in (1, 2, 3) for part in itertools.combinations(thing, size)]


def atoms_of_text(text: str) -> list[Hashable]:
    """The words of a text."""
    return list(text.lower().replace(",", "").rstrip(".").split())


def held_out_accuracy(atoms: Sequence[Sequence[Hashable]], answers: Sequence[str]) -> float:
    """Accuracy of the guesser on the second half, after counting over the first.

    Only what was seen ten times is used, so that chance company of rare atoms is not taken for a rule.
    """
    half = len(answers) // 2
    labels = sorted(set(answers))
    index = {label: i for i, label in enumerate(labels)}
    total: Counter[Hashable] = Counter()
    counts: dict[Hashable, np.ndarray] = defaultdict(lambda: np.zeros(len(labels)))
    prior = np.ones(len(labels))
    for example, answer in zip(atoms[:half], answers[:half], strict=True):
        prior[index[answer]] += 1
        for atom in with_pairs(example):
            total[atom] += 1
            counts[atom][index[answer]] += 1
    known = {
        a: np.log(counts[a] + 0.5) - np.log(total[a]) - np.log(prior / prior.sum()) for a in total if total[a] >= 10
    }
    right = 0
    for example, answer in zip(atoms[half:], answers[half:], strict=True):
        evidence = [known[atom] for atom in with_pairs(example) if atom in known]
        score = np.log(prior) + sum(evidence, np.zeros(len(labels)))
        right += labels[int(np.argmax(score))] == answer
    return right / (len(answers) - half)


def with_pairs(example: Sequence[Hashable]) -> Iterator[Hashable]:
    distinct = list(dict.fromkeys(example))
    yield from distinct
    if len(distinct) <= 30:
        yield from itertools.combinations(distinct, 2)
