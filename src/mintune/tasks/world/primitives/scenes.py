"""Primitives on scenes of coloured shapes and of pictograms: naming, locating, counting, checking.

Both families are grids of coloured figures, so they share every question; they differ in the names and the drawing.
"""

from dataclasses import dataclass

from PIL import Image

from mintune.tasks.world import draw
from mintune.tasks.world.primitives.claims import claim
from mintune.tasks.world.primitives.sample import Ask, Hand
from mintune.tasks.world.vocabulary import COLOURS, PICTOGRAMS, POSITIONS, SHAPES

COLOUR_NAMES = tuple(COLOURS)
COUNTS = tuple("012345")


@dataclass(frozen=True)
class Figure:
    """A coloured figure in one cell, before it is drawn as a shape or as a pictogram."""

    row: int
    col: int
    name: str
    colour: str

    @property
    def position(self) -> str:
        """The name of its cell."""
        return POSITIONS[3 * self.row + self.col]


@dataclass(frozen=True)
class Kind:
    """A family of figures: their names, what to call one, and whether they are drawn as pictograms."""

    names: tuple[str, ...]
    nouns: tuple[str, ...]
    is_pictogram: bool

    def paint(self, figures: list[Figure], hand: Hand) -> Image.Image:
        """Draw the figures."""
        if self.is_pictogram:
            return draw.pictograms([draw.Icon(f.row, f.col, f.name, f.colour) for f in figures], hand.rng)
        return draw.scene([draw.Thing(f.row, f.col, f.name, f.colour) for f in figures], hand.rng)


SHAPE = Kind(SHAPES, ("shape", "figure", "thing"), is_pictogram=False)
ICON = Kind(PICTOGRAMS, ("icon", "sign", "object", "symbol"), is_pictogram=True)


def a(noun_phrase: str) -> str:
    """The phrase with its indefinite article."""
    return f"{'an' if noun_phrase[0] in 'aeiou' else 'a'} {noun_phrase}"


def scattered(kind: Kind, hand: Hand, count: int, distinct: bool = True) -> list[Figure]:
    """Figures in different cells; with `distinct` no two share a name or a colour."""
    if distinct:
        names, colours = hand.some(kind.names, count), hand.some(COLOUR_NAMES, count)
    else:
        names = [hand.one(kind.names) for _ in range(count)]
        colours = [hand.one(COLOUR_NAMES) for _ in range(count)]
    return [Figure(row, col, n, c) for (row, col), n, c in zip(hand.cells(count), names, colours, strict=True)]


def colour(kind: Kind, hand: Hand) -> Ask:
    """Such as "What colour is the star?"."""
    figures = scattered(kind, hand, hand.one((1, 1, 2, 3, 4)))
    target = figures[0]
    what = f"the {target.name}"
    if len(figures) == 1 and hand.chance(0.6):
        what = hand.one(("it", f"the {hand.one(kind.nouns)}", "this", f"the {hand.one(kind.nouns)} in the picture"))
    form = hand.one(
        (
            "What colour is {}?",
            "Which colour is {}?",
            "What is the colour of {}?",
            "Name the colour of {}.",
            "Tell the colour of {}.",
            "Say which colour {} has.",
            "In which colour is {} drawn?",
        )
    )
    return Ask(form.format(what), target.colour, COLOUR_NAMES, kind.paint(figures, hand))


def naming(kind: Kind, hand: Hand) -> Ask:
    """Such as "What shape is it? Which icon is red?"."""
    figures = scattered(kind, hand, hand.one((1, 1, 2, 3, 4)))
    target, noun = figures[0], hand.one(kind.nouns)
    if len(figures) == 1 and hand.chance(0.7):
        form = hand.one(
            (
                "What {n} is it?",
                "Which {n} is shown?",
                "Name the {n}.",
                "What {n} is in the picture?",
                "Which {n} do you see?",
                "What does the picture show?",
                "Tell which {n} this is.",
            )
        )
    else:
        form = hand.one(
            (
                "Which {n} is {c}?",
                "What {n} is {c}?",
                "Name the {c} {n}.",
                "What is the {c} {n}?",
                "Which {n} has the colour {c}?",
                "Tell which {n} is {c}.",
            )
        )
    return Ask(form.format(n=noun, c=target.colour), target.name, kind.names, kind.paint(figures, hand))


