"""When a task's type is settled: bets on each claim, whose winnings may be looked at after every example (method: 6).

A fixed test may be looked at once. Here a fortune of one is staked, example after example, on the claim that a mean is
above 0; if it is not, the fortune is not expected to grow, so that it ever reaches a has a chance of 1 / a at most
(Ville's inequality), however often one looks and whenever one stops. Bets are a mixture of three fixed stakes, which
does not depend on the order of the examples.

Of each single view two claims are bet on: *informed* (its kappa is above 0 and above RATIO of either other view's) and
*not informed* (below RATIO of one). A type is settled when both views are, and for synergy when `both` is above 0. At
most three claims are wrong at a time, so each has to reach 3 / (1 - confidence). The type must also be that of the
point estimates.

A task is *hopeless* when no view can know as much as its most examples would be needed to find, and none is right more
often than chance by a standard error: asking more is futile. The second is asked of the answers themselves, since
scores may be far less sure than the answers are right.

Where choices have scores, right is the probability of the accepted choices and chance the mean of others'
(`expected.py`): a view that guesses scatters far less by this than by its answers. Examples that share a picture are
one bet. Chance levels are estimated from the same examples, so the guarantee holds up to their error; simulated tasks
stay within it (`benchmarks/rounds`).

Source: Waudby-Smith and Ramdas (2024), Estimating means of bounded random variables by betting, JRSS B 86(1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mintune.profile.evidence import Evidence
from mintune.profile.finding import LEAST_EXAMPLES
from mintune.profile.informed import CODES, DEVIATES, JUDGED, RATIO, standing_of, type_codes
from mintune.profile.knowledge import beyond_none
from mintune.records import InteractionType, View

STAKES = np.array([0.25, 0.5, 0.9])
"""Shares of what may be staked so that no single example takes all."""

CLAIMS = 3


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the bets say of one task so far.

    `type` is None while nothing is settled; `error` bounds the chance that it is wrong. `progress` is how far the
    weakest claim has come, 1 where it is won; `is_hopeless` says that asking more would not settle the type.
    """

    type: InteractionType | None
    error: float
    progress: float
    is_hopeless: bool
    num_examples: int

    @property
    def is_open(self) -> bool:
        """Whether more examples could settle the type."""
        return self.type is None and not self.is_hopeless


def settle(evidence: Evidence, *, confidence: float, most: int) -> Settlement:
    """Bet on the claims about one task; `most` examples can be asked of it in all."""
    judged, _ = beyond_none(evidence)
    if judged.num_examples < LEAST_EXAMPLES:
        return Settlement(None, 1.0, 0.0, is_hopeless=False, num_examples=evidence.num_examples)
    known = {view: Known.of(judged, view) for view in JUDGED}
    goal = np.log(CLAIMS / (1 - confidence))
    views: tuple[View, View] = ("image", "text")
    claims = {view: (_informed(known, view), _uninformed(known, view)) for view in views}
    found = [bool(is_informed >= is_not) for is_informed, is_not in claims.values()]
    won = [max(both) for both in claims.values()]
    if not any(found):
        won.append(_above_zero(known["both"].values, known["both"].least))
    weakest = min(won)
    code = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[found[0], found[1]]
    is_settled = bool(weakest >= goal and code == _by_point(judged))
    return Settlement(
        type=CODES[code] if is_settled else None,
        error=min(1.0, CLAIMS * float(np.exp(-weakest))),
        progress=float(np.clip(weakest / goal, 0.0, 1.0)),
        is_hopeless=not is_settled
        and all(_is_out_of_reach(known[view], most) and _is_within_error(judged, view) for view in JUDGED),
        num_examples=evidence.num_examples,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What one view knows, bet by bet (num_bets,), in units of kappa: from `least` to 1. `chance` is its mean."""

    values: np.ndarray
    least: float
    chance: float

    @classmethod
    def of(cls, evidence: Evidence, view: View) -> Known:
        """Of the probability of what is right where choices have scores, else of right answers."""
        found = evidence.expected.get(view)
        right, chances = (evidence.right[view], evidence.chance[view]) if found is None else found
        chance = min(max(float(chances.mean()), 1 / evidence.num_examples), 1 - 1 / evidence.num_examples)
        sizes = np.bincount(evidence.clusters)
        values = np.bincount(evidence.clusters, weights=(right - chance) / (1 - chance)) / sizes
        return cls(values, -chance / (1 - chance), chance)


def _informed(known: dict[View, Known], view: View) -> float:
    """Log fortune on: the view's kappa is above 0 and above RATIO of that of either other view."""
    own, others = known[view], [one for other, one in known.items() if other != view]
    return min(
        _above_zero(own.values, own.least),
        *(_above_zero(own.values - RATIO * other.values, own.least - RATIO) for other in others),
    )


def _uninformed(known: dict[View, Known], view: View) -> float:
    """Log fortune on: the view's kappa is below RATIO of that of one of the others; half is staked on each."""
    own, others = known[view], [one for other, one in known.items() if other != view]
    fortunes = [_above_zero(RATIO * other.values - own.values, RATIO * other.least - 1) for other in others]
    return float(np.logaddexp.reduce(fortunes) - np.log(len(fortunes)))


def _above_zero(values: np.ndarray, least: float) -> float:
    """Log fortune on: the mean of `values` (num_bets,), none of which is below `least`, is above 0."""
    stakes = STAKES / -least
    return float(np.logaddexp.reduce(np.log1p(stakes[:, None] * values).sum(axis=1)) - np.log(len(stakes)))


def _is_out_of_reach(known: Known, most: int) -> bool:
    """Whether the view knows less than `most` examples would show, in 95 of 100 cases (see `informed`)."""
    enough = DEVIATES * np.sqrt(known.chance / (1 - known.chance) / most)
    return bool(enough < 1 and _above_zero(enough - known.values, enough - 1) >= np.log(20))


def _is_within_error(evidence: Evidence, view: View) -> bool:
    """Whether the view's answers are right no more often than chance and a standard error."""
    standing = standing_of(evidence, view)
    return standing.kappa <= standing.standard_error


def _by_point(evidence: Evidence) -> int:
    """The type by the test of `informed` on the answers as they are: index into CODES."""
    found = {view: standing_of(evidence, view) for view in JUDGED}
    accuracy = {view: np.array([standing.accuracy]) for view, standing in found.items()}
    chance = {view: np.array([standing.chance]) for view, standing in found.items()}
    return int(type_codes(accuracy, chance, {view: standing.size for view, standing in found.items()})[0])
