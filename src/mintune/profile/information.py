"""Redundancy, unique information and synergy in bits from samples, corrected for bias (method: 4).

A plug-in estimate finds bits in noise: with 20 values a source and 1,000 examples of pure chance it says a third of a
bit of synergy. Three things are done about it.

**Sufficient bins.** Redundancy and unique information depend on a source only through its posterior p(y|x). A source of
many values, or one that is known by its posterior alone, is cut at quantiles of its cross-fitted posterior, so that
the table (bin 1, bin 2, y) is small; it is decomposed exactly (`broja.py`).

**Held-out synergy.** Bins of the posterior cannot see synergy (both sources of an XOR say nothing alone). So
I(X1,X2;Y) >= H(Y) - cross-entropy, where the cross-entropy is that of a mixture of predictors, cross-fitted and
mixed on held-out examples (`crossfit.py`): the prior, each source, both as if independent, their pairs counted, and
whatever fused predictor is handed in. Synergy is what this exceeds I_Q* by: a lower bound, which says how much synergy
these predictors found.

**The null.** Examples are drawn anew from a Q that has the marginals and no synergy, and everything is estimated from
them again, as often as asked for. What is found on average beyond what Q holds is the bias, which is subtracted; the
share of draws with as much synergy as was found is the p-value of there being none. Shuffling answers would destroy
redundancy and unique information too, and over-correct. The marginals are moved towards independence as far as held-out
likelihood asks for: what a source seems to say by chance would be said for certain in every draw.

Estimates keep their raw value; a corrected value may be slightly negative and is reported as it is. Refuses fewer than
LEAST_EXAMPLES, or fewer than LEAST_PER_ANSWER for each possible answer.

Limits. What bins lose of a source that has more values than bins counts as synergy, some hundredths of a bit in
`benchmarks/information`, and the test may call it significant. A fused predictor is not drawn anew under the null, so
the p-value allows for the noise of the other predictors only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mintune.errors import EstimationError
from mintune.profile import crossfit
from mintune.profile.broja import BIT, Decomposition, decompose, decompose_many
from mintune.profile.interior_point import Array

LEAST_EXAMPLES = 50
LEAST_PER_ANSWER = 10

PER_CELL = 5
"""Examples for each cell of the table of bins, on average: the number of bins follows from it."""

MOST_BINS = 10

DRAWS = 200
"""Draws from the null, and of the bootstrap."""

COARSE_BITS = 1e-4
"""To how many bits tables of draws are solved: far below what a draw differs from the next."""

CHUNK = 1 << 22
"""Numbers (examples x answers x draws) worked on at once."""


@dataclass(frozen=True)
class Source:
    """One source: the value of each example, or what is known of the answer from it.

    Give either `values` (num_examples,), whole numbers from 0, or `posteriors` (num_examples, num_answers), which must
    not have been learnt from the example's own answer.
    """

    values: Array | None = None
    posteriors: Array | None = None


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

    `p_value` is that of there being no synergy; `num_bins` are the bins of each source.
    """

    redundancy: Bits
    unique_1: Bits
    unique_2: Bits
    synergy: Bits
    p_value: float
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
        fused: (num_examples, num_answers) a predictor that saw both sources and not the example's own answer.
        confidence: of the intervals.
        num_draws: from the null and of the bootstrap.

    Raises:
        EstimationError: too few examples, or arrays that do not fit one another.
    """
    sample = _Sample.of(source_1, source_2, answers, fused)
    size, answers_known = len(answers), sample.num_answers
    if size < max(LEAST_EXAMPLES, LEAST_PER_ANSWER * answers_known):
        raise EstimationError(
            f"information: {size} examples of {answers_known} answers; "
            f"at least {max(LEAST_EXAMPLES, LEAST_PER_ANSWER * answers_known)} are needed"
        )
    own, folds = np.arange(size)[None], crossfit.deal(1, size, rng)
    found = sample.measure(Draw(own, own, sample.answers[None], folds), with_fused=True)
    raw = found.parts[0]
    without = sample.null(found, folds)
    null = _over_draws(sample, num_draws, lambda count: without.draw(count, rng), with_fused=False)
    bias = null.mean(axis=0) - without.held

    def resampled(count: int) -> Draw:
        chosen = rng.integers(size, size=(count, size))
        # An example drawn twice stays in one fold, or it would be judged by itself.
        return Draw(chosen, chosen, sample.answers[chosen], folds[0][chosen])

    again = _over_draws(sample, num_draws, resampled, with_fused=True)
    # A resample's plug-in bias is about twice the sample's: its spread is used, not its centre.
    spread = again - again.mean(axis=0)
    tails = np.quantile(spread, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    value = raw - bias
    rows = np.stack([raw, value, value + tails[0], value + tails[1]], axis=1).tolist()
    redundancy, unique_1, unique_2, synergy = (Bits(*row) for row in rows)
    return InformationEstimate(
        redundancy=redundancy,
        unique_1=unique_1,
        unique_2=unique_2,
        synergy=synergy,
        p_value=(1 + int((null[:, 3] >= raw[3]).sum())) / (1 + num_draws),
        num_examples=size,
        num_bins=found.num_bins,
    )


@dataclass(frozen=True)
class Draw:
    """Drawn samples, all (num_samples, num_examples): whose source 1, whose source 2, which answer, in which fold."""

    first: Array
    second: Array
    answers: Array
    folds: Array


@dataclass(frozen=True)
class _Measured:
    """Raw parts (num_samples, 4) and the bins of each source's examples, and how many these are."""

    parts: Array
    bins: tuple[Array, Array]
    num_bins: tuple[int, int]


