"""Teach the vision tower alone, with throw-away heads, to name what each visual token shows.

Without this step the whole model takes far longer to see shapes at all. Each head reads one token: the figure, the
colour, the digit, the height of the bar, the written word and the place of that token's cell. The place because the
tower's own positions are relative, so that a token could not tell where it stands. The word alone gives no footing to
start from, so further heads read its letters, its first and its last one. The heads are thrown away.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from mintune.models.tiny.forward import TOKENS_PER_IMAGE, vision_tokens
from mintune.tasks.world import draw
from mintune.tasks.world.primitives.sample import Hand
from mintune.tasks.world.vocabulary import COLOURS, PICTOGRAMS, SHAPES, WORDS

FIGURES = (*SHAPES, *PICTOGRAMS)
COLOUR_NAMES = tuple(COLOURS)
# The words of which the names of places are made.
ROWS = ("top", "middle", "bottom")
COLUMNS = ("left", "middle", "right")
IGNORED = -100
# What a head tells apart, and how many answers it has; the last answer of figure, colour and digit is "none here".
HEADS = {
    "figure": len(FIGURES) + 1,
    "colour": len(COLOUR_NAMES) + 1,
    "digit": 11,
    "height": draw.MAX_HEIGHT,
    "word": len(WORDS),
    "row": len(ROWS),
    "column": len(COLUMNS),
}
ANSWERS: dict[str, tuple[str, ...]] = {
    "figure": FIGURES,
    "colour": COLOUR_NAMES,
    "digit": tuple("0123456789"),
    "height": tuple("123456"),
    "word": WORDS,
    "row": ROWS,
    "column": COLUMNS,
}
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
# Of each word its first letter and its last one, as places in the alphabet; then which letters it has.
FIRST_LETTERS = torch.tensor([ALPHABET.index(word[0]) for word in WORDS])
LAST_LETTERS = torch.tensor([ALPHABET.index(word[-1]) for word in WORDS])
SPELLING = torch.tensor([[float(letter in word) for letter in ALPHABET] for word in WORDS])
SPELLING_HEADS = ("letters", "first", "last")
Labels = dict[str, list[int]]


@dataclass(frozen=True)
class Looks:
    """Pictures (count, side, side, 3) and for each head the label of each token (count, tokens)."""

    images: Tensor
    labels: dict[str, Tensor]


class Heads(nn.Module):
    """One linear head a question, whose answers are the embeddings of the words that name them.

    So a visual token comes to lie near the words for what it shows, and naming becomes copying.
    """

    def __init__(self, embeddings: Tensor, token_of: Callable[[str], int]):
        super().__init__()
        hidden_size = embeddings.shape[1]
        scale = hidden_size**-0.5 / embeddings.std()
        for name, answers in ANSWERS.items():
            rows = embeddings[[token_of(answer) for answer in answers]] * scale
            self.register_buffer(name, torch.cat([rows, torch.zeros(HEADS[name] - len(answers), hidden_size)]))
        self.bias = nn.ParameterDict({name: nn.Parameter(torch.zeros(count)) for name, count in HEADS.items()})
        self.temperature = nn.Parameter(torch.tensor(1.0))
        self.spelling = nn.ModuleDict({name: nn.Linear(hidden_size, len(ALPHABET)) for name in SPELLING_HEADS})

    def answer(self, name: str, tokens: Tensor) -> Tensor:
        """Logits (num_tokens, num_answers) of one question."""
        logits: Tensor = self.temperature * functional.linear(tokens, self.get_buffer(name)) + self.bias[name]
        return logits

    def spell(self, name: str, tokens: Tensor) -> Tensor:
        """Logits (num_tokens, letters) of one question on spelling."""
        logits: Tensor = self.spelling[name](tokens)
        return logits


def looks(rng: np.random.Generator, count: int, held_out: bool, written: float = 0.4) -> Looks:
    """`count` labelled pictures, the share `written` of them a written word."""
    hand = Hand(rng, held_out)
    images, labels = [], {name: torch.full((count, TOKENS_PER_IMAGE), IGNORED) for name in HEADS}
    labels["row"][:] = torch.arange(TOKENS_PER_IMAGE) // len(COLUMNS)
    labels["column"][:] = torch.arange(TOKENS_PER_IMAGE) % len(COLUMNS)
    for index in range(count):
        painter = _written if hand.chance(written) else hand.one(_OTHERS)
        image, told = painter(hand)
        images.append(np.asarray(image))
        for name, values in told.items():
            labels[name][index] = torch.tensor(values)
    return Looks(torch.from_numpy(np.stack(images)), labels)


def loss_of(visual: Any, heads: Heads, batch: Looks) -> Tensor:
    """The sum of the heads' mean losses."""
    tokens = vision_tokens(visual, batch.images)
    losses = []
    for name, wanted in batch.labels.items():
        known = wanted != IGNORED
        losses.append(functional.cross_entropy(heads.answer(name, tokens[known]).float(), wanted[known]))
    written = batch.labels["word"] != IGNORED
    seen, words = tokens[written], batch.labels["word"][written]
    losses.append(functional.cross_entropy(heads.spell("first", seen).float(), FIRST_LETTERS[words]))
    losses.append(functional.cross_entropy(heads.spell("last", seen).float(), LAST_LETTERS[words]))
    losses.append(
        4 * functional.binary_cross_entropy_with_logits(heads.spell("letters", seen).float(), SPELLING[words])
    )
    return torch.stack(losses).sum()


