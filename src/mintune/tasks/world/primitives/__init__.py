"""The skills that the built-in backbone is taught, as an endless, deterministic stream of samples.

A primitive needs one look at one side: naming, locating, counting, reading, comparing, looking up, copying, adding,
with the other side absent or idle. Whatever needs image and text put together (find in the text, then look in the
picture) is a task of the world and is never asked here.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from mintune.tasks.world.primitives import charts, scenes, texts, writing
from mintune.tasks.world.primitives.claims import relabelled
from mintune.tasks.world.primitives.framing import framed
from mintune.tasks.world.primitives.sample import Ask, Hand, Sample
from mintune.tasks.world.vocabulary import COLOURS, SHAPES

__all__ = ["PRIMITIVES", "Sample", "primitive_sample", "sample_stream"]


def _custom_labels(hand: Hand) -> Ask:
    """Say dog if the figure is red, otherwise cat."""
    holds = hand.chance(0.5)
    mode = hand.whole(0, 2)
    if mode == 0:
        value, limit = hand.whole(0, 9), hand.whole(1, 8)
        return relabelled(
            hand,
            f"The number is larger than {limit}.",
            value > limit,
            facts=hand.one(("{}", "Number {}.")).format(value),
        )
    figure = scenes.scattered(scenes.SHAPE, hand, 1)[0]
    image = scenes.SHAPE.paint([figure], hand)
    if mode == 1:
        named = figure.colour if holds else hand.other(tuple(COLOURS), figure.colour)
        return relabelled(hand, f"The shape is {named}.", holds, image)
    named = figure.name if holds else hand.other(SHAPES, figure.name)
    return relabelled(hand, f"The picture shows a {named}.", holds, image)


def _figure_primitives(prefix: str, kind: scenes.Kind) -> dict[str, Callable[[Hand], Ask]]:
    functions: dict[str, Callable[[scenes.Kind, Hand], Ask]] = {
        "naming": scenes.naming,
        "colour": scenes.colour,
        "position": scenes.position,
        "name_at": scenes.name_at,
        "colour_at": scenes.colour_at,
        "count": scenes.count_all,
        "count_colour": scenes.count_colour,
        "count_name": scenes.count_name,
        "exists": scenes.exists,
        "has_colour": scenes.has_colour,
        "is_at": scenes.is_at,
        "same": scenes.same,
        "relation": scenes.relation,
        "describe": scenes.describe,
    }
    return {f"{prefix}_{name}": partial(function, kind) for name, function in functions.items()}


PRIMITIVES: dict[str, Callable[[Hand], Ask]] = {
    **_figure_primitives("shape", scenes.SHAPE),
    **_figure_primitives("icon", scenes.ICON),
    "bar_height": charts.bar_height,
    "bar_tallest": charts.bar_tallest,
    "bar_lowest": charts.bar_lowest,
    "bar_of_height": charts.bar_of_height,
    "bar_compare": charts.bar_compare,
    "bar_over": charts.bar_over,
    "bar_sum": charts.bar_sum,
    "bar_parity": charts.bar_parity,
    "bar_describe": charts.bar_describe,
    "table_describe": charts.table_describe,
    "table_cell": charts.table_cell,
    "table_row": charts.table_row,
    "table_larger": charts.table_larger,
    "table_sum": charts.table_sum,
    "word_read": writing.word_read,
    "word_category": writing.word_category,
    "word_is": writing.word_is,
    "word_is_of": writing.word_is_of,
    "digit": writing.digit,
    "digit_number": writing.number,
    "digit_at": writing.digit_at,
    "digit_parity": writing.digit_parity,
    "digit_over": writing.digit_over,
    "digit_is": writing.digit_is,
    "digit_sum": writing.digit_sum,
    "digit_last_of_sum": writing.digit_last_of_sum,
    "digit_plus": writing.digit_plus,
    "digit_larger": writing.digit_larger,
    "text_lookup": texts.lookup,
    "text_reverse_lookup": texts.reverse_lookup,
    "text_fact": texts.single_fact,
    "text_copy": texts.copy_word,
    "text_repeat": texts.repeat,
    "text_lookup_all": texts.lookup_all,
    "text_number": texts.copy_number,
    "text_category": texts.category,
    "text_is_of": texts.is_of_category,
    "text_of_category": texts.of_category,
    "text_sum": texts.total,
    "text_last_of_sum": texts.last_digit_of_total,
    "text_parity": texts.parity,
    "text_over": texts.over,
    "text_larger": texts.larger,
    "text_same": texts.same_words,
    "text_mentions": texts.mentions,
    "text_holds": texts.fact_holds,
    "text_count": texts.count_words,
    "custom_labels": _custom_labels,
    "no_information": texts.no_information,
}
"""Every primitive by name; each makes one question from chance moves."""

_NAMES = tuple(PRIMITIVES)


def primitive_sample(name: str, rng: np.random.Generator, held_out: bool) -> Sample:
    """One sample of one primitive.

    Args:
        name: a key of `PRIMITIVES`.
        rng: source of every choice made.
        held_out: draw handwritten digits from the images kept from training.

    Raises:
        KeyError: for an unknown name.
    """
    hand = Hand(rng, held_out)
    return framed(name, PRIMITIVES[name](hand), hand)


def sample_stream(seed: int, index: int, held_out: bool) -> Sample:
    """Sample number `index` of the stream `seed`, of any primitive; the same arguments always give the same sample.

    Args:
        seed: which stream.
        index: place in it, from 0.
        held_out: draw handwritten digits from the images kept from training.
    """
    rng = np.random.default_rng((seed, index))
    return primitive_sample(_NAMES[int(rng.integers(len(_NAMES)))], rng, held_out)