@dataclass(frozen=True)
class _Seen:
    """One source of drawn samples: posteriors; values that pairs are counted of; bins that are decomposed."""

    posteriors: Array
    values: Array
    num_values: int
    bins: Array
    num_bins: int


@dataclass(frozen=True)
class _Sample:
    """The examples. A drawn sample takes source 1 of some, source 2 of others, and answers of its own.

    `bins` are those of the sources that are known by their posteriors, which every draw keeps.
    """

    sources: tuple[Source, Source]
    bins: tuple[Array | None, Array | None]
    answers: Array
    fused: Array | None
    num_answers: int
    most_bins: int

    @classmethod
    def of(cls, source_1: Source, source_2: Source, answers: Array, fused: Array | None) -> _Sample:
        num_answers = int(answers.max()) + 1 if len(answers) else 0
        for name, source in (("source 1", source_1), ("source 2", source_2)):
            given = source.values if source.values is not None else source.posteriors
            if (source.values is None) == (source.posteriors is None):
                raise EstimationError(f"information: {name}: give its values or its posteriors, one of them")
            if given is None or len(given) != len(answers):
                raise EstimationError(f"information: {name} is not of {len(answers)} examples")
        posteriors = [source.posteriors for source in (source_1, source_2)] + [fused]
        num_answers = max([num_answers, *(given.shape[1] for given in posteriors if given is not None)])
        most_bins = int(np.clip(np.sqrt(len(answers) / (PER_CELL * max(num_answers, 1))), 2, MOST_BINS))
        one, other = (
            None if known is None else bins_of(known[None], most_bins)[0]
            for known in (source_1.posteriors, source_2.posteriors)
        )
        return cls((source_1, source_2), (one, other), answers, fused, num_answers, most_bins)

    def measure(self, draw: Draw, *, with_fused: bool) -> _Measured:
        """Raw parts of drawn samples."""
        answers, folds = draw.answers, draw.folds
        base = crossfit.prior(answers, folds, self.num_answers)
        one, other = (
            self._view(source, bins, chosen, draw, base)
            for source, bins, chosen in zip(self.sources, self.bins, (draw.first, draw.second), strict=True)
        )
        both = crossfit.product_of(one.posteriors, other.posteriors, base)
        paired = crossfit.posterior(*_pairs(one, other), answers, folds, both)
        predictors = [base, one.posteriors, other.posteriors, both, paired]
        if with_fused and self.fused is not None:
            predictors.append(self.fused[draw.first])
        chances = crossfit.of_answers(np.stack(predictors), answers)
        told = np.log(np.maximum(crossfit.mixed(chances, folds), np.finfo(float).tiny)).mean(axis=1) / BIT
        tables = np.zeros((len(answers), one.num_bins, other.num_bins, self.num_answers))
        np.add.at(tables, (np.arange(len(answers))[:, None], one.bins, other.bins, answers), 1.0)
        solved = decompose_many(tables, tolerance_bits=COARSE_BITS)
        together = _entropy_bits(tables.sum(axis=(1, 2))) + told
        parts = np.array([_parts(table, bits) for table, bits in zip(solved, together, strict=True)])
        return _Measured(parts, (one.bins, other.bins), (one.num_bins, other.num_bins))

    def _view(self, source: Source, bins: Array | None, chosen: Array, draw: Draw, base: Array) -> _Seen:
        """One source of drawn samples."""
        if source.posteriors is not None and bins is not None:
            return _Seen(source.posteriors[chosen], bins[chosen], self.most_bins, bins[chosen], self.most_bins)
        assert source.values is not None
        values, num_values = source.values[chosen], int(source.values.max()) + 1
        known = crossfit.posterior(values, num_values, draw.answers, draw.folds, base)
        if num_values <= self.most_bins:
            return _Seen(known, values, num_values, values, num_values)
        return _Seen(known, values, num_values, bins_of(known, self.most_bins), self.most_bins)

    def null(self, found: _Measured, folds: Array) -> _Null:
        """The table without synergy that has the sample's marginals, less what they say by chance."""
        answers = self.answers[None]
        base = crossfit.prior(answers, folds, self.num_answers)
        masses = np.bincount(self.answers, minlength=self.num_answers) / len(self.answers)
        marginals = []
        for bins, size in zip(found.bins, found.num_bins, strict=True):
            chance = crossfit.share_of_chance(bins, size, answers, folds, base)[0]
            counted = np.zeros((size, self.num_answers))
            np.add.at(counted, (bins[0], self.answers), 1 / len(self.answers))
            marginals.append((1 - chance) * counted + chance * counted.sum(axis=1, keepdims=True) * masses)
        joint = np.einsum("iy,jy->ijy", marginals[0], marginals[1] / np.maximum(masses, np.finfo(float).tiny))
        solved = decompose(joint, tolerance_bits=COARSE_BITS)
        held = np.array([solved.redundancy.value, solved.unique_1.value, solved.unique_2.value, 0.0])
        return _Null(solved.optimal, held, (found.bins[0][0], found.bins[1][0]))


