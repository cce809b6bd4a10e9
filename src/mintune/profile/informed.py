"""The type of a task by a test against gold: which views hold the answer, and what that says (method: 3).

A view is informed where kappa = (accuracy - chance) / (1 - chance) exceeds 0 at 1 % (one-sided exact binomial test) and
is at least 0.35 of the best view's. Both single views informed: redundancy. One: that view is unique. None, but `both`:
synergy. Nobody: undetermined, never synergy.

Two chance levels are kept apart. Chance agreement is measured per view against other examples' answers. What `none`
knows beyond its own chance is given away by instruction and choices: where that is significant, the examples which
`none` answers are set aside, and a view is judged on the others.

A decision needs n ~ ((2.33 + 2.05) / kappa)^2 chance / (1 - chance) examples, by the best view's kappa: so many let a
test at 1 % find such a kappa in 98 % of cases. Below, the task is undetermined and the number of examples that lack is
given, unless kappa is within one standard error of 0, where no number means anything. This is also what keeps chance
findings among many tasks from being typed. The cuts are the method's, and were not tuned. Where answers are open and
chance is near 0, one in n is taken for chance: a lucky hit informs nobody.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mintune.profile.chance import is_above_chance, kappa
from mintune.profile.evidence import Evidence
from mintune.profile.finding import UNSETTLED
from mintune.profile.resampling import effective_size
from mintune.records import TYPES, InteractionType, View

RATIO = 0.35
DEVIATES = 2.33 + 2.05
LEAST_CONFIDENCE = 0.5

CODES: tuple[InteractionType, ...] = (*TYPES, "undetermined")
JUDGED: tuple[View, ...] = ("image", "text", "both")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one view stands above chance; `size` is the number of independent answers this rests on."""

    accuracy: float
    chance: float
    size: int

    @property
    def kappa(self) -> float:
        """Accuracy corrected for chance: 0 at chance, 1 where every answer is right."""
        return float(kappa(np.array(self.accuracy), np.array(self.chance)))

    @property
    def standard_error(self) -> float:
        """That of kappa where the truth is 0; infinite where chance is 1."""
        return math.sqrt(self.chance / (1 - self.chance) / self.size) if self.chance < 1 else math.inf


def standing_of(evidence: Evidence, view: View) -> Standing:
    """How far a view stands above its measured chance, which is at least one hit in all.

    Several answers to an example count as more than one where they differ as independent ones do, and as one where they
    are always the same.
    """
    right, chance = evidence.right[view], evidence.chance[view]
    if view in evidence.num_answers:
        spread = float(np.mean(right * (1 - 2 * chance) + chance**2) - np.mean(right - chance) ** 2)
        most = float(evidence.num_answers[view].mean())
        size = effective_size(right - chance, evidence.clusters, spread=spread, most=most)
    else:
        size = effective_size(right - chance, evidence.clusters)
    return Standing(float(right.mean()), max(float(chance.mean()), 1 / size), size)


def beats_chance(evidence: Evidence, view: View) -> bool:
    """Whether the view is right more often than chance, at the test's 1 %; False where it was not asked of any example.

    Of `none` it says that instruction and choices alone give some answers away.
    """
    if view not in evidence.right or evidence.num_examples == 0:
        return False
    standing = standing_of(evidence, view)
    return bool(is_above_chance(np.array(standing.accuracy), np.array(standing.chance), standing.size))


@dataclass(frozen=True, slots=True)
class Decision:
    """The type, the share of bootstrap draws that give it (0 where undetermined), and what stands in the way of one."""

    type: InteractionType
    confidence: float
    examples_needed: int | None = None
    notes: tuple[str, ...] = ()


def decide(evidence: Evidence, *, accuracy: np.ndarray, chance: np.ndarray) -> Decision:
    """Type the task; `accuracy` and `chance` are bootstrap draws of the views in JUDGED: (num_draws, 3).

    A type that fewer than half of the draws give is not reported: the task is undetermined, and the note names it.
    """
    found = {view: standing_of(evidence, view) for view in JUDGED}
    sizes = {view: standing.size for view, standing in found.items()}
    point = type_codes(
        {view: np.array([standing.accuracy]) for view, standing in found.items()},
        {view: np.array([standing.chance]) for view, standing in found.items()},
        sizes,
    )
    best = max(found.values(), key=lambda standing: standing.kappa)
    needed = examples_needed(best)
    if needed > best.size:
        each = max(best.size / evidence.num_examples, 1.0)
        lacking = None if best.kappa <= best.standard_error else math.ceil((needed - best.size) / each)
        return Decision("undetermined", 0.0, lacking, ("no view is far enough above chance",))
    drawn = type_codes(
        {view: accuracy[:, place] for place, view in enumerate(JUDGED)},
        {view: np.maximum(chance[:, place], 1 / sizes[view]) for place, view in enumerate(JUDGED)},
        sizes,
    )
    confidence = float(np.mean(drawn == point[0]))
    chosen = CODES[int(point[0])]
    if confidence < LEAST_CONFIDENCE or chosen == "undetermined":
        return Decision("undetermined", 0.0, None, (f"{UNSETTLED}: {chosen} in {confidence:.0%} of resamples",))
    return Decision(chosen, confidence)


def type_codes(
    accuracy: Mapping[View, np.ndarray], chance: Mapping[View, np.ndarray], sizes: Mapping[View, int]
) -> np.ndarray:
    """Index into CODES for each draw of the views' accuracies and chance levels (num_draws,)."""
    kappas = {view: kappa(accuracy[view], chance[view]) for view in JUDGED}
    best = np.maximum.reduce(list(kappas.values()))
    image, text, both = (
        is_above_chance(accuracy[view], chance[view], sizes[view]) & (kappas[view] >= RATIO * best) for view in JUDGED
    )
    return np.select([image & text, image, text, both], [0, 1, 2, 3], default=4)


def examples_needed(standing: Standing) -> float:
    """Number of independent examples which a decision at this kappa takes; infinite where kappa is not positive."""
    if standing.kappa <= 0:
        return float("inf")
    return (DEVIATES / standing.kappa) ** 2 * standing.chance / (1 - standing.chance)
