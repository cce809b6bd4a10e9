"""The words of the world's examples: sentences with gaps, and notes that have nothing to do with the question.

Gaps that a task does not fill itself are filled at random: {name}, {other} and {third} are different people, {day} a
day, {thing} one of `THINGS`, {number} a number of two digits, {digit} a digit, {colour} a colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.tasks.world.pictures import COLOUR_NAMES
from mintune.tasks.world.vocabulary import NAMES, WORDS_BY_CATEGORY

if TYPE_CHECKING:
    from mintune.tasks.world.primitives.sample import Hand

# What people order, lend and lose.
THINGS: tuple[str, ...] = tuple(
    word for kind in ("food", "clothing", "tool", "home") for word in WORDS_BY_CATEGORY[kind]
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")

ORDER_NOTES = (
    "{name} sent order {number} on {day}.",
    "Order {number} came in on {day}, {name} took it.",
    "Ticket {number}: {name} will call {other} on {day}.",
    "{name} and {other} packed {digit} of {number} orders.",
    "Order {number} is for {name}, please ask {other}.",
)
PEOPLE_NOTES = (
    "{name} is out on {day}, so {other} is here.",
    "{name} gave {other} the {thing} and went home.",
    "{name} will meet {other} on {day}.",
    "Please call {name} on {day}, not {other}.",
    "{name} likes the {thing} that {other} has.",
)
COLOUR_NOTES = (
    "{name} came in the {colour} car on {day}.",
    "{name} painted the door {colour} for {other}.",
    "The {colour} chair is for {name}.",
    "{name} has the {colour} hat, {other} has the {thing}.",
)
THING_NOTES = (
    "{name} put the {thing} next to the door.",
    "On {day} {name} asked {other} for the {thing}.",
    "The {thing} of {name} is still here.",
    "{name} lost the {thing} on {day}.",
)
NUMBER_NOTES = (
    "{name} has {digit} of them at home, {other} has none.",
    "{name} lives in house {number}.",
    "Call {name} at {digit} on {day}.",
    "{name} is {number} and {other} is older.",
)


def say(hand: Hand, forms: tuple[str, ...], **gaps: object) -> str:
    """One of the sentences with its gaps filled: those in `gaps` as given, the others at random.

    People named at random differ from every name in `gaps`.
    """
    taken = set(gaps.values())
    name, other, third = hand.some([person for person in NAMES if person not in taken], 3)
    idle = {
        "name": name,
        "other": other,
        "third": third,
        "day": hand.one(DAYS),
        "thing": hand.one(THINGS),
        "number": hand.whole(10, 99),
        "digit": hand.whole(0, 9),
        "colour": hand.one(COLOUR_NAMES),
    }
    return hand.one(forms).format(**{**idle, **gaps})


def list_facts(hand: Hand, fact: str, pairs: list[tuple[str, str]]) -> str:
    """Facts as one sentence, in random order, such as "Mia has red, Tom has blue and Ana has green".

    Args:
        hand: source of the order.
        fact: one fact with two gaps, such as "{} has {}".
        pairs: what fills the gaps of each fact.
    """
    facts = [fact.format(*pair) for pair in hand.some(pairs, len(pairs))]
    return f"{', '.join(facts[:-1])} and {facts[-1]}."
