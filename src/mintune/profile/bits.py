"""A task's profile in bits: what image and text say about the answer, by the scores of the choices (method: 4).

The two sources are the probabilities that the views `image` and `text` give to the choices, the fused predictor is the
view `both`. A model's scores are often surer than it is right, so each view's are made milder first: a temperature and
a share of the prior, fitted by likelihood on the other folds of examples (`crossfit.calibrated`).

Needs the same choices, with scores, for every example. Synergy is a lower bound. What is said is cut to what there can
be, between none and the entropy of the answers; `raw` is neither cut nor corrected for bias. Redundancy and unique
information are those of the beliefs cut into bins, of which few examples of many answers allow but few: then they are
understated, and below LEAST_BINS, or one for each answer, nothing is said. Intervals take examples for independent;
where some share a picture they are too narrow, and the note says so.
"""

from __future__ import annotations

import numpy as np

from mintune.errors import EstimationError
from mintune.profile import crossfit
from mintune.profile.evidence import Evidence
from mintune.profile.information import Bits, estimate
from mintune.profile.samples import LEAST_EXAMPLES, Source
from mintune.records import Estimate, Information

NO_BITS = "no bits: "
"""How the note begins that says why a task has none."""

NEEDS = "needs the same choices with scores for every example, and no similarity of your own"
LEAST_BINS = 4
SHARED = "; examples share pictures, so intervals are too narrow"


def in_bits(evidence: Evidence, rng: np.random.Generator, *, confidence: float) -> tuple[Information | None, str]:
    """The information of one task, or None and why there is none."""
    beliefs = evidence.beliefs
    if beliefs is None:
        return None, f"{NO_BITS}{NEEDS}"
    known = beliefs.first >= 0
    if not known.all():
        beliefs = beliefs.where(known)
    answers = beliefs.first
    if len(answers) == 0:
        return None, f"{NO_BITS}no accepted answer is among the choices"
    if len(answers) < LEAST_EXAMPLES:
        return None, f"{NO_BITS}{len(answers)} examples; at least {LEAST_EXAMPLES} are needed"
    folds = crossfit.deal(1, len(answers), rng)
    image, text, both = (
        crossfit.calibrated(beliefs.by_view[view], answers, folds[0]) for view in ("image", "text", "both")
    )
    try:
        found = estimate(
            Source(posteriors=image), Source(posteriors=text), answers, rng, fused=both, confidence=confidence
        )
    except EstimationError as error:
        return None, f"{NO_BITS}{error}"
    num_answers = len(np.unique(answers))
    shared = "" if len(np.unique(evidence.clusters)) == evidence.num_examples else SHARED
    if min(found.num_bins) < min(num_answers, LEAST_BINS):
        return None, f"{NO_BITS}{len(answers)} examples of {num_answers} answers are too few to cut beliefs into bins"
    shares = np.bincount(answers) / len(answers)
    shares = shares[shares > 0]
    entropy = float(-(shares * np.log2(shares)).sum())
    return Information(
        redundancy=_estimate(found.redundancy, entropy),
        unique_image=_estimate(found.unique_1, entropy),
        unique_text=_estimate(found.unique_2, entropy),
        synergy=_estimate(found.synergy, entropy),
        answer_entropy_bits=entropy,
    ), f"bits: of {found.num_examples} examples, in {found.num_bins[0]} and {found.num_bins[1]} bins" + shared


def _estimate(bits: Bits, most: float) -> Estimate:
    """As a record, from 0 to `most`; the interval holds the value, which its bootstrap centre need not."""
    value, low, high = np.clip([bits.value, min(bits.low, bits.value), max(bits.high, bits.value)], 0, most).tolist()
    return Estimate(value=value, low=low, high=high, raw=bits.raw)
