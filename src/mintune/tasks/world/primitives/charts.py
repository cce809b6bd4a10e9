"""Primitives on bar charts and small tables: reading a value, finding an extreme, comparing, adding."""

from PIL import Image

from mintune.tasks.world import draw
from mintune.tasks.world.primitives.claims import claim
from mintune.tasks.world.primitives.sample import Ask, Hand
from mintune.tasks.world.vocabulary import COLOURS

COLOUR_NAMES = tuple(COLOURS)
HEIGHTS = tuple("123456")
DIGITS = tuple("0123456789")
Bars = list[tuple[str, int]]


def _chart(hand: Hand, distinct: bool = True) -> tuple[Bars, Image.Image]:
    heights = hand.some(range(1, 7), 3) if distinct else [hand.whole(1, 6) for _ in range(3)]
    bars = list(zip(hand.some(COLOUR_NAMES, 3), heights, strict=True))
    return bars, draw.chart(bars, hand.rng)


def bar_height(hand: Hand) -> Ask:
    """Such as "How high is the red bar?"."""
    bars, image = _chart(hand, distinct=False)
    colour, height = hand.one(bars)
    form = hand.one(
        (
            "How high is the {} bar?",
            "What is the height of the {} bar?",
            "How tall is the {} bar?",
            "Which value has {}?",
            "Read the {} bar.",
            "What is the value of the {} bar?",
            "Give the height of {}.",
        )
    )
    return Ask(form.format(colour), str(height), HEIGHTS, image)


def bar_tallest(hand: Hand) -> Ask:
    """Such as "Which bar is the tallest?"."""
    bars, image = _chart(hand)
    form = hand.one(
        (
            "Which bar is the tallest?",
            "What colour is the highest bar?",
            "Which colour has the largest value?",
            "Name the tallest bar.",
            "Which bar is the highest?",
            "Which colour has the most?",
        )
    )
    return Ask(form, max(bars, key=lambda bar: bar[1])[0], tuple(colour for colour, _ in bars), image)


def bar_lowest(hand: Hand) -> Ask:
    """Such as "Which bar is the lowest?"."""
    bars, image = _chart(hand)
    form = hand.one(
        (
            "Which bar is the lowest?",
            "What colour is the shortest bar?",
            "Which colour has the smallest value?",
            "Name the lowest bar.",
            "Which bar is the shortest?",
            "Which colour has the least?",
        )
    )
    return Ask(form, min(bars, key=lambda bar: bar[1])[0], tuple(colour for colour, _ in bars), image)


def bar_of_height(hand: Hand) -> Ask:
    """Such as "Which bar has the height 4?"."""
    bars, image = _chart(hand)
    colour, height = hand.one(bars)
    form = hand.one(
        (
            "Which bar has the height {}?",
            "Which colour has {}?",
            "Which bar is {} high?",
            "What colour is the bar of height {}?",
        )
    )
    return Ask(form.format(height), colour, tuple(colour for colour, _ in bars), image)


def bar_compare(hand: Hand) -> Ask:
    """Such as "Is the red bar higher than the blue bar?"."""
    bars, image = _chart(hand)
    (first, high), (second, low) = hand.some(bars, 2)
    up = hand.chance(0.6)
    word = hand.one(("higher", "taller", "larger")) if up else hand.one(("lower", "shorter", "smaller"))
    holds = (high > low) == up
    if hand.chance(0.3):
        winner = first if holds else second
        return Ask(f"Which bar is {word}, {first} or {second}?", winner, (first, second), image)
    statement = f"The {first} bar is {word} than the {second} bar."
    return claim(hand, f"Is the {first} bar {word} than the {second} bar?", statement, holds, image)


def bar_over(hand: Hand) -> Ask:
    """Such as "Is the red bar higher than 3?"."""
    bars, image = _chart(hand, distinct=False)
    colour, height = hand.one(bars)
    limit = hand.whole(1, 5)
    return claim(
        hand,
        f"Is the {colour} bar higher than {limit}?",
        f"The {colour} bar is higher than {limit}.",
        height > limit,
        image,
    )


