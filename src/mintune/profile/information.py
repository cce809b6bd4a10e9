"""Redundancy, unique information and synergy in bits from samples, corrected for bias (method: 4).

A plug-in estimate finds bits in noise: with 20 values a source and 1,000 examples of pure chance it says a third of a
bit of synergy. Three things are done about it.

**Sufficient bins.** Redundancy and unique information depend on a source only through its posterior p(y|x). A source of
many values, or one that is known by its posterior alone, is cut at quantiles of its cross-fitted posterior, so that
the table (bin 1, bin 2, y) is small; it is decomposed exactly (`broja.py`).

**Held-out synergy.** Bins of the posterior cannot see synergy (both sources of an XOR say nothing alone). So I(X1,X2;Y)
>= H(Y) - cross-entropy, where the cross-entropy is that of a mixture of predictors, cross-fitted and mixed on held-out
examples (`crossfit.py`): the prior, each source, both as if independent, and their pairs counted. Where a fused
predictor is handed in, it is that of the best of it and each source, with the prior: models slip, each in its own
places, and a mixture of two would average slips out and pass that for synergy. I_Q* of the bins lacks what the bins
lose of each source, I(Xi;Y|Bi); with that, again from held-out cross-entropies, it bounds I_Q* itself from above, since
drawing each source given its bin and the answer is a Q of the right marginals. Synergy is what is exceeded by: a lower
bound, which says how much synergy these predictors found, if each side's own predictor is as good at its side as the
fused one. Where bins lose much of both sides that bound is loose; another is that I_Q* is H(Y) at most.

**The null.** Examples are drawn anew from a Q that has the marginals and no synergy, and everything is estimated from
them again, as often as asked for. What is found on average beyond what Q holds is the bias, which is subtracted; the
share of draws with as much synergy as was found is the p-value of there being none. Shuffling answers would destroy
redundancy and unique information too, and over-correct. The marginals are moved towards independence as far as held-out
likelihood asks for: what a source seems to say by chance would be said for certain in every draw. A fused predictor
cannot be drawn anew, so with one there is no p-value, and synergy is corrected for the bias of I_Q* alone.

Estimates keep their raw value; a corrected value may be slightly negative and is reported as it is. Refuses fewer than
LEAST_EXAMPLES, or fewer than LEAST_PER_ANSWER for each possible answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mintune.errors import EstimationError
from mintune.profile import crossfit
from mintune.profile.interior_point import Array
from mintune.profile.samples import Draw, Sample, Source

DRAWS = 200
"""Draws from the null, and of the bootstrap."""

CHUNK = 1 << 22
"""Numbers (examples x answers x draws) worked on at once."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A quantity in bits: as estimated, less its bias, and between what that lies (bootstrap, percentiles)."""

    raw: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class InformationEstimate:
    """What two sources say about the answer, in bits; `synergy` is a lower bound.

    `p_value` is that of there being no synergy, None with a fused predictor; `num_bins` are at most the bins of each
    source.
    """

    redundancy: Bits
    unique_1: Bits
    unique_2: Bits
    synergy: Bits
    p_value: float | None
    num_examples: int
    num_bins: tuple[int, int]


def estimate(
    source_1: Source,
    source_2: Source,
    answers: Array,
    rng: np.random.Generator,
    *,
    fused: Array | None = None,
    confidence: float = 0.95,
    num_draws: int = DRAWS,
) -> InformationEstimate:
    """Decompose the information of two sources about the answers.

    Args:
        source_1: of each example.
        source_2: of each example.
        answers: (num_examples,) whole numbers from 0.
        rng: deals folds and draws.
        fused: (num_examples, num_answers) a predictor that saw both sources and not the example's own answer; it then
            says alone what both together say.
        confidence: of the intervals.
        num_draws: from the null and of the bootstrap.

    Raises:
        EstimationError: too few examples, arrays that do not fit one another, or posteriors that are none.
    """
    sample, size = Sample.of(source_1, source_2, np.asarray(answers), fused), len(answers)
    own, folds = np.arange(size)[None], crossfit.deal(1, size, rng)
    found = sample.measure(Draw(own, own, sample.answers[None], folds), with_fused=True)
    raw, floor = found.parts[0], found.floors[0]
    without = sample.null(found.seen, folds)
    null = _over_draws(sample, num_draws, lambda count: without.draw(count, rng), with_fused=False)
    bias = null.mean(axis=0) - without.held
    if fused is not None:
        # The null has no such predictor, and what its own lack is no bias of this one; I_Q* is estimated alike.
        bias[3] = -bias[:3].sum()

    def resampled(count: int) -> Draw:
        chosen = rng.integers(size, size=(count, size))
        # An example drawn twice stays in one fold, or it would be judged by itself.
        return Draw(chosen, chosen, sample.answers[chosen], folds[0][chosen])

    again = _over_draws(sample, num_draws, resampled, with_fused=True)
    value = raw - bias
    value[3] = max(value[3], floor)
    redundancy, unique_1, unique_2, synergy = _with_intervals(raw, value, again, confidence)
    as_much = int((null[:, 3] >= raw[3]).sum())
    return InformationEstimate(
        redundancy=redundancy,
        unique_1=unique_1,
        unique_2=unique_2,
        synergy=synergy,
        p_value=(1 + as_much) / (1 + num_draws) if fused is None else None,
        num_examples=size,
        num_bins=(found.seen[0].num_bins, found.seen[1].num_bins),
    )


def _with_intervals(raw: Array, value: Array, again: Array, confidence: float) -> list[Bits]:
    """Each part with the interval that the spread of its resamples (num_draws, 4) gives.

    A resample's plug-in bias is about twice the sample's, so their spread is used and not their centre.
    """
    tails = np.quantile(again - again.mean(axis=0), [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    rows = np.stack([raw, value, value + tails[0], value + tails[1]], axis=1)
    if not np.isfinite(rows).all():
        raise EstimationError(f"information: estimates are no numbers ({rows.tolist()}); please report this")
    return [Bits(*row) for row in rows.tolist()]


def _over_draws(sample: Sample, num_draws: int, draw: Callable[[int], Draw], *, with_fused: bool) -> Array:
    """Raw parts (num_draws, 4) of drawn samples, some at a time."""
    some = max(1, CHUNK // (len(sample.answers) * max(sample.num_answers, 2) * len(crossfit.PSEUDO_COUNTS)))
    found = [
        sample.measure(draw(min(some, num_draws - begin)), with_fused=with_fused) for begin in range(0, num_draws, some)
    ]
    return np.concatenate([one.parts for one in found])