def position(kind: Kind, hand: Hand) -> Ask:
    """Such as "Where is the star?"."""
    figures = scattered(kind, hand, hand.whole(1, 4))
    target = figures[0]
    what = hand.one((target.name, f"{target.colour} {target.name}", f"{target.colour} {hand.one(kind.nouns)}"))
    form = hand.one(
        (
            "Where is the {}?",
            "In which place is the {}?",
            "Where do you see the {}?",
            "Find the {}.",
            "Locate the {}.",
            "At which position is the {}?",
            "Tell where the {} is.",
        )
    )
    return Ask(form.format(what), target.position, POSITIONS, kind.paint(figures, hand))


def name_at(kind: Kind, hand: Hand) -> Ask:
    """Such as "Which shape is at the top left?"."""
    figures = scattered(kind, hand, hand.whole(1, 5))
    target = figures[0]
    form = hand.one(
        (
            "What is at the {p}?",
            "Which {n} is at the {p}?",
            "What {n} is at the {p}?",
            "What do you see at the {p}?",
            "Name the {n} at the {p}.",
            "Which {n} stands at the {p}?",
        )
    )
    words = form.format(p=target.position, n=hand.one(kind.nouns))
    return Ask(words, target.name, kind.names, kind.paint(figures, hand))


def colour_at(kind: Kind, hand: Hand) -> Ask:
    """Such as "What colour is at the top left?"."""
    figures = scattered(kind, hand, hand.whole(1, 5))
    target = figures[0]
    form = hand.one(
        (
            "What colour is at the {p}?",
            "Which colour is at the {p}?",
            "What colour is the {n} at the {p}?",
            "Name the colour at the {p}.",
            "Which colour has the {n} at the {p}?",
        )
    )
    words = form.format(p=target.position, n=hand.one(kind.nouns))
    return Ask(words, target.colour, COLOUR_NAMES, kind.paint(figures, hand))


COUNT_FORMS = (
    "How many {} are there?",
    "Count the {}.",
    "How many {} do you see?",
    "How many {} are in the picture?",
    "What is the number of {}?",
    "Give the number of {}.",
)


def count_all(kind: Kind, hand: Hand) -> Ask:
    """Such as "How many shapes are there?"."""
    figures = scattered(kind, hand, hand.whole(1, 5), distinct=False)
    words = hand.one(COUNT_FORMS).format(f"{hand.one(kind.nouns)}s")
    return Ask(words, str(len(figures)), COUNTS, kind.paint(figures, hand))


def count_colour(kind: Kind, hand: Hand) -> Ask:
    """Such as "How many shapes are red?"."""
    wanted, noun = hand.one(COLOUR_NAMES), hand.one(kind.nouns)
    number = hand.whole(0, 5)
    others = hand.whole(0 if number else 1, min(4, 8 - number))
    colours = [wanted] * number + [hand.other(COLOUR_NAMES, wanted) for _ in range(others)]
    cells = hand.cells(len(colours))
    figures = [Figure(row, col, hand.one(kind.names), c) for (row, col), c in zip(cells, colours, strict=True)]
    words = hand.one((*COUNT_FORMS, *(f"How many {noun}s are {wanted}?",) * 4)).format(f"{wanted} {noun}s")
    return Ask(words, str(number), COUNTS, kind.paint(figures, hand))


def plural(name: str) -> str:
    """The plural of a shape's or pictogram's name."""
    if name == "fish":
        return name
    return f"{name}es" if name.endswith(("s", "sh", "ch")) else f"{name}s"


def count_name(kind: Kind, hand: Hand) -> Ask:
    """Such as "How many stars are there?"."""
    wanted = hand.one(kind.names)
    number = hand.whole(0, 5)
    others = hand.whole(0 if number else 1, min(4, 8 - number))
    names = [wanted] * number + [hand.other(kind.names, wanted) for _ in range(others)]
    cells = hand.cells(len(names))
    figures = [Figure(row, col, n, hand.one(COLOUR_NAMES)) for (row, col), n in zip(cells, names, strict=True)]
    return Ask(hand.one(COUNT_FORMS).format(plural(wanted)), str(number), COUNTS, kind.paint(figures, hand))


def exists(kind: Kind, hand: Hand) -> Ask:
    """Is there a red star? The near misses share the colour or the name."""
    figures = scattered(kind, hand, hand.whole(1, 4))
    target, holds = figures[0], hand.chance(0.5)
    mode = hand.whole(0, 2)
    if mode == 0:
        name = target.name if holds else hand.one([n for n in kind.names if n not in {f.name for f in figures}])
        what = name
    elif mode == 1:
        tint = target.colour if holds else hand.one([c for c in COLOUR_NAMES if c not in {f.colour for f in figures}])
        what = f"{tint} {hand.one(kind.nouns)}"
    elif holds:
        what = f"{target.colour} {target.name}"
    elif len(figures) > 1 and hand.chance(0.6):
        what = f"{figures[1].colour} {target.name}"
    elif hand.chance(0.5):
        what = f"{hand.other(COLOUR_NAMES, target.colour)} {target.name}"
    else:
        what = f"{target.colour} {hand.other(kind.names, target.name)}"
    question = hand.one(("Is there {}?", "Does the picture show {}?", "Do you see {}?", "Can {} be seen?")).format(
        a(what)
    )
    statement = hand.one(("There is {}.", "The picture shows {}.", "I see {}.", "It shows {}.")).format(a(what))
    return claim(hand, question, statement, holds, kind.paint(figures, hand))