@dataclass(frozen=True)
class _Null:
    """A table without synergy, the parts in bits that it holds, and the bins of the examples that fill it."""

    optimal: Array
    held: Array
    bins: tuple[Array, Array]

    def draw(self, count: int, rng: np.random.Generator) -> Draw:
        """Samples of as many examples: bins and answer of each together, then an example of each bin."""
        size = len(self.bins[0])
        cells = rng.choice(self.optimal.size, size=(count, size), p=self.optimal.ravel() / self.optimal.sum())
        bin_1, bin_2, answers = np.unravel_index(cells, self.optimal.shape)
        first, second = _members(self.bins[0], bin_1, rng), _members(self.bins[1], bin_2, rng)
        return Draw(first, second, answers, crossfit.deal(count, size, rng))


def _pairs(one: _Seen, other: _Seen) -> tuple[Array, int]:
    """The pair of values of each example and how many there are; of bins, where hardly any would be seen twice."""
    num_pairs = one.num_values * other.num_values
    if num_pairs <= one.values.shape[1]:
        return one.values * other.num_values + other.values, num_pairs
    return one.bins * other.num_bins + other.bins, one.num_bins * other.num_bins


def bins_of(posteriors: Array, num_bins: int) -> Array:
    """Cut posteriors (num_samples, num_examples, num_answers) into at most so many bins of like belief.

    With two answers at quantiles of the chance of the second; a cut that would fall among equal beliefs falls at the
    nearer end of them. With more answers, the bin in which beliefs differ most is cut at the mean of their first
    principal component, again and again (Boley 1998, principal direction divisive partitioning).
    """
    if posteriors.shape[-1] == 2:
        return _quantile_bins(posteriors[..., 1].round(12), num_bins)
    bins: Array = np.stack([_tree_bins(sample.round(12), num_bins) for sample in posteriors])
    return bins