def bar_sum(hand: Hand) -> Ask:
    """Such as "How high are the red and the blue bar together?"."""
    bars, image = _chart(hand, distinct=False)
    (first, one), (second, two) = hand.some(bars, 2)
    form = hand.one(
        (
            "What is {} plus {}?",
            "Add the {} bar and the {} bar.",
            "How high are the {} bar and the {} bar together?",
            "What is the sum of the {} bar and the {} bar?",
            "{} and {} together make how many?",
        )
    )
    return Ask(form.format(first, second), str(one + two), (), image)


def bar_parity(hand: Hand) -> Ask:
    """Such as "Is the height of the red bar even or odd?"."""
    bars, image = _chart(hand, distinct=False)
    colour, height = hand.one(bars)
    form = hand.one(
        ("Is the height of the {} bar even or odd?", "The value of {}: even or odd?", "Even or odd: the {} bar?")
    )
    return Ask(form.format(colour), "odd" if height % 2 else "even", ("even", "odd"), image)


def _table(hand: Hand) -> tuple[list[draw.TableRow], Image.Image]:
    rows = [draw.TableRow(colour, hand.whole(0, 9), hand.whole(0, 9)) for colour in hand.some(COLOUR_NAMES, 3)]
    return rows, draw.table(rows, hand.rng)


def table_cell(hand: Hand) -> Ask:
    """Such as "What is in the first column of the red row?"."""
    rows, image = _table(hand)
    row, first = hand.one(rows), hand.chance(0.5)
    form = hand.one(
        (
            "What is in the {1} column of the {0} row?",
            "Which digit has {0} in the {1} column?",
            "{0}, {1} column?",
            "Read the {1} value of {0}.",
            "What is the {1} number of {0}?",
            "Give the {1} digit in the {0} row.",
        )
    )
    words = form.format(row.colour, "first" if first else "second")
    return Ask(words[0].upper() + words[1:], str(row.first if first else row.second), DIGITS, image)


def table_row(hand: Hand) -> Ask:
    """Such as "Which colour has 5 in the first column?"."""
    colours, values = hand.some(COLOUR_NAMES, 3), hand.some(range(10), 3)
    first = hand.chance(0.5)
    rows = [
        draw.TableRow(c, v, hand.whole(0, 9)) if first else draw.TableRow(c, hand.whole(0, 9), v)
        for c, v in zip(colours, values, strict=True)
    ]
    column = "first" if first else "second"
    form = hand.one(
        (
            "Which colour has {} in the {} column?",
            "Which row has {} in the {} column?",
            "Find {} in the {} column. Which colour?",
        )
    )
    return Ask(form.format(values[0], column), colours[0], tuple(hand.some(colours, 3)), draw.table(rows, hand.rng))


def table_larger(hand: Hand) -> Ask:
    """Such as "Is the first number of the red row larger than the second?"."""
    rows, image = _table(hand)
    row = hand.one(rows)
    if row.first == row.second:
        return table_cell(hand)
    if hand.chance(0.4):
        words = f"Which number is larger in the {row.colour} row, first or second?"
        return Ask(words, "first" if row.first > row.second else "second", ("first", "second"), image)
    question = f"Is the first number of {row.colour} larger than the second?"
    statement = f"The first number of {row.colour} is larger than the second."
    return claim(hand, question, statement, row.first > row.second, image)


def table_sum(hand: Hand) -> Ask:
    """Such as "What is the sum of the red row?"."""
    rows, image = _table(hand)
    row = hand.one(rows)
    form = hand.one(
        ("What is the sum of the {} row?", "Add the numbers of {}.", "How much is {} in total?", "Total of the {} row?")
    )
    return Ask(form.format(row.colour), str(row.first + row.second), (), image)


def bar_describe(hand: Hand) -> Ask:
    """List all bars with their heights from left to right."""
    bars, image = _chart(hand, distinct=False)
    question = hand.one(
        ("List all bars.", "Describe the chart.", "Read the whole chart.", "Name every bar with its height.")
    )
    return Ask(question, ", ".join(f"{colour} {height}" for colour, height in bars), (), image)


def table_describe(hand: Hand) -> Ask:
    """List all rows with their numbers from top to bottom."""
    rows, image = _table(hand)
    question = hand.one(
        ("List all rows.", "Describe the table.", "Read the whole table.", "Name every row with its numbers.")
    )
    return Ask(question, ", ".join(f"{row.colour} {row.first} {row.second}" for row in rows), (), image)
