"""Drills: many short questions on one picture or one text, asked and answered one after the other.

A drill asks what the primitives ask, without their wordings: a cue, then its answer. It gives ten lessons for the price
of one, which is what makes looking and looking up emerge quickly.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from PIL import Image

from mintune.tasks.world import draw
from mintune.tasks.world.primitives import scenes, texts
from mintune.tasks.world.primitives.sample import Hand
from mintune.tasks.world.vocabulary import CATEGORY_OF_WORD, COLOURS, NAMES, PICTOGRAMS, SHAPES, WORDS

ECHO = "echo"
ROUNDS = 9
ECHO_WORDS = 40
Round = tuple[str, str]
Family = Callable[[Hand], tuple[Image.Image | None, str, list[Round]]]


@dataclass(frozen=True)
class Drill:
    """What is shown, in pictures or words, and the cues with their answers in the order asked.

    `joint` stands between cue and answer, `end` after each answer; with `asks_first` the first question stands before
    the text.
    """

    name: str
    images: tuple[Image.Image, ...]
    text: str
    rounds: tuple[Round, ...]
    joint: str = ":"
    end: str = ";"
    asks_first: bool = False


def drill(name: str, rng: np.random.Generator) -> Drill:
    """One drill of a random family; handwriting comes from the training images.

    Args:
        name: one of `DRILLS`: what was said before, on words alone, who has what, or on a picture.
        rng: source of every choice made.

    Raises:
        KeyError: for an unknown name.
    """
    hand = Hand(rng, held_out=False)
    if name == ECHO:
        return _echo(hand)
    return replace(asked(name, hand.one(FAMILIES[name]), ROUNDS, hand), joint=hand.one(("", ":")))


def asked(name: str, family: Family, most: int, hand: Hand) -> Drill:
    """At most `most` of the rounds that a family makes of one picture or text, in random order."""
    shown, text, rounds = family(hand)
    images = () if shown is None else (shown,)
    return Drill(name, images, text, tuple(hand.some(rounds, min(most, len(rounds)))))


def _echo(hand: Hand) -> Drill:
    """Words that come again: a list said over and over, or pairs of words whose first is the cue for the second."""
    if hand.chance(0.5):
        said = [hand.one(_VOCABULARY) for _ in range(hand.whole(4, 16))]
        again = (said * ECHO_WORDS)[: ECHO_WORDS - len(said)]
        rounds = ((again[0], again[1]), *(("", word) for word in again[2:]))
        return Drill(ECHO, (), " ".join(said), rounds, "", "")
    pairs = [(key, hand.one(_VOCABULARY)) for key in hand.some(_VOCABULARY, hand.whole(2, 6))]
    cued = tuple(hand.one(pairs) for _ in range(ECHO_WORDS // 2 - len(pairs)))
    return Drill(ECHO, (), " ".join(f"{key} {value}" for key, value in pairs), cued, "", "")


def _figures(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    kind = hand.one((scenes.SHAPE, scenes.ICON))
    figures = scenes.scattered(kind, hand, hand.whole(1, 5), distinct=hand.chance(0.6))
    names, colours = [f.name for f in figures], [f.colour for f in figures]
    rounds: list[Round] = [("all", str(len(figures)))]
    for figure in figures:
        rounds.append((figure.position, f"{figure.colour} {figure.name}"))
        if names.count(figure.name) == 1:
            rounds += [(f"{figure.name} colour", figure.colour), (f"{figure.name} place", figure.position)]
        if colours.count(figure.colour) == 1:
            rounds += [(f"{figure.colour} {kind.nouns[0]}", figure.name), (f"{figure.colour} place", figure.position)]
    tint, name = hand.one(tuple(COLOURS)), hand.one(kind.names)
    seen_tint, seen_name = hand.one(colours), hand.one(names)
    rounds += [(f"{each} number", str(colours.count(each))) for each in dict.fromkeys((tint, seen_tint))]
    rounds += [(f"{each} number", str(names.count(each))) for each in dict.fromkeys((name, seen_name))]
    rounds += [(f"{tint} there", "yes" if tint in colours else "no"), (f"{seen_name} there", "yes")]
    rounds.append((f"{name} there", "yes" if name in names else "no"))
    return kind.paint(figures, hand), "", rounds


def _chart(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    heights = hand.some(range(1, 7), 3)
    bars = list(zip(hand.some(tuple(COLOURS), 3), heights, strict=True))
    ranked = sorted(bars, key=lambda bar: bar[1])
    rounds: list[Round] = [("tallest", ranked[-1][0]), ("lowest", ranked[0][0])]
    for colour, height in bars:
        rounds += [(f"{colour} height", str(height)), (f"height {height}", colour)]
        rounds.append((f"{colour} parity", "odd" if height % 2 else "even"))
        limit = hand.whole(1, 5)
        rounds.append((f"{colour} over {limit}", "yes" if height > limit else "no"))
    (first, one), (second, two) = hand.some(bars, 2)
    rounds += [(f"{first} plus {second}", str(one + two)), (f"{first} over {second}", "yes" if one > two else "no")]
    return draw.chart(bars, hand.rng), "", rounds


def _table(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    rows = [draw.TableRow(c, hand.whole(0, 9), hand.whole(0, 9)) for c in hand.some(tuple(COLOURS), 3)]
    rounds: list[Round] = []
    for row in rows:
        rounds += [(f"{row.colour} first", str(row.first)), (f"{row.colour} second", str(row.second))]
        rounds.append((f"{row.colour} sum", str(row.first + row.second)))
        rounds.append((f"{row.colour} first larger", "yes" if row.first > row.second else "no"))
    return draw.table(rows, hand.rng), "", rounds


def _digits(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    values = [hand.whole(0, 9) for _ in range(hand.whole(1, 3))]
    rounds: list[Round] = [("number", "".join(map(str, values))), ("first", str(values[0])), ("last", str(values[-1]))]
    limit, more = hand.whole(1, 8), hand.whole(1, 9)
    rounds += [
        ("first parity", "odd" if values[0] % 2 else "even"),
        (f"first over {limit}", "yes" if values[0] > limit else "no"),
    ]
    rounds.append((f"first plus {more}", str(values[0] + more)))
    if len(values) == 2:
        rounds += [("sum", str(sum(values))), ("last digit of sum", str(sum(values) % 10))]
        rounds += [("larger", str(max(values))), ("smaller", str(min(values)))]
    return draw.digits(values, hand.rng, hand.held_out), "", rounds


def _word(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    word = hand.one(WORDS)
    rounds: list[Round] = [("word", word), ("kind", CATEGORY_OF_WORD[word])]
    return draw.word(word, hand.rng), "", rounds


def _facts(hand: Hand) -> tuple[None, str, list[Round]]:
    keys, values, _ = texts.pairs(hand, hand.whole(2, 5))
    rounds: list[Round] = []
    for key, value in zip(keys, values, strict=True):
        rounds += [(key, value), (f"who {value}", key)]
    return None, texts.facts_of(hand, keys, values), rounds


def _owners(hand: Hand) -> tuple[None, str, list[Round]]:
    keys, values, _ = texts.pairs(hand, hand.whole(3, 6))
    rounds = [(f"who {value}", key) for key, value in zip(keys, values, strict=True)]
    side_by_side = ", ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))
    return None, side_by_side if hand.chance(0.4) else texts.facts_of(hand, keys, values), rounds


def _list(hand: Hand) -> tuple[None, str, list[Round]]:
    words = hand.some(hand.one((WORDS, NAMES, tuple(COLOURS))), hand.whole(2, 6))
    places = ("first", "second", "third", "fourth", "fifth", "sixth")
    rounds: list[Round] = [(place, word) for place, word in zip(places, words, strict=False)]
    rounds += [("last", words[-1]), ("number", str(len(words))), ("again", ", ".join(words))]
    rounds += [(f"after {before}", after) for before, after in pairwise(words)]
    absent = hand.one([name for name in NAMES if name not in words])
    rounds += [(f"{hand.one(words)} there", "yes"), (f"{absent} there", "no")]
    return None, hand.one(("{}", "List: {}", "We have {}.")).format(", ".join(words)), rounds


def _kinds(hand: Hand) -> tuple[None, str, list[Round]]:
    words = hand.some(WORDS, 5)
    rounds: list[Round] = [(f"{word} kind", CATEGORY_OF_WORD[word]) for word in words]
    kinds = [CATEGORY_OF_WORD[word] for word in words]
    rounds += [(f"{kind} word", word) for kind, word in zip(kinds, words, strict=True) if kinds.count(kind) == 1]
    return None, ", ".join(words), rounds


def _numbers(hand: Hand) -> tuple[None, str, list[Round]]:
    one, two, limit = hand.whole(0, 9), hand.whole(0, 9), hand.whole(1, 9)
    rounds: list[Round] = [("sum", str(one + two)), ("last digit of sum", str((one + two) % 10))]
    rounds += [("larger", str(max(one, two))), ("smaller", str(min(one, two)))]
    rounds += [("first", str(one)), ("second", str(two)), ("first parity", "odd" if one % 2 else "even")]
    rounds += [(f"first over {limit}", "yes" if one > limit else "no"), ("same", "yes" if one == two else "no")]
    return None, hand.one(("{} and {}", "{}, {}", "{} + {}")).format(one, two), rounds


_VOCABULARY = (*WORDS, *NAMES, *COLOURS, *SHAPES, *PICTOGRAMS)
FAMILIES: dict[str, tuple[Family, ...]] = {
    "text_drill": (_facts, _facts, _list, _kinds, _numbers),
    "owner_drill": (_owners,),
    "picture_drill": (_figures, _figures, _figures, _chart, _table, _digits, _word),
}
"""The families of each drill; a family named twice comes twice as often."""

DRILLS = (ECHO, *FAMILIES)
