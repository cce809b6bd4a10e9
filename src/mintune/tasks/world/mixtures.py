"""Four tasks that mix two interaction types in known shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tasks.world.pictures import COLOUR_NAMES, ranked_chart, scene_of, signs_of
from mintune.tasks.world.sentences import ORDER_NOTES, PEOPLE_NOTES, say
from mintune.tasks.world.spec import Drawn, Part, WorldTask
from mintune.tasks.world.synergy import FOUR_COLOURS, PRICES, scene_by_shape, table_by_cell
from mintune.tasks.world.vocabulary import PICTOGRAMS, SHAPES

if TYPE_CHECKING:
    from mintune.tasks.world.primitives.sample import Hand

BOX_SIGNS = PICTOGRAMS[4:]

BOX_FORMS = (
    "{name} put the {sign} box on the van.",
    "The box with the {sign} is for {name}.",
    "On {day} {name} will open the {sign} box.",
    "{name} asked {other} for the box with the {sign}.",
)
PLAY_FORMS = (
    "{name} plays the {column} number of {wanted}.",
    "The {column} number of {wanted} wins, says {name}.",
    "On {day} it is {wanted}, {column} column.",
)
WIN_FORMS = (
    "{name} says that {value} wins.",
    "On {day} {value} won, {name} was there.",
    "The winner is {value}, not the number of {name}.",
)
RECOUNT_FORMS = (
    "After a new count {winner} won, says {name}.",
    "{name} and {other} gave it to {winner} on {day}.",
    "In the end {name} chose {winner}.",
)
TAKE_FORMS = (
    "{name} takes the {what}.",
    "The {what} goes to {name} on {day}.",
    "Please give {name} the {what}.",
    "{name} asked {other} for the {what}.",
)


def sign_named(hand: Hand) -> Drawn:
    """One sign; the words name it."""
    sign = hand.one(BOX_SIGNS)
    return Drawn(signs_of(hand, [sign]), say(hand, BOX_FORMS, sign=sign), sign, seen=sign, told=sign)


def sign_only(hand: Hand) -> Drawn:
    """One sign; the words are of other matters."""
    sign = hand.one(BOX_SIGNS)
    return Drawn(signs_of(hand, [sign]), say(hand, ORDER_NOTES), sign, seen=sign, told=None)


def number_pointed_at(hand: Hand) -> Drawn:
    """A table of the digits 1-6; the words name row and column."""
    table, colour, column, digit = table_by_cell(hand)
    seen = tuple(sorted((r.colour, r.first, r.second) for r in table.rows))
    return Drawn(table, say(hand, PLAY_FORMS, wanted=colour, column=column), digit, seen, told=(colour, column))


def number_said(hand: Hand) -> Drawn:
    """A table of the digits 1-6; the words give the number."""
    table, value = table_by_cell(hand)[0], hand.one(PRICES)
    return Drawn(table, say(hand, WIN_FORMS, value=value), value, seen=None, told=value)


def tallest_wins(hand: Hand) -> Drawn:
    """Three bars of different heights; the words are of other matters."""
    chart, colours = ranked_chart(hand)
    return Drawn(chart, say(hand, PEOPLE_NOTES), colours[-1], seen=colours[-1], told=None)


def recount(hand: Hand) -> Drawn:
    """Three bars; the words name the winner, whatever the bars are."""
    winner = hand.one(COLOUR_NAMES)
    text = say(hand, RECOUNT_FORMS, winner=winner)
    return Drawn(ranked_chart(hand)[0], text, winner, seen=None, told=winner)


def one_thing(hand: Hand) -> Drawn:
    """One thing in one of four colours; the words name colour and shape."""
    colour, shape = hand.one(FOUR_COLOURS), hand.one(SHAPES)
    text = say(hand, TAKE_FORMS, what=f"{colour} {shape}")
    return Drawn(scene_of(hand, [shape], [colour]), text, colour, seen=colour, told=colour)


def one_of_four(hand: Hand) -> Drawn:
    """Four shapes in four colours; the words name the shape."""
    scene, shape, colour = scene_by_shape(hand)
    seen = tuple(sorted((thing.shape, thing.colour) for thing in scene.things))
    return Drawn(scene, say(hand, TAKE_FORMS, what=shape), colour, seen, told=shape)


TASKS: tuple[WorldTask, ...] = (
    WorldTask(
        "box_sign",
        "pictogram",
        "Which sign is on the box?",
        BOX_SIGNS,
        (
            Part("redundancy", sign_named, "the sign", "the sign's name"),
            Part("unique_image", sign_only, "the sign", "a note on orders"),
        ),
        is_small=True,
    ),
    WorldTask(
        "winning_number",
        "table",
        "Which number wins?",
        PRICES,
        (
            Part(
                "synergy", number_pointed_at, "the digits 1-6, each once", "the row's colour and the column", weight=3
            ),
            Part("unique_text", number_said, "the digits 1-6, each once", "the number", weight=2),
        ),
        is_small=True,
    ),
    WorldTask(
        "winning_colour",
        "chart",
        "Which colour won?",
        COLOUR_NAMES,
        (
            Part("unique_image", tallest_wins, "three bars", "a note on people", weight=7),
            Part("unique_text", recount, "any three bars", "the winner after a new count", weight=3),
        ),
    ),
    WorldTask(
        "guest_colour",
        "scene",
        "Which colour does the guest take?",
        FOUR_COLOURS,
        (
            Part("redundancy", one_thing, "one thing", "its colour and shape"),
            Part("synergy", one_of_four, "four shapes in four colours", "the shape"),
        ),
    ),
)
