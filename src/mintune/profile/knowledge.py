"""Who knows: shares of redundancy, uniqueness and synergy from right and wrong answers against gold (method: 3).

An example is known or not known from the image alone, from the text alone, from both; whoever does not know guesses.
Whether an answer is right is seen, knowledge is not, so the guessing is inverted. With guess rates g the method's

    P(K_image, K_text) = A(g_image)^-1 (x) A(g_text)^-1 P(c_image, c_text)

says for the moments k_v = E[(c_v - g_v) / (1 - g_v)] and k_image,text = E[product of the two], from which

    R = k_image,text    U_image = k_image - R    U_text = k_text - R    S = k_both - R - U_image - U_text

and what is left of 1 is unanswered. Two things are refined here.

**Guess rates differ by gold answer.** Two views that do not know and both say the most frequent answer are right
together on its examples, and one common rate would take that for redundancy. The rate at which view v, not knowing,
gives an answer y follows from how often it gives y at all: P(a_v = y) = k_v P(y) + (1 - k_v) g_v(y), where both
probabilities are measured on *other* examples; summed over gold answers, k_v = (accuracy - chance) / (1 - prior).
Examples weigh (1 - g)(1 - g) in a joint moment, since those that every guess answers say nothing.

**Knowers slip.** If every view slips on a share 1 - r of what it knows, independently, then k_v carries a factor r and
k_image,text a factor r^2, and a redundant task looks like two unique views. What one view knows alone, both views know,
so k_image,both = r k_image and k_text,both = r k_text give r, and the factors are divided out. Only views that know
more than their standard error tell of r; where neither does, nothing is divided out, since noise over noise is no
reliability. It is shrunk towards 1, more where there are few examples. Where slips are common to all views (hard
examples), r is 1 and nothing changes.

Raw values can be negative: a fused model that misses what one view knows gives negative synergy. Clipping sets negative
shares to zero and scales all five to sum to one, which takes from large shares what noise gave to small ones: where
only redundancy, .35, and synergy, .65, are, synergy is .56 on average (two answers, accuracy .8, n = 1,000;
`benchmarks/typing`). Intervals are those of raw draws, cut to [0, 1]. Where `none` answers more than chance, examples
that it answers are set aside (see `informed`). In the bootstrap the guess rates of the examples are held at their
estimates.

Not identified: where no single view knows anything, how reliable the fused one is. r is 1 then, and what it slips on
counts as unanswered.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from mintune.profile.evidence import Evidence
from mintune.profile.finding import GOLD_ALIKE, LEAST_EXAMPLES, Finding, refused
from mintune.profile.informed import JUDGED, beats_chance, decide
from mintune.profile.resampling import bootstrap_means
from mintune.records import View

ALIKE_GOLD = 0.98
"""Where more pairs of examples than this share their gold answer, right answers and guesses cannot be told apart."""
GUESSES_ASSUMED = 5
LEAST_RELIABILITY = 0.3
TINY = 1e-9


def find(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Shares and type of one task against gold, with their bootstrap draws."""
    judged, notes = beyond_none(evidence)
    if judged.num_examples < LEAST_EXAMPLES:
        return refused(judged.num_examples, notes)
    if judged.prior.mean() > ALIKE_GOLD:
        return refused(judged.num_examples, (*notes, f"{GOLD_ALIKE} in {judged.prior.mean():.1%} of pairs"))
    quantities = columns(judged)
    means, drawn = quantities.mean(axis=0), bootstrap_means(quantities, judged.clusters, rng)
    raw, drawn_raw = shares(means, judged.num_examples), shares(drawn, judged.num_examples)
    decision = decide(judged, accuracy=drawn[:, 0:3], chance=drawn[:, 3:6])
    return Finding(
        type=decision.type,
        confidence=decision.confidence,
        raw=raw,
        shares=clip(raw),
        drawn=clip(drawn_raw),
        drawn_raw=drawn_raw,
        examples_needed=decision.examples_needed,
        notes=(*notes, f"reliability: {reliability(means, judged.num_examples):.2f}", *decision.notes),
    )