def has_colour(kind: Kind, hand: Hand) -> Ask:
    """Such as "Is the star red?"."""
    figures = scattered(kind, hand, hand.whole(1, 3))
    target, holds = figures[0], hand.chance(0.5)
    tint = target.colour if holds else hand.other(COLOUR_NAMES, target.colour)
    what = (
        f"the {target.name}"
        if len(figures) > 1
        else hand.one((f"the {target.name}", "it", f"the {hand.one(kind.nouns)}"))
    )
    statement = f"{what} is {tint}."
    return claim(hand, f"Is {what} {tint}?", statement[0].upper() + statement[1:], holds, kind.paint(figures, hand))


def is_at(kind: Kind, hand: Hand) -> Ask:
    """Such as "Is the star at the top left?"."""
    figures = scattered(kind, hand, hand.whole(1, 3))
    target, holds = figures[0], hand.chance(0.5)
    place = target.position
    if not holds:
        place = figures[1].position if len(figures) > 1 and hand.chance(0.5) else hand.other(POSITIONS, place)
    what = hand.one((target.name, f"{target.colour} {target.name}"))
    statement = f"The {what} is at the {place}."
    return claim(hand, f"Is the {what} at the {place}?", statement, holds, kind.paint(figures, hand))


def same(kind: Kind, hand: Hand) -> Ask:
    """Such as "Do the two shapes have the same colour?"."""
    holds, by_colour = hand.chance(0.5), hand.chance(0.5)
    first, second = scattered(kind, hand, 2)
    second = Figure(
        second.row,
        second.col,
        first.name if not by_colour and holds else second.name if not by_colour else hand.one(kind.names),
        first.colour if by_colour and holds else second.colour if by_colour else hand.one(COLOUR_NAMES),
    )
    image, noun = kind.paint([first, second], hand), hand.one(kind.nouns)
    aspect = "colour" if by_colour else hand.one(("kind", "sort"))
    if hand.chance(0.5):
        form = hand.one(
            (
                "Is the {a} of the two {n}s the same or different?",
                "The {a} of both {n}s: same or different?",
                "Compare the {a} of the two {n}s: same or different?",
            )
        )
        return Ask(form.format(a=aspect, n=noun), "same" if holds else "different", ("same", "different"), image)
    question = hand.one((f"Are the two {noun}s of the same {aspect}?", f"Do both {noun}s have the same {aspect}?"))
    return claim(hand, question, f"Both {noun}s are of the same {aspect}.", holds, image)


def relation(kind: Kind, hand: Hand) -> Ask:
    """Such as "Is the star left of the circle?"."""
    while True:
        first, second = scattered(kind, hand, 2)
        sideways = hand.chance(0.5)
        gap = second.col - first.col if sideways else second.row - first.row
        if gap:
            break
    holds = hand.chance(0.5)
    near, far = ("left of", "right of") if sideways else ("above", "below")
    truth, untruth = (near, far) if gap > 0 else (far, near)
    word = truth if holds else untruth
    statement = f"The {first.name} is {word} the {second.name}."
    question = f"Is the {first.name} {word} the {second.name}?"
    return claim(hand, question, statement, holds, kind.paint([first, second], hand))


def describe(kind: Kind, hand: Hand) -> Ask:
    """List everything in the picture in reading order, with or without the places."""
    figures = sorted(scattered(kind, hand, hand.whole(1, 5), distinct=False), key=lambda f: (f.row, f.col))
    noun = hand.one(kind.nouns)
    if hand.chance(0.5):
        question = hand.one((f"List all {noun}s.", "Describe the picture.", f"Name every {noun} with its colour."))
        answer = ", ".join(f"{figure.colour} {figure.name}" for figure in figures)
    else:
        question = hand.one((f"List all {noun}s with their places.", "Describe the picture with places."))
        answer = ", ".join(f"{figure.position} {figure.colour} {figure.name}" for figure in figures)
    return Ask(question, answer, (), kind.paint(figures, hand))
