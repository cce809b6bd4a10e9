"""Which primitives to practise when: naming and copying first, then one look, then judging and computing.

All primitives at once stall for long at the answers' mere frequencies. What a name looks like and how to copy a word
are the footing of everything else, and drills, whole descriptions and whole lists teach that fastest, since every word
of the answer is a lesson. Within what is open, the more often a primitive fails, the more often it is drawn.
"""

from collections.abc import Iterable, Mapping

from mintune.tasks.world.primitives import PRIMITIVES

FIRST = (
    "shape_describe",
    "icon_describe",
    "bar_describe",
    "table_describe",
    "text_repeat",
    "text_lookup_all",
    "shape_colour",
    "shape_naming",
    "icon_naming",
    "icon_colour",
    "digit",
    "word_read",
    "bar_height",
    "text_fact",
    "text_copy",
    "text_lookup",
    "text_number",
)
SECOND = (
    "shape_position",
    "shape_name_at",
    "shape_colour_at",
    "shape_count",
    "shape_count_colour",
    "shape_count_name",
    "icon_position",
    "icon_name_at",
    "icon_colour_at",
    "icon_count",
    "icon_count_colour",
    "icon_count_name",
    "bar_tallest",
    "bar_lowest",
    "bar_of_height",
    "table_cell",
    "table_row",
    "word_category",
    "digit_number",
    "digit_at",
    "text_reverse_lookup",
    "text_category",
    "text_of_category",
    "text_sum",
    "text_count",
    "text_same",
)
THIRD = tuple(name for name in PRIMITIVES if name not in FIRST + SECOND)
LEVELS = (FIRST, SECOND, THIRD)
# What the world's tasks are composed of; the rest is practised a little, where a run is too short for everything.
CORE = frozenset(
    (
        "shape_colour",
        "shape_naming",
        "shape_position",
        "shape_count_colour",
        "shape_count",
        "shape_has_colour",
        "icon_naming",
        "icon_colour",
        "icon_position",
        "icon_name_at",
        "icon_exists",
        "bar_height",
        "bar_tallest",
        "bar_lowest",
        "bar_compare",
        "bar_over",
        "table_cell",
        "table_larger",
        "word_read",
        "word_category",
        "word_is",
        "digit",
        "digit_number",
        "digit_parity",
        "digit_plus",
        "digit_last_of_sum",
        "text_copy",
        "text_fact",
        "text_lookup",
        "text_reverse_lookup",
        "text_mentions",
        "text_number",
        "text_parity",
        "text_over",
        "text_last_of_sum",
        "text_sum",
        "text_category",
    )
)
ASIDE = 0.08
# A level opens when those before it are right this often, or after this share of the budget at the latest.
OPENS_AT = (0.0, 0.75, 0.7)
OPENS_AFTER = (0.0, 0.12, 0.2)
# All but a few samples are drills up to the first share of the budget; by the second none are.
DRILLS_ONLY = 0.1
DRILLS_UNTIL = 0.45
CLOSED_WEIGHT = 0.02
_MEMORY = 0.02


class Record:
    """How often each primitive was right lately in training, as a running mean."""

    def __init__(self, accuracy: Mapping[str, float] | None = None):
        self.accuracy = dict.fromkeys((*PRIMITIVES, "drill"), 0.0) | dict(accuracy or {})

    def note(self, outcomes: Iterable[tuple[str, float]]) -> None:
        """Take in the outcomes of a batch."""
        for name, is_right in outcomes:
            self.accuracy[name] += _MEMORY * (is_right - self.accuracy[name])

    def mean(self, names: Iterable[str]) -> float:
        """The mean over some primitives."""
        values = [self.accuracy[name] for name in names]
        return sum(values) / len(values)

    def weights(self, share: float) -> dict[str, float]:
        """How often to draw each primitive after `share` of the budget; open ones differ by at most ten times."""
        weights: dict[str, float] = {}
        for level, names in enumerate(LEVELS):
            before = [name for earlier in LEVELS[:level] for name in earlier]
            ready = not before or self.mean(before) >= OPENS_AT[level] or share >= OPENS_AFTER[level]
            for name in names:
                practice = 0.1 + 0.9 * min(1.0, 2.0 * (1 - self.accuracy[name]))
                weights[name] = (practice if name in CORE else ASIDE * practice) if ready else CLOSED_WEIGHT
        # Nothing can be learnt there but that every listed answer is as likely as any other.
        weights["no_information"] = min(weights["no_information"], 0.3)
        # The share of drills among all samples: nearly all at first, none by half of the budget.
        weights["drill"] = min(0.95, max(0.0, 1.0 - share / DRILLS_UNTIL)) if share > DRILLS_ONLY else 0.95
        return weights
