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

**Several answers to an example** say of a view alone how often it slips: two of its answers are right together beyond
guessing in a share E[(c_1 - g)(c_2 - g) / (1 - g)^2] = w^2 k of the examples, where one is in a share w k, and their
ratio is w. It is divided out first; what image and both say is then asked for the slips that are the same in every
answer of a view but not in those of the other (s), and r = w s. Slips, or guesses, that a view repeats in all of its
answers leave w at 1: they cannot be told from not knowing, or knowing. With one answer an example w is 1.

Raw values can be negative: a fused model that misses what one view knows gives negative synergy. Clipping sets negative
shares to zero and scales all five to sum to one, which takes from large shares what noise gave to small ones: where
only redundancy, .35, and synergy, .65, are, synergy is .57 on average (two answers, accuracy .8, n = 1,000;
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
from mintune.profile.informed import JUDGED, beats_chance, decide, standing_of
from mintune.profile.resampling import bootstrap_means
from mintune.records import View

ALIKE_GOLD = 0.98
"""Where more pairs of examples than this share their gold answer, right answers and guesses cannot be told apart."""
RIGHT, CHANCE, PRIOR = slice(0, 3), slice(3, 6), slice(6, 7)
JOINT, JOINT_WEIGHTS = slice(7, 10), slice(10, 13)
REPEATED, REPEATED_WEIGHTS = slice(13, 16), slice(16, 19)
"""Where quantities stand in `columns`: by view (image, text, both), or by pair (image-text, image-both, text-both)."""

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
    size = worth(judged)
    raw, drawn_raw = shares(means, size), shares(drawn, size)
    decision = decide(judged, accuracy=drawn[:, RIGHT], chance=drawn[:, CHANCE])
    return Finding(
        type=decision.type,
        confidence=decision.confidence,
        raw=raw,
        shares=clip(raw),
        drawn=clip(drawn_raw),
        drawn_raw=drawn_raw,
        examples_needed=decision.examples_needed,
        notes=(*notes, f"reliability: {reliability(means, size):.2f}{_by_answers(judged)}", *decision.notes),
    )


def beyond_none(evidence: Evidence) -> tuple[Evidence, tuple[str, ...]]:
    """The examples that `none` does not answer, where it answers more than chance; else all of them.

    Of several answers of `none` it takes half.
    """
    if not beats_chance(evidence, "none"):
        return evidence, ()
    kept = evidence.right["none"] < 0.5
    return evidence.where(kept), (f"given away by instruction and choices: {int((~kept).sum())} examples",)


def columns(evidence: Evidence) -> np.ndarray:
    """Per-example quantities whose means `shares` turns into shares: (num_examples, 13), or 19 with several answers.

    RIGHT and CHANCE of image, text and both; PRIOR; JOINT: for the pairs image-text, image-both and text-both the
    products of (right - guess rate), and JOINT_WEIGHTS. Where examples were answered several times, REPEATED: for each
    view the same product of two of its answers, the mean over all pairs of them, and REPEATED_WEIGHTS; both are 0 where
    there is one answer.
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
        + ([_repeated(evidence, view, guessed[view]) for view in JUDGED] if evidence.num_answers else [])
        + ([(1 - guessed[view]) ** 2 * _is_repeated(evidence, view) for view in JUDGED] if evidence.num_answers else [])
    )


def worth(evidence: Evidence) -> int:
    """How many examples with one answer each the answers of image and text are worth, at least as many as there are."""
    if not evidence.num_answers:
        return evidence.num_examples
    return max(evidence.num_examples, min(standing_of(evidence, view).size for view in ("image", "text")))


def _repeated(evidence: Evidence, view: View, guessed: np.ndarray) -> np.ndarray:
    """Mean over pairs of different answers to an example of (c_1 - g)(c_2 - g): (num_examples,), 0 where there is one.

    Of m answers c, each 0 or 1, it is [(sum of c - g)^2 - sum of (c - g)^2] / m (m - 1).
    """
    if view not in evidence.num_answers:
        return np.zeros(evidence.num_examples)
    number, right = evidence.num_answers[view], evidence.right[view]
    above = right - guessed
    squares = right * (1 - 2 * guessed) + guessed**2
    return np.where(number > 1, (number * above**2 - squares) / np.maximum(number - 1, 1), 0.0)


def _is_repeated(evidence: Evidence, view: View) -> np.ndarray:
    return evidence.num_answers[view] > 1 if view in evidence.num_answers else np.zeros(evidence.num_examples, bool)


def _by_answers(evidence: Evidence) -> str:
    """How many answers of a view the reliability goes by, where there are several."""
    if not evidence.num_answers:
        return ""
    means = [float(np.mean(evidence.num_answers[view])) if view in evidence.num_answers else 1.0 for view in JUDGED]
    return f", from {sum(means) / len(means):g} answers an example"


def guess_rates(evidence: Evidence, view: View) -> np.ndarray:
    """Rate at which the view, not knowing, hits each example's accepted answer: (num_examples,), in [0, 1].

    Shrunk towards the prior by GUESSES_ASSUMED guesses, times what it knows, since a view that knows nearly everything
    shows few; one that knows nothing shows nothing else.
    """
    prior, chance = evidence.prior, evidence.chance[view]
    known = (evidence.right[view].mean() - chance.mean()) / max(1 - prior.mean(), TINY)
    known = min(max(float(known), 0.0), 1.0)
    assumed = known * GUESSES_ASSUMED / evidence.num_examples
    return np.clip((chance - known * prior + assumed * prior) / (1 - known + assumed), 0.0, 1.0)


def shares(means: np.ndarray, num_examples: int) -> np.ndarray:
    """Raw shares (..., 5) from means of `columns` (..., 13 or 19), with errors those of `num_examples` answers.

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

    Where examples were answered several times, the slope w of w^2 k_view over w k_view is divided out first, by the
    same rule over image, text and both.
    """
    known, together = _moments(means)
    prior = np.clip(means[..., PRIOR][..., 0], 0.0, 1 - TINY)
    error = np.sqrt(prior / (1 - prior) / num_examples)
    assumed = 4 * error**2 + TINY
    told = np.where(known > error[..., None], known, 0.0)
    within = _slope(*_repeated_moments(told, means), assumed)
    across = _slope(told[..., :2], together[..., 1:] / within[..., None], assumed)
    return np.asarray(np.clip(within * across, LEAST_RELIABILITY, 1.0))


def _slope(single: np.ndarray, joint: np.ndarray, assumed: np.ndarray) -> np.ndarray:
    """Slope (...,) of joint moments over single ones (..., num_views), shrunk to 1 and clipped."""
    slope = ((single * joint).sum(axis=-1) + assumed) / ((single**2).sum(axis=-1) + assumed)
    return np.asarray(np.clip(slope, LEAST_RELIABILITY, 1.0))


def _repeated_moments(told: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moments of one answer, 0 where a view was not asked again, and of two: (..., 3) each, (..., 0) if none was."""
    weights = means[..., REPEATED_WEIGHTS]
    if not weights.shape[-1]:
        return told[..., :0], told[..., :0]
    return np.where(weights > TINY, told, 0.0), means[..., REPEATED] / np.maximum(weights, TINY)


def clip(raw: np.ndarray) -> np.ndarray:
    """Shares (..., 5) with negative ones set to zero and all scaled to sum to one."""
    positive = np.maximum(raw, 0.0)
    return np.asarray(positive / positive.sum(axis=-1, keepdims=True))


def _moments(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moments k of image, text and both (..., 3), and of the pairs image-text, image-both and text-both (..., 3)."""
    alone = (means[..., RIGHT] - means[..., CHANCE]) / np.maximum(1 - means[..., PRIOR], TINY)
    return alone, means[..., JOINT] / np.maximum(means[..., JOINT_WEIGHTS], TINY)
