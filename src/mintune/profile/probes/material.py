"""One task as probes take it: what is seen of each example as numbers, its answer, and with whom it may not be parted.

Learnt from are training and validation examples, at most MOST_EXAMPLES of them, drawn by seed and task name; those that
are asked (`asking.choose`) are always among them. Test examples are not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mintune.answers import normalise, tokens
from mintune.profile.asking import choose
from mintune.profile.probes.bilinear import Offers
from mintune.profile.probes.features import side
from mintune.profile.probes.own import image_block, text_block
from mintune.profile.probes.pictures import blocks_of
from mintune.profile.probes.words import has_minilm, meanings, terms
from mintune.profile.resampling import generator
from mintune.tasks.clusters import clusters_of
from mintune.tasks.copies import glances, kept_together_by

if TYPE_CHECKING:
    from mintune.config import ProfileSettings
    from mintune.records import Example, Task

Array = NDArray[np.float32]

MOST_EXAMPLES = 3000
"""Examples of a task that are learnt from."""

MOST_PLACES = 8
"""Places among the choices that are told apart."""


@dataclass(frozen=True)
class Material:
    """Everything of one task that answering it takes; arrays and lists are in the order of the examples.

    `image` and `text` are (num_examples, num_features). `said` are the words of each example's text, as they are
    compared. `offers` is there where choices differ from example to example. `asked` marks who is to be answered.
    """

    task: str
    seed: int
    ids: tuple[str, ...]
    asked: NDArray[np.bool_]
    clusters: tuple[int, ...]
    targets: tuple[str, ...]
    choices: tuple[tuple[str, ...] | None, ...]
    said: tuple[frozenset[str], ...]
    image: Array
    text: Array
    offers: Offers | None

    @property
    def constant(self) -> tuple[str, ...] | None:
        """The answers that every example chooses from, normalised; None where they differ or are open."""
        if self.offers is not None or any(choices is None for choices in self.choices):
            return None
        return tuple(dict.fromkeys(map(normalise, self.choices[0] or ())))


def prepare(task: Task, settings: ProfileSettings, *, seed: int) -> Material:
    """Read a task and take its features.

    DataError where it has no example to ask, or a picture is damaged. Where features are the user's own, ConfigError
    and EstimationError as `own.image_block`.
    """
    asked = {example.id for example in choose(task, settings.examples, seed=seed)}
    seen = [
        (split, place, glance) for split in (task.train, task.validation) for place, glance in enumerate(glances(split))
    ]
    others = [index for index, (_, _, glance) in enumerate(seen) if glance.id not in asked]
    drawn = generator(seed, "probes", task.name).permutation(len(others))[: max(0, MOST_EXAMPLES - len(asked))]
    left_out = set(others) - {others[place] for place in drawn.tolist()}
    kept = [entry for index, entry in enumerate(seen) if index not in left_out]
    examples = [split[place] for split, place, _ in kept]
    texts, own = [example.text for example in examples], settings.features
    pictured = blocks_of(examples) if own.image is None else [image_block(own.image, task.name, examples)]
    return Material(
        task=task.name,
        seed=seed,
        ids=tuple(example.id for example in examples),
        asked=np.array([example.id in asked for example in examples], dtype=bool),
        clusters=tuple(clusters_of([kept_together_by(glance) for _, _, glance in kept])),
        targets=tuple(example.targets[0] for example in examples),
        choices=tuple(example.choices for example in examples),
        said=tuple(frozenset(tokens(text)) if text.strip() else frozenset() for text in texts),
        image=side(pictured, len(examples)),
        text=words_of(texts) if own.text is None else side([text_block(own.text, task.name, examples)], len(examples)),
        offers=offers_of(examples),
    )


def words_of(texts: Sequence[str]) -> Array:
    """Features of texts (num_texts, num_features); no columns where none has a word."""
    if not any(text.strip() for text in texts):
        return np.zeros((len(texts), 0), np.float32)
    return side([terms(texts), *([meanings(texts)] if has_minilm() else [])], len(texts))


def offers_of(examples: Sequence[Example]) -> Offers | None:
    """Features of each example's choices: their words and their place. None where choices are open or all the same."""
    choices = [example.choices for example in examples]
    if (
        not choices
        or any(not offered for offered in choices)
        or len({frozenset(map(normalise, o or ())) for o in choices}) == 1
    ):
        return None
    flat = list(chain.from_iterable(offered or () for offered in choices))
    counts = np.array([len(offered or ()) for offered in choices])
    missing = np.arange(counts.max()) >= counts[:, None]
    found = words_of(flat)
    features = np.zeros((*missing.shape, found.shape[1] + MOST_PLACES), np.float32)
    features[~missing, : found.shape[1]] = found
    for place in range(min(MOST_PLACES, missing.shape[1])):
        features[:, place, found.shape[1] + place] = 1
    return Offers(features, missing)
