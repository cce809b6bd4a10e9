"""Nine tasks in which the image holds the answer and the text holds it too."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mintune.tasks.world.draw import TableRow
from mintune.tasks.world.pictures import (
    COLOUR_NAMES,
    Digits,
    Word,
    any_digits,
    chart_with,
    ranked_chart,
    scene_of,
    signs_of,
    table_with,
)
from mintune.tasks.world.sentences import say
from mintune.tasks.world.spec import DIGITS, YES_NO, Drawn, WorldTask, pure_task
from mintune.tasks.world.vocabulary import PICTOGRAMS, SHAPES, WORDS

if TYPE_CHECKING:
    from mintune.tasks.world.primitives.sample import Hand

SIGNS = PICTOGRAMS[:10]

PART_FORMS = (
    "{name} asks for the {colour} {shape} on {day}.",
    "Please send {name} one {colour} {shape}.",
    "We packed one {colour} {shape} for {name} on {day}.",
    "{name} says it is the {colour} {shape}.",
)
BEST_FORMS = (
    "This week {colour} sold best, says {name}.",
    "{name} counted on {day}, and {colour} came first.",
    "Most people asked {name} for {colour}.",
    "On {day} {colour} sold more than all others.",
)
GREEN_FORMS = (
    "In all, green sold {height} this week, says {name}.",
    "{name} counted on {day}: green sold {height}.",
    "On {day} {name} wrote {height} for green.",
    "{name} and {other} sold {height} of green.",
)
PASSWORD_FORMS = (
    "The password for {day} is {word}.",
    "{name} chose {word} as the password.",
    "Ask for {name} and say {word} at the door.",
    "On {day} you must say {word}, {name} told {other}.",
)
POINTS_FORMS = (
    "For red, {name} wrote {first} first and {second} next.",
    "{name} gave red {first} first, then {second}.",
    "First red got {first}, later {second}, says {name}.",
    "On {day} red had {first} first, {second} after that.",
)
DOOR_FORMS = (
    "{name} lives at the door with the {sign}.",
    "Go to the {sign} on {day}, {name} is there.",
    "{name} put the {sign} on the door.",
    "The door with the {sign} is for {name}.",
)
LOCKER_FORMS = (
    "{name} has locker {value} since {day}.",
    "Locker {value} is for {name}.",
    "{name} gave locker {value} to {other}.",
    "The key of {name} is for locker {value}.",
)
TICKET_FORMS = (
    "{name} bought ticket {value} on {day}.",
    "Ticket {value} is for {name}.",
    "{name} gave ticket {value} to {other}.",
    "Please keep ticket {value} for {name}.",
)


def part_colour(hand: Hand) -> Drawn:
    """One part; the words name its colour and shape."""
    colour, shape = hand.one(COLOUR_NAMES), hand.one(SHAPES)
    text = say(hand, PART_FORMS, colour=colour, shape=shape)
    return Drawn(scene_of(hand, [shape], [colour]), text, colour, seen=colour, told=colour)


def blue_part(hand: Hand) -> Drawn:
    """One part, blue half of the time; the words name its colour and shape."""
    holds, shape = hand.chance(0.5), hand.one(SHAPES)
    colour = "blue" if holds else hand.other(COLOUR_NAMES, "blue")
    text = say(hand, PART_FORMS, colour=colour, shape=shape)
    return Drawn(scene_of(hand, [shape], [colour]), text, "yes" if holds else "no", seen=colour, told=colour)


def best_seller(hand: Hand) -> Drawn:
    """Three bars; the words name the tallest."""
    chart, colours = ranked_chart(hand)
    best = colours[-1]
    return Drawn(chart, say(hand, BEST_FORMS, colour=best), best, seen=best, told=best)


def green_goal(hand: Hand) -> Drawn:
    """Three bars, one of them green and above three half of the time; the words give its height."""
    holds = hand.chance(0.5)
    height = hand.whole(4, 6) if holds else hand.whole(1, 3)
    text = say(hand, GREEN_FORMS, height=height)
    return Drawn(chart_with(hand, "green", height), text, "yes" if holds else "no", seen=height, told=height)


def password(hand: Hand) -> Drawn:
    """A printed word; the words repeat it."""
    word = hand.one(WORDS)
    return Drawn(Word(word), say(hand, PASSWORD_FORMS, word=word), word, seen=word, told=word)


def red_points(hand: Hand) -> Drawn:
    """A table with a red row; the words give the numbers of that row."""
    first, second = hand.whole(0, 9), hand.whole(0, 9)
    text = say(hand, POINTS_FORMS, first=first, second=second)
    return Drawn(table_with(hand, TableRow("red", first, second)), text, str(first), seen=first, told=first)


def door_sign(hand: Hand) -> Drawn:
    """One sign; the words name it."""
    sign = hand.one(SIGNS)
    return Drawn(signs_of(hand, [sign]), say(hand, DOOR_FORMS, sign=sign), sign, seen=sign, told=sign)


def locker_parity(hand: Hand) -> Drawn:
    """One digit; the words repeat it."""
    value = hand.whole(0, 9)
    text = say(hand, LOCKER_FORMS, value=value)
    return Drawn(Digits((value,)), text, "odd" if value % 2 else "even", seen=value, told=value)


def ticket_number(hand: Hand) -> Drawn:
    """Two digits; the words repeat the number."""
    digits = any_digits(hand, 2)
    value = "".join(map(str, digits.values))
    return Drawn(digits, say(hand, TICKET_FORMS, value=value), value, seen=value, told=value)


_task = partial(pure_task, "redundancy")

TASKS: tuple[WorldTask, ...] = (
    _task(part_colour, "scene", "What colour is the part?", COLOUR_NAMES, "the part", "its colour and shape"),
    _task(blue_part, "scene", "Is the part blue?", YES_NO, "the part", "its colour and shape"),
    _task(
        best_seller,
        "chart",
        "Which colour sold best?",
        COLOUR_NAMES,
        "three bars",
        "the colour of the tallest",
        is_small=True,
    ),
    _task(green_goal, "chart", "Did green sell more than 3?", YES_NO, "a green bar among three", "the height of green"),
    _task(password, "word", "What is the password?", None, "the word", "the word"),
    _task(
        red_points,
        "table",
        "How many points did red get first?",
        DIGITS,
        "a red row among three",
        "both numbers of red",
    ),
    _task(door_sign, "pictogram", "Which sign is on the door?", SIGNS, "the sign", "the sign's name", is_small=True),
    _task(locker_parity, "digit", "Is the locker number even or odd?", ("even", "odd"), "the digit", "the number"),
    _task(ticket_number, "digit", "What is the ticket number?", None, "the two digits", "the number"),
)