@torch.no_grad()
def accuracy_of(visual: Any, heads: Heads, batch: Looks) -> dict[str, float]:
    """For each head the share of tokens named rightly, cells with nothing in them left out."""
    tokens = vision_tokens(visual, batch.images)
    found = {}
    for name, wanted in batch.labels.items():
        empty = HEADS[name] - 1 if name in ("figure", "colour", "digit") else IGNORED
        known = (wanted != IGNORED) & (wanted != empty)
        found[name] = float((heads.answer(name, tokens[known]).argmax(-1) == wanted[known]).float().mean())
    written = batch.labels["word"] != IGNORED
    seen, words = tokens[written], batch.labels["word"][written]
    found["first letter"] = float((heads.spell("first", seen).argmax(-1) == FIRST_LETTERS[words]).float().mean())
    return found


def _figures(hand: Hand) -> tuple[Image.Image, Labels]:
    count = hand.whole(1, 9)
    cells = hand.cells(count)
    figure, colour = [len(FIGURES)] * 9, [len(COLOUR_NAMES)] * 9
    source = hand.one((SHAPES, PICTOGRAMS))
    chosen = [(row, col, hand.one(source), hand.one(COLOUR_NAMES)) for row, col in cells]
    for row, col, name, tint in chosen:
        figure[3 * row + col] = FIGURES.index(name)
        colour[3 * row + col] = COLOUR_NAMES.index(tint)
    if source is SHAPES:
        return draw.scene([draw.Thing(*each) for each in chosen], hand.rng), {"figure": figure, "colour": colour}
    return draw.pictograms([draw.Icon(*each) for each in chosen], hand.rng), {"figure": figure, "colour": colour}


def _chart(hand: Hand) -> tuple[Image.Image, Labels]:
    bars = [(tint, hand.whole(1, 6)) for tint in hand.some(COLOUR_NAMES, 3)]
    colour, height = [IGNORED] * 9, [IGNORED] * 9
    for col, (tint, value) in enumerate(bars):
        colour[6 + col] = COLOUR_NAMES.index(tint)
        for row in range(3):
            height[3 * row + col] = value - 1
    return draw.chart(bars, hand.rng), {"colour": colour, "height": height}


def _table(hand: Hand) -> tuple[Image.Image, Labels]:
    rows = [draw.TableRow(tint, hand.whole(0, 9), hand.whole(0, 9)) for tint in hand.some(COLOUR_NAMES, 3)]
    colour, digit = [len(COLOUR_NAMES)] * 9, [10] * 9
    for index, row in enumerate(rows):
        colour[3 * index] = COLOUR_NAMES.index(row.colour)
        digit[3 * index + 1], digit[3 * index + 2] = row.first, row.second
    return draw.table(rows, hand.rng), {"colour": colour, "digit": digit}


def _handwriting(hand: Hand) -> tuple[Image.Image, Labels]:
    values = [hand.whole(0, 9) for _ in range(hand.whole(1, 3))]
    row, col = hand.whole(0, 2), hand.whole(0, 3 - len(values))
    digit = [10] * 9
    digit[3 * row + col : 3 * row + col + len(values)] = values
    return draw.digits(values, hand.rng, hand.held_out, cell=(row, col)), {"digit": digit}


def _written(hand: Hand) -> tuple[Image.Image, Labels]:
    index, row = hand.whole(0, len(WORDS) - 1), hand.whole(0, 2)
    word = [IGNORED] * 9
    word[3 * row : 3 * row + 3] = [index] * 3
    return draw.word(WORDS[index], hand.rng, row=row), {"word": word}


_OTHERS: tuple[Callable[[Hand], tuple[Image.Image, Labels]], ...] = (
    _figures,
    _figures,
    _chart,
    _table,
    _handwriting,
    _handwriting,
)
