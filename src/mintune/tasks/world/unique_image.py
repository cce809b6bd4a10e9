"""Nine tasks in which only the image holds the answer; the text is a note on something else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mintune.tasks.world.draw import TableRow
from mintune.tasks.world.pictures import (
    COLOUR_NAMES,
    any_digits,
    any_word,
    chart_with,
    position,
    ranked_chart,
    scene_of,
    signs_of,
    table_with,
)
from mintune.tasks.world.sentences import (
    COLOUR_NOTES,
    NUMBER_NOTES,
    ORDER_NOTES,
    PEOPLE_NOTES,
    THING_NOTES,
    say,
)
from mintune.tasks.world.spec import DIGITS, YES_NO, Drawn, WorldTask, pure_task
from mintune.tasks.world.vocabulary import PICTOGRAMS, POSITIONS, SHAPES

if TYPE_CHECKING:
    from mintune.tasks.world.primitives.sample import Hand

HEIGHTS = tuple("123456")


def star_place(hand: Hand) -> Drawn:
    """Three shapes, one of them a star."""
    shapes = ["star", *hand.some([shape for shape in SHAPES if shape != "star"], 2)]
    scene = scene_of(hand, shapes, hand.some(COLOUR_NAMES, 3))
    place = position((scene.things[0].row, scene.things[0].col))
    return Drawn(scene, say(hand, ORDER_NOTES + PEOPLE_NOTES), place, seen=place, told=None)


def blue_sales(hand: Hand) -> Drawn:
    """Three bars, one of them blue, of any heights."""
    height = hand.whole(1, 6)
    text = say(hand, ORDER_NOTES + NUMBER_NOTES)
    return Drawn(chart_with(hand, "blue", height), text, str(height), seen=height, told=None)


def worst_seller(hand: Hand) -> Drawn:
    """Three bars of different heights."""
    chart, colours = ranked_chart(hand)
    return Drawn(chart, say(hand, COLOUR_NOTES + PEOPLE_NOTES), colours[0], seen=colours[0], told=None)


def label_word(hand: Hand) -> Drawn:
    """A printed word; the note may name another."""
    word = any_word(hand)
    return Drawn(word, say(hand, THING_NOTES + ORDER_NOTES), word.word, seen=word.word, told=None)


def red_second(hand: Hand) -> Drawn:
    """A table with a red row."""
    first, second = hand.whole(0, 9), hand.whole(0, 9)
    table = table_with(hand, TableRow("red", first, second))
    return Drawn(table, say(hand, NUMBER_NOTES + COLOUR_NOTES), str(second), seen=second, told=None)


def blue_larger(hand: Hand) -> Drawn:
    """A table with a blue row of two different numbers."""
    first, second = hand.some(range(10), 2)
    table = table_with(hand, TableRow("blue", first, second))
    answer = "yes" if first > second else "no"
    return Drawn(table, say(hand, ORDER_NOTES + NUMBER_NOTES), answer, seen=(first, second), told=None)


def key_colour(hand: Hand) -> Drawn:
    """Three signs, one of them a key."""
    names = ["key", *hand.some([name for name in PICTOGRAMS if name != "key"], 2)]
    signs = signs_of(hand, names)
    colour = signs.icons[0].colour
    return Drawn(signs, say(hand, COLOUR_NOTES + THING_NOTES), colour, seen=colour, told=None)


def boat_there(hand: Hand) -> Drawn:
    """Three signs, one of them a boat half of the time."""
    holds = hand.chance(0.5)
    others = [name for name in PICTOGRAMS if name != "boat"]
    names = ["boat", *hand.some(others, 2)] if holds else hand.some(others, 3)
    signs = signs_of(hand, names)
    return Drawn(signs, say(hand, PEOPLE_NOTES + THING_NOTES), "yes" if holds else "no", seen=holds, told=None)


def meter(hand: Hand) -> Drawn:
    """Two digits; the note may name another number."""
    digits = any_digits(hand, 2)
    value = "".join(map(str, digits.values))
    return Drawn(digits, say(hand, NUMBER_NOTES + ORDER_NOTES), value, seen=value, told=None)


_task = partial(pure_task, "unique_image")

TASKS: tuple[WorldTask, ...] = (
    _task(
        star_place, "scene", "Where is the star?", POSITIONS, "a star among three shapes", "a note on orders or people"
    ),
    _task(
        blue_sales, "chart", "How many did blue sell?", HEIGHTS, "a blue bar among three", "a note on orders or numbers"
    ),
    _task(worst_seller, "chart", "Which colour sold least?", COLOUR_NAMES, "three bars", "a note on colours or people"),
    _task(label_word, "word", "What does the label say?", None, "the word", "a note on other things or orders"),
    _task(
        red_second,
        "table",
        "What is the second number of red?",
        DIGITS,
        "a red row among three",
        "a note on numbers or colours",
        is_small=True,
    ),
    _task(
        blue_larger,
        "table",
        "Is the first number of blue larger than the second?",
        YES_NO,
        "a blue row among three",
        "a note on orders or numbers",
    ),
    _task(
        key_colour,
        "pictogram",
        "What colour is the key?",
        COLOUR_NAMES,
        "a key among three signs",
        "a note on colours or things",
        is_small=True,
    ),
    _task(
        boat_there,
        "pictogram",
        "Is there a boat?",
        YES_NO,
        "three signs, half of the time with a boat",
        "a note on people or things",
    ),
    _task(meter, "digit", "What is on the meter?", None, "the two digits", "a note on numbers or orders"),
)
