"""Where the question stands in the prompt, and what idle words and pictures stand beside it.

A question may be the instruction, stand in the text below a general instruction, or be all there is; idle notes and
idle pictures are added so that every view of an example (image alone, text alone, both) is familiar to the backbone.
"""

from collections.abc import Callable

from PIL import Image

from mintune.tasks.world import draw
from mintune.tasks.world.primitives.sample import Ask, Hand, Sample
from mintune.tasks.world.primitives.texts import DAYS
from mintune.tasks.world.vocabulary import COLOURS, NAMES, PICTOGRAMS, SHAPES, WORDS

MAX_LISTED = 10
GENERIC = (
    "Answer the question.",
    "Please answer.",
    "Do what the note says.",
    "Do what is asked.",
    "Read and answer.",
    "Follow the request.",
    "Answer briefly.",
    "Look and answer.",
)


def idle_note(hand: Hand) -> str:
    """A short text that answers nothing."""
    form = hand.one(
        (
            "Note from {n}: bring the {w}.",
            "{n} likes the {w}.",
            "Ticket {i}, {d}.",
            "{n} and {m} meet on {d}.",
            "Sent by {n} on {d}.",
            "{n} has {k}, {m} has {j}.",
            "Please keep the {w} dry.",
            "The {w} came on {d}.",
            "{n} asked about the {w}.",
            "Page {k} of {j}.",
            "Thanks, {n}",
            "{w}, {v}",
            "Checked by {n}.",
            "{n} painted the {w} {c}.",
            "Call {n} at {j}.",
            "The {s} comes after the {p}.",
            "{d}",
        )
    )
    return form.format(
        n=hand.one(NAMES),
        m=hand.one(NAMES),
        w=hand.one(WORDS),
        v=hand.one(WORDS),
        d=hand.one(DAYS),
        i=hand.whole(10, 999),
        k=hand.whole(0, 9),
        j=hand.whole(0, 9),
        c=hand.one(tuple(COLOURS)),
        s=hand.one(SHAPES),
        p=hand.one(PICTOGRAMS),
    )


def idle_picture(hand: Hand) -> Image.Image:
    """A picture of any family, or an empty one."""
    return hand.one(_IDLE_PICTURES)(hand)


def _idle_figures(hand: Hand) -> Image.Image:
    colours = tuple(COLOURS)
    cells = hand.cells(hand.whole(1, 4))
    if hand.chance(0.5):
        return draw.scene([draw.Thing(r, c, hand.one(SHAPES), hand.one(colours)) for r, c in cells], hand.rng)
    return draw.pictograms([draw.Icon(r, c, hand.one(PICTOGRAMS), hand.one(colours)) for r, c in cells], hand.rng)


def _idle_chart(hand: Hand) -> Image.Image:
    return draw.chart([(colour, hand.whole(1, 6)) for colour in hand.some(tuple(COLOURS), 3)], hand.rng)


def _idle_table(hand: Hand) -> Image.Image:
    colours = hand.some(tuple(COLOURS), 3)
    return draw.table([draw.TableRow(c, hand.whole(0, 9), hand.whole(0, 9)) for c in colours], hand.rng)


def _idle_word(hand: Hand) -> Image.Image:
    return draw.word(hand.one(WORDS), hand.rng)


def _idle_digits(hand: Hand) -> Image.Image:
    return draw.digits([hand.whole(0, 9) for _ in range(hand.whole(1, 3))], hand.rng, hand.held_out)


def _idle_blank(hand: Hand) -> Image.Image:
    return draw.blank(hand.rng)


_IDLE_PICTURES: tuple[Callable[[Hand], Image.Image], ...] = (
    _idle_figures,
    _idle_figures,
    _idle_chart,
    _idle_table,
    _idle_word,
    _idle_digits,
    _idle_blank,
)


def framed(name: str, ask: Ask, hand: Hand) -> Sample:
    """Place a question, its facts and its picture in a prompt, with idle parts beside them."""
    if ask.image is not None:
        images: tuple[Image.Image, ...] = (ask.image,)
    else:
        images = (idle_picture(hand),) if hand.chance(0.4) else ()
    instruction, text = _with_facts(ask, hand) if ask.facts else _without_facts(ask, hand)
    choices = _listed(ask, hand) if ask.closed and (ask.must_list or hand.chance(0.5)) else ()
    return Sample(name, images, instruction, text, choices, ask.answer)


def _with_facts(ask: Ask, hand: Hand) -> tuple[str, str]:
    place = hand.rng.random()
    if place < 0.68:
        return ask.question, ask.facts
    if place < 0.76:
        return hand.one(GENERIC), f"{ask.facts} {ask.question}"
    if place < 0.84:
        return hand.one(GENERIC), f"{ask.question} {ask.facts}"
    if place < 0.92:
        return "", f"{ask.facts}\n{ask.question}"
    return ask.facts, ask.question


def _without_facts(ask: Ask, hand: Hand) -> tuple[str, str]:
    place = hand.rng.random()
    if place < 0.32:
        return ask.question, ""
    if place < 0.7:
        return ask.question, idle_note(hand)
    if place < 0.88:
        return hand.one(GENERIC), ask.question
    if place < 0.94:
        return hand.one(GENERIC), f"{idle_note(hand)} {ask.question}"
    return "", ask.question


def _listed(ask: Ask, hand: Hand) -> tuple[str, ...]:
    others = [choice for choice in ask.closed if choice != ask.answer]
    if not others:
        return ()
    most = min(len(others), MAX_LISTED - 1)
    count = most if hand.chance(0.6) else hand.whole(1, most)
    return tuple(hand.some([ask.answer, *hand.some(others, count)], count + 1))
