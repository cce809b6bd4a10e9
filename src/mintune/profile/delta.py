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

import numpy as np

from mintune.profile.evidence import Evidence
from mintune.profile.finding import LEAST_EXAMPLES, Finding, refused
from mintune.profile.resampling import bootstrap_means
from mintune.records import TYPES

UNIQUE_ABOVE, REDUNDANT_ABOVE = 0.5, 1.5


def find(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Shares and type of one task by its delta; the confidence is the share of draws with that type."""
    if evidence.num_examples < LEAST_EXAMPLES:
        return refused(evidence.num_examples)
    per_example = shares(evidence)
    mean, drawn = per_example.mean(axis=0), bootstrap_means(per_example, evidence.clusters, rng)
    code = int(type_codes(mean))
    found, resampled = np.append(mean, 0.0), np.column_stack([drawn, np.zeros(len(drawn))])
    return Finding(
        type=TYPES[code],
        confidence=float(np.mean(type_codes(drawn) == code)),
        raw=found,
        shares=found,
        drawn=resampled,
        drawn_raw=resampled,
    )


def shares(evidence: Evidence) -> np.ndarray:
    """Each example's shares of redundancy, unique_image, unique_text and synergy: (num_examples, 4)."""
    image, text = evidence.agreement["image"], evidence.agreement["text"]
    return np.column_stack([image * text, image * (1 - text), (1 - image) * text, (1 - image) * (1 - text)])


def score(means: np.ndarray) -> np.ndarray:
    """Delta (...,) from mean shares (..., 4)."""
    return np.asarray(2 * means[..., 0] + means[..., 1] + means[..., 2])


def type_codes(means: np.ndarray) -> np.ndarray:
    """Type by the nearest of 2, 1 and 0 as an index into TYPES (...,), from mean shares (..., 4).

    Which view is unique is decided by the larger of the two shares.
    """
    found = score(means)
    unique = np.where(means[..., 1] >= means[..., 2], 1, 2)
    return np.select([found > REDUNDANT_ABOVE, found > UNIQUE_ABOVE], [np.zeros_like(unique), unique], default=3)
