"""Nine tasks in which image and text hold the answer only together.

Neither side alone changes the odds of any answer. Most pictures hold every possible answer exactly once, in random
order, and the text says which of them is meant; the others compare or add two values, of which each alone leaves the
result as likely as before.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mintune.tasks.world.draw import TableRow
from mintune.tasks.world.pictures import (
    COLOUR_NAMES,
    Chart,
    Digits,
    Scene,
    Table,
    Word,
    any_chart,
    position,
    scene_of,
    signs_of,
)
from mintune.tasks.world.sentences import THINGS, list_facts, say
from mintune.tasks.world.spec import YES_NO, Drawn, WorldTask, pure_task
from mintune.tasks.world.vocabulary import PICTOGRAMS, SHAPES, WORDS_BY_CATEGORY

if TYPE_CHECKING:
    from mintune.tasks.world.primitives.sample import Hand

FOUR_COLOURS = ("red", "green", "blue", "yellow")
COUNTS = tuple("0123")
PRICES = tuple("123456")
CARETAKERS = ("Mia", "Tom", "Ana", "Ben")
SHELVES = ("animal", "food", "tool", "clothing")
BURIED = ("house", "tree", "fish", "key", "bell", "boat")
CORNERS = ((0, 0), (0, 2), (2, 0), (2, 2))

BUYER_FORMS = (
    "{name} buys the {shape}.",
    "The {shape} is for {name}.",
    "On {day} {name} asked for the {shape}.",
    "Please send the {shape} to {name}.",
)
STOCK_FORMS = (
    "{name} asks for {wanted}.",
    "On {day} {name} will take all in {wanted}.",
    "{name} and {other} need {wanted}.",
    "Please count {wanted} for {name}.",
)
SALES_FACTS = ("{} sold {}", "{} has {}", "{} took {}")
ORDERED_WORD_FORMS = (
    "{name} ordered the {word}.",
    "On {day} {name} asked for the {word}.",
    "Order {number} from {name}: one {word}.",
    "We must send the {word} to {name}.",
)
CARETAKER_FACTS = ("{} has the {} shelf", "{} takes the {} shelf", "{} keeps the {} shelf")
PRICE_FORMS = (
    "{name} pays the {column} number of {wanted}.",
    "Take the {column} number of {wanted}, says {name}.",
    "For {name} it is {wanted}, {column} column.",
    "On {day} the {column} price of {wanted} is right.",
)
DIG_FORMS = (
    "{name} digs at the {place}.",
    "The guest goes to the {place} with {name}.",
    "On {day} {name} stands at the {place}.",
    "Go to the {place}, says {name}.",
)
CORNER_FORMS = (
    "{name} waits at the {sign}.",
    "Go to the {sign} on {day}.",
    "{name} and {other} meet at the {sign}.",
    "The {sign} is the place, says {name}.",
)
DELIVERY_FORMS = (
    "{name} brings {more} more.",
    "On {day} {more} more came from {name}.",
    "{name} adds {more}.",
    "We get {more} more, says {name}.",
)


def scene_by_shape(hand: Hand) -> tuple[Scene, str, str]:
    """Four different shapes in the four colours, one of the shapes, and its colour."""
    shapes, colours = hand.some(SHAPES, 4), hand.some(FOUR_COLOURS, 4)
    return scene_of(hand, shapes, colours), shapes[0], colours[0]


def table_by_cell(hand: Hand) -> tuple[Table, str, str, str]:
    """A table of the digits 1-6, each once; colour and column of one of them, and that digit."""
    digits, colours = hand.some(range(1, 7), 6), hand.some(COLOUR_NAMES, 3)
    table = Table(tuple(TableRow(c, digits[2 * i], digits[2 * i + 1]) for i, c in enumerate(colours)))
    row, is_first = hand.one(table.rows), hand.chance(0.5)
    column, digit = ("first", row.first) if is_first else ("second", row.second)
    return table, row.colour, column, str(digit)


def buyer_colour(hand: Hand) -> Drawn:
    """The picture shows which shape has which colour; the words name the shape."""
    scene, shape, colour = scene_by_shape(hand)
    seen = tuple(sorted((thing.shape, thing.colour) for thing in scene.things))
    return Drawn(scene, say(hand, BUYER_FORMS, shape=shape), colour, seen, told=shape)


def stock_count(hand: Hand) -> Drawn:
    """None, one, two and three things of four colours; the words name the colour."""
    counts = dict(zip(FOUR_COLOURS, hand.some(range(4), 4), strict=True))
    colours = [colour for colour, count in counts.items() for _ in range(count)]
    scene = scene_of(hand, [hand.one(SHAPES) for _ in colours], colours)
    wanted = hand.one(FOUR_COLOURS)
    return Drawn(scene, say(hand, STOCK_FORMS, wanted=wanted), str(counts[wanted]), tuple(counts.items()), told=wanted)


def more_sales(hand: Hand) -> Drawn:
    """Three bars of different heights; the words say which is Mia's and which is Tom's."""
    chart: Chart = any_chart(hand)
    (mine, my_height), (yours, your_height) = hand.some(chart.bars, 2)
    text = list_facts(hand, hand.one(SALES_FACTS), [("Mia", mine), ("Tom", yours)])
    answer = "yes" if my_height > your_height else "no"
    return Drawn(chart, text, answer, seen=tuple(sorted(chart.bars)), told=(mine, yours))


def right_word(hand: Hand) -> Drawn:
    """A printed word; the words name the same one half of the time."""
    holds, word = hand.chance(0.5), hand.one(THINGS)
    ordered = word if holds else hand.other(THINGS, word)
    text = say(hand, ORDERED_WORD_FORMS, word=ordered)
    return Drawn(Word(word), text, "yes" if holds else "no", seen=word, told=ordered)


def caretaker(hand: Hand) -> Drawn:
    """A printed word of one of four kinds; the words say who of four takes which kind."""
    keepers = dict(zip(hand.some(SHELVES, 4), CARETAKERS, strict=True))
    kind = hand.one(SHELVES)
    text = list_facts(hand, hand.one(CARETAKER_FACTS), [(keeper, takes) for takes, keeper in keepers.items()])
    picture = Word(hand.one(WORDS_BY_CATEGORY[kind]))
    return Drawn(picture, text, keepers[kind], seen=kind, told=tuple(sorted(keepers.items())))


def price(hand: Hand) -> Drawn:
    """A table of the digits 1-6; the words name row and column."""
    table, colour, column, digit = table_by_cell(hand)
    text = say(hand, PRICE_FORMS, wanted=colour, column=column)
    return Drawn(
        table, text, digit, seen=tuple(sorted((r.colour, r.first, r.second) for r in table.rows)), told=(colour, column)
    )


def treasure(hand: Hand) -> Drawn:
    """The same six signs in six of nine places; the words name a place."""
    names = hand.some(BURIED, 6)
    signs = signs_of(hand, names)
    places = [position((icon.row, icon.col)) for icon in signs.icons]
    text = say(hand, DIG_FORMS, place=places[0])
    return Drawn(signs, text, names[0], seen=tuple(sorted(zip(places, names, strict=True))), told=places[0])


def corner(hand: Hand) -> Drawn:
    """A sign in each corner; the words name one of them."""
    names = hand.some(PICTOGRAMS, 4)
    signs = signs_of(hand, names, list(CORNERS))
    chosen = hand.one(signs.icons)
    answer = position((chosen.row, chosen.col))
    return Drawn(signs, say(hand, CORNER_FORMS, sign=chosen.name), answer, seen=tuple(names), told=chosen.name)


def new_count(hand: Hand) -> Drawn:
    """One digit; the words give a number to add."""
    value, more = hand.whole(0, 9), hand.whole(0, 9)
    text = say(hand, DELIVERY_FORMS, more=more)
    return Drawn(Digits((value,)), text, str((value + more) % 10), seen=value, told=more)


_task = partial(pure_task, "synergy")

TASKS: tuple[WorldTask, ...] = (
    _task(
        buyer_colour,
        "scene",
        "Which colour does the buyer get?",
        FOUR_COLOURS,
        "four shapes in four colours",
        "the shape",
    ),
    _task(
        stock_count,
        "scene",
        "How many are in stock?",
        COUNTS,
        "0, 1, 2 and 3 shapes of four colours",
        "the colour",
        is_small=True,
    ),
    _task(
        more_sales, "chart", "Did Mia sell more than Tom?", YES_NO, "three different bars", "Mia's and Tom's colours"
    ),
    _task(right_word, "word", "Is the delivery right?", YES_NO, "a word", "the same word half of the time"),
    _task(
        caretaker,
        "word",
        "Who takes care of it?",
        CARETAKERS,
        "a word of one of four kinds",
        "who has the shelf of which kind",
    ),
    _task(price, "table", "What is the price?", PRICES, "the digits 1-6, each once", "the row's colour and the column"),
    _task(
        treasure,
        "pictogram",
        "What does the guest find?",
        None,
        "the same six signs in six of nine places",
        "the place",
    ),
    _task(
        corner,
        "pictogram",
        "In which corner do they meet?",
        tuple(map(position, CORNERS)),
        "four signs in the corners",
        "the sign",
        is_small=True,
    ),
    _task(new_count, "digit", "What is the last digit of the new count?", None, "a digit", "a number to add"),
)
