"""What to practise when: drills on words and on pictures, talks, then primitives, the simplest first.

All primitives at once stall for long at the answers' mere frequencies. How to copy a word and what a name looks like
are the footing of everything else, and drills teach that fastest, since one prompt holds many questions. Within what is
open, the more often a primitive fails, the more often it is drawn.
"""

from collections.abc import Iterable, Mapping

from mintune.tasks.world.primitives import PRIMITIVES
from mintune.tasks.world.primitives.drills import DRILLS
from mintune.tasks.world.primitives.talks import TALKS
from mintune.tasks.world.skills import SKILLS

FIRST = (
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
# What the world's tasks are composed of, and what everything rests on; the rest is practised a little.
PLAIN = ("shape_naming", "shape_count", "icon_count", "digit", "text_copy", "text_category", "text_sum")
CORE = frozenset(PLAIN).union(*SKILLS.values())
ASIDE = 0.08
# A stage ends when all it practises is right this often, or after this share of the budget at the latest.
STAGES: tuple[tuple[tuple[str, ...], float, float], ...] = (
    (("echo",), 0.9, 0.04),
    (("text_drill",), 0.9, 0.1),
    # Looking up in reverse did not come by itself among other drills in 90 minutes (docs/backbone.md).
    (("owner_drill",), 0.9, 0.16),
    (("picture_drill",), 0.9, 0.24),
    (tuple(TALKS), 0.93, 0.5),
)
# Once the first primitives are right this often, or after this share of the budget, all are practised.
FIRST_MASTERED, FIRST_AT_MOST = 0.8, 0.5
# The share of what earlier stages practised beside a stage; that of talks beside the primitives, until when.
EARLIER, TALKS_BESIDE, TALKS_UNTIL = 0.2, 0.3, 0.8
MEMORY = 0.02


class Record:
    """How often each drill, talk and primitive was right lately in training, as a running mean."""

    def __init__(self, accuracy: Mapping[str, float] | None = None):
        self.accuracy = dict.fromkeys((*DRILLS, *TALKS, *PRIMITIVES), 0.0) | dict(accuracy or {})

    def note(self, outcomes: Iterable[tuple[str, float]]) -> None:
        """Take in the outcomes of a batch."""
        for name, is_right in outcomes:
            self.accuracy[name] += MEMORY * (is_right - self.accuracy[name])

    def mean(self, names: Iterable[str]) -> float:
        """The mean over some names."""
        values = [self.accuracy[name] for name in names]
        return sum(values) / len(values)

    def weights(self, share: float) -> dict[str, float]:
        """How often to draw each drill, talk and primitive after `share` of the budget, in any unit."""
        for place, (names, mastered, at_most) in enumerate(STAGES):
            if share < at_most and min(self.accuracy[name] for name in names) < mastered:
                earlier = [name for before, _, _ in STAGES[:place] for name in before]
                share_now = 1 - EARLIER if earlier else 1.0
                return dict.fromkeys(names, share_now / len(names)) | {each: EARLIER / len(earlier) for each in earlier}
        all_open = share >= FIRST_AT_MOST or self.mean(FIRST) >= FIRST_MASTERED
        weights = {name: self._need(name) for name in (PRIMITIVES if all_open else FIRST)}
        if share < TALKS_UNTIL:
            total = sum(weights.values()) / (1 - TALKS_BESIDE) * TALKS_BESIDE
            weights |= dict.fromkeys(TALKS, total / len(TALKS))
        return weights

    def _need(self, name: str) -> float:
        practice = 0.1 + 0.9 * min(1.0, 5.0 * (1 - self.accuracy[name]))
        if name == "no_information":
            # Nothing can be learnt there but that every listed answer is as likely as any other.
            return 0.3
        return practice if name in CORE else ASIDE * practice