def _quantile_bins(order: Array, num_bins: int) -> Array:
    """Bins of numbers (num_samples, num_examples) with as many in each."""
    ranked, size = np.sort(order, axis=1), order.shape[1]
    places = np.arange(1, num_bins) * size // num_bins
    cuts = ranked[:, places]
    before = (ranked[..., None] < cuts[:, None]).sum(axis=1)
    after = (ranked[..., None] <= cuts[:, None]).sum(axis=1)
    first = np.where(places - before <= after - places, before, after)  # rank of the first example above the cut
    above = np.take_along_axis(ranked, np.minimum(first, size - 1), axis=1)
    above = np.where(first < size, above, np.inf)
    bins: Array = (order[..., None] >= above[:, None]).sum(axis=-1)
    return bins


def _tree_bins(beliefs: Array, num_bins: int) -> Array:
    """Bins of one sample's beliefs (num_examples, num_answers)."""
    bins = np.zeros(len(beliefs), dtype=int)
    spreads = {0: float(((beliefs - beliefs.mean(axis=0)) ** 2).sum())}
    for new in range(1, num_bins):
        widest = max(spreads, key=lambda one: spreads[one])
        members = np.flatnonzero(bins == widest)
        off_centre = beliefs[members] - beliefs[members].mean(axis=0)
        _, directions = np.linalg.eigh(off_centre.T @ off_centre)
        upper = (off_centre @ directions[:, -1]).round(9) > 0
        if not upper.any():
            break
        bins[members[upper]] = new
        for one in (widest, new):
            inside = beliefs[bins == one]
            spreads[one] = float(((inside - inside.mean(axis=0)) ** 2).sum())
    return bins


def _members(bins: Array, wanted: Array, rng: np.random.Generator) -> Array:
    """For each wanted bin an example of it, drawn; the bins (num_examples,) are those of the examples."""
    order = np.argsort(bins, kind="stable")
    sizes = np.bincount(bins, minlength=int(wanted.max()) + 1)
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    within = (rng.random(wanted.shape) * sizes[wanted]).astype(int)
    drawn: Array = order[begins[wanted] + within]
    return drawn


def _over_draws(sample: _Sample, num_draws: int, draw: Callable[[int], Draw], *, with_fused: bool) -> Array:
    """Raw parts (num_draws, 4) of drawn samples, some at a time."""
    some = max(1, CHUNK // (len(sample.answers) * max(sample.num_answers, 2) * len(crossfit.PSEUDO_COUNTS)))
    parts = [
        sample.measure(draw(min(some, num_draws - begin)), with_fused=with_fused).parts
        for begin in range(0, num_draws, some)
    ]
    return np.concatenate(parts)


def _parts(solved: Decomposition, together: float) -> list[float]:
    least = solved.information_both - solved.synergy.value
    return [solved.redundancy.value, solved.unique_1.value, solved.unique_2.value, together - least]


def _entropy_bits(counts: Array) -> Array:
    """Entropy of each row of counts (num_samples, num_answers)."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    found: Array = -np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-300)), 0.0).sum(axis=1) / BIT
    return found
