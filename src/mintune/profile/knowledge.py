"""Who knows: shares of redundancy, uniqueness and synergy from right and wrong answers against gold (method: 3).

An example is known or not known from the image alone, from the text alone, from both; whoever does not know guesses.
Whether an answer is right is seen, knowledge is not, so the guessing is inverted. With guess rates g the method's

    P(K_image, K_text) = A(g_image)^-1 (x) A(g_text)^-1 P(c_image, c_text)

says for the moments k_v = E[(c_v - g_v) / (1 - g_v)] and k_image,text = E[product of the two], from which

    R = k_image,text    U_image = k_image - R    U_text = k_text - R    S = k_both - R - U_image - U_text

and what is left of 1 is unanswered. The guess rate differs by gold answer here: two views that do not know and both
say the most frequent answer are right together on its examples, and one common rate would take that for redundancy.
The rate at which view v, not knowing, gives an answer y follows from how often it gives y at all: P(a_v = y) =
k_v P(y) + (1 - k_v) g_v(y), where P(a_v = y) and P(y) are measured on *other* examples; summed over gold answers this
is k_v = (accuracy - chance) / (1 - prior). Examples weigh (1 - g_image)(1 - g_text) in the joint moment, since those
that every guess answers say nothing.

Raw values can be negative: a fused model that misses what one view knows gives negative synergy, and unreliable knowers
(60 % right where they know) look like two unique views. Clipping sets negative shares to zero and scales all five to
sum to one. Where `none` answers more than chance, examples that it answers are set aside (see `informed`).
"""

from __future__ import annotations

import numpy as np

from mintune.profile.evidence import Evidence
from mintune.profile.finding import LEAST_EXAMPLES, Finding, refused
from mintune.profile.informed import JUDGED, decide, gives_away
from mintune.profile.resampling import bootstrap_means
from mintune.records import View

GUESSES_ASSUMED = 5


def find(evidence: Evidence, rng: np.random.Generator) -> Finding:
    """Shares and type of one task against gold, with their bootstrap draws."""
    judged, notes = _beyond_none(evidence)
    if judged.num_examples < LEAST_EXAMPLES:
        return refused(judged.num_examples, notes)
    quantities = columns(judged)
    drawn = bootstrap_means(quantities, judged.clusters, rng)
    raw = shares(quantities.mean(axis=0))
    decision = decide(judged, accuracy=drawn[:, 0:3], chance=drawn[:, 3:6])
    return Finding(
        type=decision.type,
        confidence=decision.confidence,
        raw=raw,
        shares=clip(raw),
        drawn=clip(shares(drawn)),
        examples_needed=decision.examples_needed,
        notes=(*notes, *decision.notes),
    )


def _beyond_none(evidence: Evidence) -> tuple[Evidence, tuple[str, ...]]:
    """The examples that `none` does not answer, where it answers more than chance; else all of them."""
    if not gives_away(evidence):
        return evidence, ()
    kept = evidence.right["none"] < 1
    return evidence.where(kept), (f"given away by instruction and choices: {int((~kept).sum())} examples",)


def shares(means: np.ndarray) -> np.ndarray:
    """Raw shares (..., 5) from means of `columns` (..., 9).

    In the order redundancy, unique_image, unique_text, synergy, unanswered; they sum to one, and may be negative.
    """
    right, chance, prior = means[..., 0:3], means[..., 3:6], means[..., 6:7]
    known = (right - chance) / np.maximum(1 - prior, 1e-9)
    redundancy = means[..., 7] / np.maximum(means[..., 8], 1e-9)
    image, text, both = known[..., 0], known[..., 1], known[..., 2]
    return np.stack(
        [redundancy, image - redundancy, text - redundancy, both - image - text + redundancy, 1 - both], axis=-1
    )


def clip(raw: np.ndarray) -> np.ndarray:
    """Shares (..., 5) with negative ones set to zero and all scaled to sum to one."""
    positive = np.maximum(raw, 0.0)
    return np.asarray(positive / positive.sum(axis=-1, keepdims=True))


def columns(evidence: Evidence) -> np.ndarray:
    """Per-example quantities whose means `shares` turns into shares: (num_examples, 9).

    Right and chance under image, text and both; prior; then numerator and weight of the joint moment.
    """
    image, text = guess_rates(evidence, "image"), guess_rates(evidence, "text")
    joint = (evidence.right["image"] - image) * (evidence.right["text"] - text)
    return np.column_stack(
        [evidence.right[view] for view in JUDGED]
        + [evidence.chance[view] for view in JUDGED]
        + [evidence.prior, joint, (1 - image) * (1 - text)]
    )


def guess_rates(evidence: Evidence, view: View) -> np.ndarray:
    """Rate at which the view, not knowing, hits each example's accepted answer: (num_examples,), in [0, 1].

    Shrunk towards the prior by GUESSES_ASSUMED guesses, since a view that knows nearly everything shows few.
    """
    prior, chance = evidence.prior, evidence.chance[view]
    known = (evidence.right[view].mean() - chance.mean()) / max(1 - prior.mean(), 1e-9)
    known = min(max(float(known), 0.0), 1.0)
    assumed = GUESSES_ASSUMED / evidence.num_examples
    return np.clip((chance - known * prior + assumed * prior) / (1 - known + assumed), 0.0, 1.0)