def beyond_none(evidence: Evidence) -> tuple[Evidence, tuple[str, ...]]:
    """The examples that `none` does not answer, where it answers more than chance; else all of them."""
    if not beats_chance(evidence, "none"):
        return evidence, ()
    kept = evidence.right["none"] < 1
    return evidence.where(kept), (f"given away by instruction and choices: {int((~kept).sum())} examples",)


def columns(evidence: Evidence) -> np.ndarray:
    """Per-example quantities whose means `shares` turns into shares: (num_examples, 13).

    Right (0-2) and chance (3-5) under image, text and both; prior (6); then for the pairs image-text, image-both and
    text-both the products of (right - guess rate) (7-9) and their weights (10-12).
    """
    guessed = {view: guess_rates(evidence, view) for view in JUDGED}
    above = {view: evidence.right[view] - guessed[view] for view in JUDGED}
    pairs = list(combinations(JUDGED, 2))
    return np.column_stack(
        [evidence.right[view] for view in JUDGED]
        + [evidence.chance[view] for view in JUDGED]
        + [evidence.prior]
        + [above[first] * above[second] for first, second in pairs]
        + [(1 - guessed[first]) * (1 - guessed[second]) for first, second in pairs]
    )


def guess_rates(evidence: Evidence, view: View) -> np.ndarray:
    """Rate at which the view, not knowing, hits each example's accepted answer: (num_examples,), in [0, 1].

    Shrunk towards the prior by GUESSES_ASSUMED guesses, since a view that knows nearly everything shows few.
    """
    prior, chance = evidence.prior, evidence.chance[view]
    known = (evidence.right[view].mean() - chance.mean()) / max(1 - prior.mean(), TINY)
    known = min(max(float(known), 0.0), 1.0)
    assumed = GUESSES_ASSUMED / evidence.num_examples
    return np.clip((chance - known * prior + assumed * prior) / (1 - known + assumed), 0.0, 1.0)


def shares(means: np.ndarray, num_examples: int) -> np.ndarray:
    """Raw shares (..., 5) from means of `columns` (..., 13).

    In the order redundancy, unique_image, unique_text, synergy, unanswered; they sum to one, and may be negative.
    """
    known, together = _moments(means)
    steady = reliability(means, num_examples)
    image, text, both = (known[..., place] / steady for place in range(3))
    redundancy = together[..., 0] / steady**2
    return np.stack(
        [redundancy, image - redundancy, text - redundancy, both - image - text + redundancy, 1 - both], axis=-1
    )


def reliability(means: np.ndarray, num_examples: int) -> np.ndarray:
    """Share of what it knows that a view also answers (...,), in [LEAST_RELIABILITY, 1].

    The slope r of k_view,both = r k_view over those of image and text that know more than a standard error of a view
    that knows nothing, by least squares. Shrunk to 1 as if one more view that knows twice that error had been answered
    without a slip.
    """
    known, together = _moments(means)
    prior = np.clip(means[..., 6], 0.0, 1 - TINY)
    error = np.sqrt(prior / (1 - prior) / num_examples)
    assumed = 4 * error**2 + TINY
    alone = np.where(known[..., :2] > error[..., None], known[..., :2], 0.0)
    slope = ((alone * together[..., 1:]).sum(axis=-1) + assumed) / ((alone**2).sum(axis=-1) + assumed)
    return np.asarray(np.clip(slope, LEAST_RELIABILITY, 1.0))


def clip(raw: np.ndarray) -> np.ndarray:
    """Shares (..., 5) with negative ones set to zero and all scaled to sum to one."""
    positive = np.maximum(raw, 0.0)
    return np.asarray(positive / positive.sum(axis=-1, keepdims=True))


def _moments(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moments k of image, text and both (..., 3), and of the pairs image-text, image-both and text-both (..., 3)."""
    room = np.maximum(1 - means[..., 6:7], TINY)
    return (means[..., 0:3] - means[..., 3:6]) / room, means[..., 7:10] / np.maximum(means[..., 10:13], TINY)
