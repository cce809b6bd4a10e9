"""The closed words of the built-in world: what can be drawn, written and asked about.

Knows names only. Drawing is in `draw.py`; what is asked about these words is in `primitives/` and in the world's tasks.
The backbone's tokenizer keeps every word here in one token, so a word added here needs the backbone trained anew.
"""


def _split(words: str) -> tuple[str, ...]:
    return tuple(words.split())


COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 38, 38),
    "green": (38, 158, 62),
    "blue": (42, 84, 214),
    "yellow": (238, 206, 28),
    "purple": (128, 46, 168),
    "orange": (242, 128, 18),
    "black": (24, 24, 24),
    "pink": (246, 142, 192),
}

SHAPES: tuple[str, ...] = ("circle", "square", "triangle", "star", "cross", "ring")

PICTOGRAMS: tuple[str, ...] = (
    "house",
    "tree",
    "sun",
    "moon",
    "car",
    "fish",
    "cup",
    "key",
    "flag",
    "bell",
    "cloud",
    "boat",
    "heart",
    "arrow",
)

# Row by row; `POSITIONS[3 * row + col]` names a cell. No name begins with another, which keeps scores of choices
# comparable.
POSITIONS: tuple[str, ...] = (
    "top left",
    "top middle",
    "top right",
    "middle left",
    "center",
    "middle right",
    "bottom left",
    "bottom middle",
    "bottom right",
)

WORDS_BY_CATEGORY: dict[str, tuple[str, ...]] = {
    "animal": _split(
        "dog cat cow pig horse sheep goat duck hen lion tiger bear wolf fox deer mouse rabbit snake frog whale"
    ),
    "food": _split(
        "bread rice soup cake apple pear plum grape lemon melon onion carrot "
        "potato tomato cheese butter honey salad pasta egg"
    ),
    "clothing": _split(
        "hat coat shirt dress skirt sock shoe boot glove scarf belt jacket tie vest jeans shorts cap robe suit apron"
    ),
    "body": _split(
        "head face eye ear nose mouth lip tooth tongue neck arm hand finger elbow chest thumb leg knee foot toe"
    ),
    "tool": _split(
        "hammer saw drill axe wrench pliers screw nail shovel rake hoe chisel "
        "file ladder rope knife brush level clamp ruler"
    ),
    "job": _split(
        "nurse doctor cook pilot farmer baker judge lawyer singer actor driver "
        "miner guard sailor tailor clerk maid waiter writer dancer"
    ),
    "nature": _split(
        "rain snow wind storm river lake ocean hill valley desert forest beach "
        "island cave field rock sand stone stream swamp"
    ),
    "home": _split(
        "chair sofa bed lamp desk shelf door window wall floor roof carpet "
        "mirror oven stove sink bath pillow clock stool"
    ),
    "sport": _split(
        "tennis golf hockey rugby soccer judo boxing skiing rowing karate "
        "squash polo diving racing riding sumo yoga hiking darts bowls"
    ),
    "transport": _split(
        "bus train plane truck bike van taxi ship ferry tram canoe rocket wagon jeep cart sled raft yacht subway metro"
    ),
}

CATEGORIES: tuple[str, ...] = tuple(WORDS_BY_CATEGORY)

CATEGORY_OF_WORD: dict[str, str] = {word: category for category, words in WORDS_BY_CATEGORY.items() for word in words}

WORDS: tuple[str, ...] = tuple(CATEGORY_OF_WORD)

NAMES: tuple[str, ...] = _split(
    "Mia Tom Ana Ben Eva Leo Ida Max Zoe Sam Kai Lena Omar Ravi Yuki Nina Hugo Iris Jack Emma"
)

NUMBERS: tuple[str, ...] = tuple(str(value) for value in range(21))
