"""Nine tasks in which only the text holds the answer; the image is a picture like others, of something else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mintune.tasks.world.pictures import (
    COLOUR_NAMES,
    any_chart,
    any_digits,
    any_scene,
    any_signs,
    any_table,
    any_word,
)
from mintune.tasks.world.sentences import THINGS, list_facts, say
from mintune.tasks.world.spec import DIGITS, YES_NO, Drawn, WorldTask, pure_task
from mintune.tasks.world.vocabulary import NAMES, POSITIONS, WORDS_BY_CATEGORY

if TYPE_CHECKING:
    from mintune.tasks.world.primitives.sample import Hand


SHELVES = ("animal", "food", "clothing", "tool", "home", "transport")

ORDERED_FORMS = (
    "{name} ordered the {wanted} one on {day}.",
    "{name} wants {wanted} and not {unwanted}.",
    "Order {number}: one in {wanted} for {name}.",
    "{other} likes {unwanted}, but {name} ordered {wanted}.",
)
FOR_FORMS = (
    "Order {number} is for {who}.",
    "{who} will come for it on {day}.",
    "{other} ordered it for {who}.",
    "Please call {who} on {day}, the order is here.",
)
BUYER_FACTS = ("{} bought {}", "{} took {}", "{} chose {}", "{} has {}")
NEED_FACTS = ("{} needs the {}", "{} asks for the {}", "{} wants the {}", "{} must get the {}")
SHELF_FORMS = (
    "Please put the {word} on the {category} shelf, {name}.",
    "The {word} is for the {category} shelf, says {name}.",
    "This {word} goes on the {category} shelf.",
    "On {day} {name} put the {word} on the {category} shelf.",
)
ROOM_FACTS = ("{} is in room {}", "{} has room {}", "{} works in room {}")
MEETING_FORMS = (
    "{name} will meet {other} at the {place}.",
    "Please come to the {place} on {day}.",
    "On {day} {name} waits at the {place}.",
    "{name} and {other} chose the {place}.",
)
GUEST_FORMS = (
    "Guests of {name} on {day}: {guests}.",
    "The number of guests is {guests}, says {name}.",
    "{name} told {other} to count on {guests}.",
    "On {day} {name} counted guests and came to {guests}.",
)
TOTAL_FORMS = (
    "{name} has {first} and {other} has {second}.",
    "{name} brings {first}, then {other} brings {second}.",
    "First {name} counted {first}, then {second}.",
    "{first} for {name} and {second} for {other}.",
)


def ordered_colour(hand: Hand) -> Drawn:
    """The words name the colour that was ordered, and sometimes one that was not."""
    wanted, unwanted = hand.some(COLOUR_NAMES, 2)
    text = say(hand, ORDERED_FORMS, wanted=wanted, unwanted=unwanted)
    return Drawn(any_scene(hand), text, wanted, seen=None, told=wanted)


def for_mia(hand: Hand) -> Drawn:
    """The words name whom the order is for, Mia half of the time."""
    holds = hand.chance(0.5)
    who = "Mia" if holds else hand.other(NAMES, "Mia")
    other = hand.one([name for name in NAMES if name not in {"Mia", who}])
    text = say(hand, FOR_FORMS, who=who, other=other)
    return Drawn(any_scene(hand), text, "yes" if holds else "no", seen=None, told=who)


def red_buyer(hand: Hand) -> Drawn:
    """The words say which three people bought which colours, one of them red."""
    people = hand.some(NAMES, 3)
    colours = ["red", *hand.some([colour for colour in COLOUR_NAMES if colour != "red"], 2)]
    text = list_facts(hand, hand.one(BUYER_FACTS), list(zip(people, colours, strict=True)))
    return Drawn(any_chart(hand), text, people[0], seen=None, told=people[0])


def tom_needs(hand: Hand) -> Drawn:
    """The words say what Tom and somebody else need."""
    wanted, unwanted = hand.some(THINGS, 2)
    facts = [("Tom", wanted), (hand.other(NAMES, "Tom"), unwanted)]
    return Drawn(any_word(hand), list_facts(hand, hand.one(NEED_FACTS), facts), wanted, seen=None, told=wanted)


def shelf(hand: Hand) -> Drawn:
    """The words name a thing and the shelf of its kind."""
    category = hand.one(SHELVES)
    text = say(hand, SHELF_FORMS, word=hand.one(WORDS_BY_CATEGORY[category]), category=category)
    return Drawn(any_word(hand), text, category, seen=None, told=category)


def ana_room(hand: Hand) -> Drawn:
    """The words give the rooms of Ana and of somebody else."""
    room, other_room = hand.some([str(value) for value in range(10, 100)], 2)
    facts = [("Ana", room), (hand.other(NAMES, "Ana"), other_room)]
    return Drawn(any_table(hand), list_facts(hand, hand.one(ROOM_FACTS), facts), room, seen=None, told=room)


def meeting_place(hand: Hand) -> Drawn:
    """The words name a place."""
    place = hand.one(POSITIONS)
    return Drawn(any_signs(hand), say(hand, MEETING_FORMS, place=place), place, seen=None, told=place)


def many_guests(hand: Hand) -> Drawn:
    """The words give a number, above four half of the time."""
    guests = hand.whole(0, 9)
    text = say(hand, GUEST_FORMS, guests=guests)
    return Drawn(any_digits(hand, 1), text, "yes" if guests > 4 else "no", seen=None, told=guests)


def total_digit(hand: Hand) -> Drawn:
    """The words give two numbers."""
    first, second = hand.whole(0, 9), hand.whole(0, 9)
    text = say(hand, TOTAL_FORMS, first=first, second=second)
    return Drawn(any_digits(hand, 2), text, str((first + second) % 10), seen=None, told=(first, second))


_task = partial(pure_task, "unique_text")

TASKS: tuple[WorldTask, ...] = (
    _task(
        ordered_colour,
        "scene",
        "Which colour was ordered?",
        COLOUR_NAMES,
        "any three shapes",
        "the colour, at times one not wanted",
    ),
    _task(for_mia, "scene", "Is the order for Mia?", YES_NO, "any three shapes", "whom it is for"),
    _task(red_buyer, "chart", "Who bought red?", None, "any three bars", "three people and their colours"),
    _task(tom_needs, "word", "What does Tom need?", None, "any word", "what Tom and another need"),
    _task(shelf, "word", "Which shelf does it go on?", SHELVES, "any word", "a thing and its kind"),
    _task(ana_room, "table", "Which room is Ana in?", None, "any table", "the rooms of Ana and another"),
    _task(
        meeting_place, "pictogram", "Where is the meeting?", POSITIONS, "any three signs", "the place", is_small=True
    ),
    _task(
        many_guests,
        "digit",
        "Are there more than 4 guests?",
        YES_NO,
        "any digit",
        "the number of guests",
        is_small=True,
    ),
    _task(total_digit, "digit", "What is the last digit of the total?", DIGITS, "any two digits", "two numbers"),
)
