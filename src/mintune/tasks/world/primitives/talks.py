"""Talks: several questions in full wording about one picture or one text, each answered in a turn of its own.

Between drills, whose cue stands right before its answer, and primitives, which ask one question a prompt: here the
question stands as far from the answer as in a prompt, and there are several of them for the price of one.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from PIL import Image

from mintune.tasks.world import draw
from mintune.tasks.world.primitives import scenes, texts
from mintune.tasks.world.primitives.drills import Drill, Family, Round, asked
from mintune.tasks.world.primitives.sample import Hand
from mintune.tasks.world.vocabulary import CATEGORY_OF_WORD, COLOURS, NAMES, WORDS

TURNS = 6
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def talk(name: str, rng: np.random.Generator) -> Drill:
    """One talk of a random family; handwriting comes from the training images.

    Args:
        name: a key of `TALKS`: on words alone, on who has what, or on a picture.
        rng: source of every choice made.

    Raises:
        KeyError: for an unknown name.
    """
    hand = Hand(rng, held_out=False)
    return replace(asked(name, hand.one(TALKS[name]), TURNS, hand), asks_first=hand.chance(0.5))


def _figures(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    kind = hand.one((scenes.SHAPE, scenes.ICON))
    figures = scenes.scattered(kind, hand, hand.whole(1, 5), distinct=hand.chance(0.7))
    noun = hand.one(kind.nouns)
    names, colours = [f.name for f in figures], [f.colour for f in figures]
    rounds: list[Round] = [(hand.one((f"How many {noun}s are there?", f"Count the {noun}s.")), str(len(figures)))]
    for f in figures:
        rounds += [
            (hand.one((f"Which {noun} is at the {f.position}?", f"Name the {noun} at the {f.position}.")), f.name),
            (hand.one((f"What colour is at the {f.position}?", f"Which colour is at the {f.position}?")), f.colour),
        ]
        if names.count(f.name) == 1:
            rounds += [
                (hand.one((f"What colour is the {f.name}?", f"Name the colour of the {f.name}.")), f.colour),
                (hand.one((f"Where is the {f.name}?", f"Locate the {f.name}.", f"Find the {f.name}.")), f.position),
            ]
        if colours.count(f.colour) == 1:
            rounds += [
                (hand.one((f"Which {noun} is {f.colour}?", f"Name the {f.colour} {noun}.")), f.name),
                (hand.one((f"Where is the {f.colour} {noun}?", f"Find the {f.colour} {noun}.")), f.position),
            ]
    for tint in dict.fromkeys((hand.one(colours), hand.one(tuple(COLOURS)))):
        form = hand.one(("How many {} {}s are there?", "Count the {} {}s."))
        rounds.append((form.format(tint, noun), str(colours.count(tint))))
        rounds.append((f"Is there a {tint} {noun}?", "yes" if tint in colours else "no"))
    for name in dict.fromkeys((hand.one(names), hand.one(kind.names))):
        rounds.append((f"Is there {scenes.a(name)}?", "yes" if name in names else "no"))
        rounds.append((f"How many {scenes.plural(name)} are there?", str(names.count(name))))
    return kind.paint(figures, hand), "", rounds


def _chart(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    bars = list(zip(hand.some(tuple(COLOURS), 3), hand.some(range(1, 7), 3), strict=True))
    ranked = sorted(bars, key=lambda bar: bar[1])
    rounds: list[Round] = [
        (hand.one(("Which bar is the tallest?", "What colour is the highest bar?")), ranked[-1][0]),
        (hand.one(("Which bar is the lowest?", "What colour is the shortest bar?")), ranked[0][0]),
    ]
    for colour, height in bars:
        limit = hand.whole(1, 5)
        rounds += [
            (hand.one((f"How high is the {colour} bar?", f"What is the value of the {colour} bar?")), str(height)),
            (hand.one((f"Which bar has the height {height}?", f"Which colour has {height}?")), colour),
            (f"Is the {colour} bar higher than {limit}?", "yes" if height > limit else "no"),
        ]
    (first, one), (second, two) = hand.some(bars, 2)
    rounds.append((f"Is the {first} bar higher than the {second} bar?", "yes" if one > two else "no"))
    rounds.append((f"What is {first} plus {second}?", str(one + two)))
    return draw.chart(bars, hand.rng), "", rounds


def _table(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    rows = [draw.TableRow(c, hand.whole(0, 9), hand.whole(0, 9)) for c in hand.some(tuple(COLOURS), 3)]
    rounds: list[Round] = []
    for row in rows:
        for column, value in (("first", row.first), ("second", row.second)):
            form = hand.one(("What is in the {1} column of the {0} row?", "What is the {1} number of {0}?"))
            rounds.append((form.format(row.colour, column), str(value)))
        is_larger = "yes" if row.first > row.second else "no"
        rounds.append((f"Is the first number of {row.colour} larger than the second?", is_larger))
        rounds.append((f"What is the sum of the {row.colour} row?", str(row.first + row.second)))
    return draw.table(rows, hand.rng), "", rounds


def _digits(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    values = [hand.whole(0, 9) for _ in range(hand.whole(1, 3))]
    more, limit, last = hand.whole(1, 9), hand.whole(1, 8), values[-1]
    rounds: list[Round] = [(hand.one(("Read the number.", "What number is written?")), "".join(map(str, values)))]
    if len(values) > 1:
        rounds += [(f"What is the {place} digit?", str(value)) for place, value in zip(ORDINALS, values, strict=False)]
    else:
        rounds.append((f"What is the digit plus {more}?", str(last + more)))
        rounds.append((f"Is the digit larger than {limit}?", "yes" if last > limit else "no"))
        rounds.append((hand.one(("Is the digit even or odd?", "Even or odd?")), "odd" if last % 2 else "even"))
    if len(values) == 2:
        rounds.append((hand.one(("What is the sum of the digits?", "Add the digits.")), str(sum(values))))
        rounds.append(("What is the last digit of the sum?", str(sum(values) % 10)))
    return draw.digits(values, hand.rng, hand.held_out), "", rounds


def _word(hand: Hand) -> tuple[Image.Image, str, list[Round]]:
    word, other = hand.one(WORDS), hand.one(WORDS)
    rounds: list[Round] = [
        (hand.one(("What does the picture say?", "Read the word.")), word),
        (hand.one(("What kind of word is written?", "What category is shown?")), CATEGORY_OF_WORD[word]),
        (f"Does the picture say {word}?", "yes"),
        (f"Does the picture say {other}?", "yes" if other == word else "no"),
    ]
    return draw.word(word, hand.rng), "", rounds


def _facts(hand: Hand) -> tuple[None, str, list[Round]]:
    keys, values, _ = texts.pairs(hand, hand.whole(2, 5))
    rounds: list[Round] = []
    for key, value in zip(keys, values, strict=True):
        rounds.append((hand.one(texts.LOOKUP_FORMS).format(key), value))
        rounds.append((hand.one(texts.REVERSE_FORMS).format(value), key))
    return None, texts.facts_of(hand, keys, values), rounds


def _owners(hand: Hand) -> tuple[None, str, list[Round]]:
    keys, values, _ = texts.pairs(hand, hand.whole(2, 5))
    rounds = [(hand.one(texts.REVERSE_FORMS).format(value), key) for key, value in zip(keys, values, strict=True)]
    return None, texts.facts_of(hand, keys, values), rounds


def _list(hand: Hand) -> tuple[None, str, list[Round]]:
    words = hand.some(hand.one((WORDS, NAMES, tuple(COLOURS))), hand.whole(2, 5))
    absent = hand.one([name for name in NAMES if name not in words])
    rounds: list[Round] = [
        (hand.one(("What is the {} word?", "Copy the {} word.")).format(place), word)
        for place, word in zip(ORDINALS, words, strict=False)
    ]
    rounds += [("What is the last word?", words[-1]), ("How many words are in the list?", str(len(words)))]
    rounds += [(f"What comes after {before}?", after) for before, after in pairwise(words)]
    for name, answer in ((hand.one(words), "yes"), (absent, "no")):
        rounds.append((hand.one(("Does the text name {}?", "Is {} mentioned?")).format(name), answer))
    return None, hand.one(("{}", "List: {}", "We have {}.")).format(", ".join(words)), rounds


def _record(hand: Hand) -> tuple[None, str, list[Round]]:
    values = {
        "colour": hand.one(tuple(COLOURS)),
        "word": hand.one(WORDS),
        "number": str(hand.whole(0, 9)),
        "name": hand.one(NAMES),
    }
    facts = hand.one(texts.RICH_FORMS).format(day=hand.one(texts.DAYS), **values)
    return None, facts, [(hand.one(texts.FACT_QUESTIONS).format(k=kind), value) for kind, value in values.items()]


def _numbers(hand: Hand) -> tuple[None, str, list[Round]]:
    one, two, limit = hand.whole(0, 9), hand.whole(0, 9), hand.whole(1, 9)
    rounds: list[Round] = [
        (hand.one(("What is the sum?", "Add the numbers.")), str(one + two)),
        ("What is the last digit of the sum?", str((one + two) % 10)),
        (hand.one(("Which number is larger?", "Give the larger number.")), str(max(one, two))),
        (hand.one(("Which number is smaller?", "Give the smaller number.")), str(min(one, two))),
        (f"Is the first number larger than {limit}?", "yes" if one > limit else "no"),
        ("Is the first number even or odd?", "odd" if one % 2 else "even"),
    ]
    return None, hand.one(("{} and {}", "{}, {}", "{} + {}", "First {}, then {}.")).format(one, two), rounds


TALKS: dict[str, tuple[Family, ...]] = {
    "text_talk": (_facts, _facts, _facts, _list, _record, _numbers),
    "owner_talk": (_owners,),
    "picture_talk": (_figures, _figures, _figures, _figures, _chart, _chart, _table, _table, _digits, _word),
}
"""The families of each talk; a family named twice comes twice as often."""
