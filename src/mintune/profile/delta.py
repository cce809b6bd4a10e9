"""MINT's score, as published: how far each view alone answers as both views do (arXiv 2506.02308, method: 2).

    delta = mean over S draws of C examples of [ d(y_image, y_both) + d(y_text, y_both) ]      in [0, 2]

Near 2 redundancy, near 1 uniqueness, near 0 synergy; the nearest gives the type. It needs no gold answers. With a1, a2
the two similarities of an example, a1 a2, a1 (1 - a2), (1 - a1) a2 and (1 - a1)(1 - a2) are its shares of redundancy,
unique_image, unique_text and synergy, which sum to one; nothing is ever unanswered. The draws here are of as many
examples as were asked, with replacement, so that their spread is the interval of the task's score.

Its bias: chance agreement. Two coin flips agree half the time, so with few answers every redundant and every
synergistic task drifts towards unique, and more examples do not help; a fused model that leans on one view makes
synergy look unique.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mintune.profile.evidence import Evidence
from mintune.profile.finding import LEAST_EXAMPLES, Finding, refused
from mintune.profile.resampling import bootstrap_means, estimate
from mintune.records import TYPES, Estimate

UNIQUE_ABOVE, REDUNDANT_ABOVE = 0.5, 1.5


@dataclass(frozen=True, slots=True)
class Delta:
    """The score of each draw (num_draws,) and the shares of each draw (num_draws, 4) beside those of all examples."""

    score: float
    shares: np.ndarray
    drawn_scores: np.ndarray
    drawn_shares: np.ndarray


def measure(evidence: Evidence, rng: np.random.Generator) -> Delta:
    """Score and shares over all examples, and over draws of as many examples with replacement."""
    image, text = evidence.agreement["image"], evidence.agreement["text"]
    shares = np.column_stack([image * text, image * (1 - text), (1 - image) * text, (1 - image) * (1 - text)])
    drawn = bootstrap_means(shares, evidence.clusters, rng)
    return Delta(
        score=float((image + text).mean()),
        shares=shares.mean(axis=0),
        drawn_scores=2 * drawn[:, 0] + drawn[:, 1] + drawn[:, 2],
        drawn_shares=drawn,
    )


def find(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Shares and type of one task by its delta; the confidence is the share of draws with that type."""
    if evidence.num_examples < LEAST_EXAMPLES:
        return refused(evidence.num_examples)
    measured = measure(evidence, rng)
    codes = type_codes(measured.drawn_scores, measured.drawn_shares)
    code = int(type_codes(np.array(measured.score), measured.shares))
    shares = np.append(measured.shares, 0.0)
    return Finding(
        type=TYPES[code],
        confidence=float(np.mean(codes == code)),
        raw=shares,
        shares=shares,
        drawn=np.column_stack([measured.drawn_shares, np.zeros(len(codes))]),
    )


def score(measured: Delta, confidence: float) -> Estimate:
    """Delta with the interval of its draws."""
    return estimate(measured.score, measured.drawn_scores, confidence)


def type_codes(scores: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Type by the nearest of 2, 1 and 0 as an index into TYPES; which view is unique is decided by the larger share."""
    unique = np.where(shares[..., 1] >= shares[..., 2], 1, 2)
    return np.select([scores > REDUNDANT_ABOVE, scores > UNIQUE_ABOVE], [0, unique], default=3)
