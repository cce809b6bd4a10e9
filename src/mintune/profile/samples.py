"""Samples of examples, as they came or drawn anew, and what is measured on them: raw parts of information in bits.

A drawn sample takes source 1 of some examples, source 2 of others and answers of its own, so that bootstrap and null
are measured by exactly what measures the examples themselves. What the numbers mean stands in `information.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mintune.errors import EstimationError
from mintune.profile import crossfit
from mintune.profile.binning import bins_of
from mintune.profile.broja import BIT, Decomposition, decompose, decompose_many
from mintune.profile.interior_point import Array

LEAST_EXAMPLES = 50
LEAST_PER_ANSWER = 10

PER_CELL = 5
"""Examples for each cell of the table of bins, on average: the number of bins follows from it."""

MOST_BINS = 10

COARSE_BITS = 1e-4
"""To how many bits tables of draws are solved: far below what a draw differs from the next."""

LEAST_CHANCE = 1e-6
"""What a posterior calls impossible has this chance: none was learnt from so many examples."""


@dataclass(frozen=True)
class Source:
    """One source: the value of each example, or what is known of the answer from it.

    Give either `values` (num_examples,), whole numbers, or `posteriors` (num_examples, num_answers), each row of which
    sums to one and was not learnt from the example's own answer.
    """

    values: ArrayLike | None = None
    posteriors: ArrayLike | None = None


@dataclass(frozen=True)
class Known:
    """A source that was checked: values numbered from 0 without gaps, or posteriors with nothing impossible."""

    values: Array | None
    posteriors: Array | None


@dataclass(frozen=True)
class Draw:
    """Drawn samples, all (num_samples, num_examples): whose source 1, whose source 2, which answer, in which fold."""

    first: Array
    second: Array
    answers: Array
    folds: Array


@dataclass(frozen=True)
class Measured:
    """Raw parts (num_samples, 4), what synergy is at least, and each source as it was seen."""

    parts: Array
    floors: Array
    seen: tuple[Seen, Seen]


@dataclass(frozen=True)
class Seen:
    """One source of drawn samples: posteriors; values that pairs are counted of; bins that are decomposed.

    `coarse` is the posterior given the bin alone, None where each value has its own.
    """

    posteriors: Array
    coarse: Array | None
    values: Array
    num_values: int
    bins: Array
    num_bins: int


@dataclass(frozen=True)
class Sample:
    """The examples. A drawn sample takes source 1 of some, source 2 of others, and answers of its own.

    `bins` are those of the sources that are known by their posteriors, which every draw keeps.
    """

    sources: tuple[Known, Known]
    bins: tuple[Array | None, Array | None]
    answers: Array
    fused: Array | None
    num_answers: int
    most_bins: int

    @classmethod
    def of(cls, source_1: Source, source_2: Source, told: ArrayLike, fused: ArrayLike | None) -> Sample:
        """The checked sample, of the answers that were `told`. EstimationError as `estimate`."""
        answers = _array(told, "answers")
        size = len(answers)
        values = [_values(source, f"source {n}", size) for n, source in enumerate((source_1, source_2), start=1)]
        given = {"source 1": source_1.posteriors, "source 2": source_2.posteriors, "fused": fused}
        beliefs = {
            name: None if one is None else _array(one, f"{name} has posteriors that") for name, one in given.items()
        }
        widths = {name: one.shape[1] for name, one in beliefs.items() if one is not None and one.ndim == 2}
        num_answers = max([int(answers.max()) + 1 if size else 0, *widths.values()])
        known = {
            name: None if one is None else _beliefs(one, name, (size, num_answers)) for name, one in beliefs.items()
        }
        if size and (answers.dtype.kind not in "iu" or answers.min() < 0):
            raise EstimationError("information: answers are not whole numbers from 0")
        needed = max(LEAST_EXAMPLES, LEAST_PER_ANSWER * num_answers)
        if size < needed:
            raise EstimationError(
                f"information: {size} examples of {num_answers} answers; at least {needed} are needed"
            )
        most_bins = int(np.clip(size / (PER_CELL * num_answers), 2, MOST_BINS))
        one, other = (
            None if posteriors is None else bins_of(posteriors[None], most_bins)[0]
            for posteriors in (known["source 1"], known["source 2"])
        )
        sources = Known(values[0], known["source 1"]), Known(values[1], known["source 2"])
        return cls(sources, (one, other), answers, known["fused"], num_answers, most_bins)

    def measure(self, draw: Draw, *, with_fused: bool) -> Measured:
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
        predictors += [seen.coarse for seen in (one, other) if seen.coarse is not None]
        if with_fused and self.fused is not None:
            told = _best_alone([self.fused[draw.first], one.posteriors, other.posteriors], base, draw)
        else:
            told = _log_score(predictors, draw)
        lost = sum(_lost(seen, base, draw) for seen in (one, other))
        tables = np.zeros((len(answers), one.num_bins, other.num_bins, self.num_answers))
        np.add.at(tables, (np.arange(len(answers))[:, None], one.bins, other.bins, answers), 1.0)
        solved = decompose_many(tables, tolerance_bits=COARSE_BITS)
        together = _entropy_bits(tables.sum(axis=(1, 2))) + told - lost
        parts = np.array([_parts(table, bits) for table, bits in zip(solved, together, strict=True)])
        # I_Q* is H(Y) at most, so what the predictors leave open bounds synergy from below.
        return Measured(parts, np.asarray(told), (one, other))

    def _view(self, source: Known, bins: Array | None, chosen: Array, draw: Draw, base: Array) -> Seen:
        """One source of drawn samples."""
        answers, folds, most = draw.answers, draw.folds, self.most_bins
        if source.posteriors is not None and bins is not None:
            cut = bins[chosen]
            coarse = crossfit.posterior(cut, most, answers, folds, base)
            return Seen(source.posteriors[chosen], coarse, cut, most, cut, most)
        assert source.values is not None
        values, num_values = source.values[chosen], int(source.values.max()) + 1
        known = crossfit.posterior(values, num_values, answers, folds, base)
        if num_values <= most:
            return Seen(known, None, values, num_values, values, num_values)
        cut = bins_of(known, most)
        return Seen(known, crossfit.posterior(cut, most, answers, folds, base), values, num_values, cut, most)

    def null(self, seen: tuple[Seen, Seen], folds: Array) -> Null:
        """The table without synergy that has the marginals of the sample as seen, less what they say by chance."""
        answers = self.answers[None]
        base = crossfit.prior(answers, folds, self.num_answers)
        masses = np.bincount(self.answers, minlength=self.num_answers) / len(self.answers)
        marginals = []
        for source in seen:
            chance = crossfit.share_of_chance(source.bins, source.num_bins, answers, folds, base)[0]
            counted = np.zeros((source.num_bins, self.num_answers))
            np.add.at(counted, (source.bins[0], self.answers), 1 / len(self.answers))
            marginals.append((1 - chance) * counted + chance * counted.sum(axis=1, keepdims=True) * masses)
        joint = np.einsum("iy,jy->ijy", marginals[0], marginals[1] / np.maximum(masses, np.finfo(float).tiny))
        solved = decompose(joint, tolerance_bits=COARSE_BITS)
        held = np.array([solved.redundancy.value, solved.unique_1.value, solved.unique_2.value, 0.0])
        finer = _finer(seen[0], answers, folds), _finer(seen[1], answers, folds)
        return Null(solved.optimal, held, (seen[0].bins[0], seen[1].bins[0]), self.answers, finer)


@dataclass(frozen=True)
class Null:
    """A table without synergy, the parts in bits that it holds, and the bins and answers of the examples that fill it.

    `finer` says of each source how much of what differs within a bin is about the answer.
    """

    optimal: Array
    held: Array
    bins: tuple[Array, Array]
    answers: Array
    finer: tuple[float, float]

    def draw(self, count: int, rng: np.random.Generator) -> Draw:
        """Samples of as many examples: bins and answer of each together, then for each source an example of that bin.

        Where bins hide something of the answer, the example also has the drawn answer, as often as `finer` says.
        """
        size = len(self.bins[0])
        cells = rng.choice(self.optimal.size, size=(count, size), p=self.optimal.ravel() / self.optimal.sum())
        bin_1, bin_2, answers = np.unravel_index(cells, self.optimal.shape)
        first, second = (
            self._fill(bins, wanted, answers, finer, rng)
            for bins, wanted, finer in zip(self.bins, (bin_1, bin_2), self.finer, strict=True)
        )
        return Draw(first, second, answers, crossfit.deal(count, size, rng))

    def _fill(self, bins: Array, wanted: Array, answers: Array, finer: float, rng: np.random.Generator) -> Array:
        num_answers = self.optimal.shape[-1]
        cells, wanted_cells = bins * num_answers + self.answers, wanted * num_answers + answers
        exists = np.bincount(cells, minlength=self.optimal.size)[wanted_cells] > 0
        is_fine = exists & (rng.random(wanted.shape) < finer)
        filled = _members(bins, wanted, rng)
        filled[is_fine] = _members(cells, wanted_cells[is_fine], rng)
        return filled


def _array(given: ArrayLike, what: str) -> Array:
    """Numbers that may have come as lists, as an array. EstimationError where they are none."""
    try:
        found = np.asarray(given)
    except ValueError as error:
        raise EstimationError(f"information: {what} make no array ({error})") from error
    if found.dtype.kind not in "biuf" or not found.ndim:
        raise EstimationError(
            f"information: {what} are of shape {found.shape} and type {found.dtype}; expected numbers"
        )
    return found


def _values(source: Source, name: str, size: int) -> Array | None:
    """The source's values, numbered from 0 without gaps; None where it has posteriors."""
    if (source.values is None) == (source.posteriors is None):
        raise EstimationError(f"information: {name}: give its values or its posteriors, one of them")
    if source.values is None:
        return None
    values = _array(source.values, f"{name} has values that")
    if values.shape != (size,) or values.dtype.kind not in "iu":
        raise EstimationError(
            f"information: {name} has values of shape {values.shape} and type {values.dtype}; "
            f"expected {size} whole numbers"
        )
    numbered: Array = np.unique(values, return_inverse=True)[1]
    return numbered


def _beliefs(given: Array, name: str, shape: tuple[int, int]) -> Array:
    """Posteriors with nothing impossible, or EstimationError where they are none."""
    if given.shape != shape:
        raise EstimationError(f"information: {name} has posteriors of shape {given.shape}; expected {shape}")
    if not (np.isfinite(given).all() and (given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=1e-3)):
        raise EstimationError(f"information: {name} has posteriors that are no probabilities which sum to one")
    kept = np.maximum(given, LEAST_CHANCE)
    scaled: Array = kept / kept.sum(axis=1, keepdims=True)
    return scaled


def _best_alone(predictors: Sequence[Array], base: Array, draw: Draw) -> Array:
    """Mean log-likelihood in bits (num_samples,) under the one that is likeliest on the other folds, each with base."""
    each = np.stack([_held_out([base, predictor], draw) for predictor in predictors])
    best = crossfit.best_elsewhere(each, draw.folds)
    found: Array = np.take_along_axis(each, best[None], axis=0)[0].mean(axis=1) / BIT
    return found


def _log_score(predictors: Sequence[Array], draw: Draw) -> Array:
    """Mean log-likelihood in bits of the answers under the predictors' best mixture (num_samples,)."""
    found: Array = _held_out(predictors, draw).mean(axis=1) / BIT
    return found


def _held_out(predictors: Sequence[Array], draw: Draw) -> Array:
    """Log-likelihood in nats of each answer (num_samples, num_examples) under the predictors' best mixture."""
    chances = crossfit.of_answers(np.stack(predictors), draw.answers)
    found: Array = np.log(crossfit.mixed(chances, draw.folds))
    return found


def _lost(seen: Seen, base: Array, draw: Draw) -> Array | float:
    """I(X;Y|bin) in bits: what bins lose of a source, as held-out examples show it; never negative."""
    if seen.coarse is None:
        return 0.0
    whole = _log_score([base, seen.coarse, seen.posteriors], draw)
    found: Array = np.maximum(whole - _log_score([base, seen.coarse], draw), 0.0)
    return found


def _finer(seen: Seen, answers: Array, folds: Array) -> float:
    """The weight of the posterior beside that of the bin alone, in the best mixture of one sample (1, num_examples)."""
    if seen.coarse is None:
        return 0.0
    chances = crossfit.of_answers(np.stack([seen.coarse, seen.posteriors]), answers)
    return float(crossfit.weights_of(chances, folds)[1, 0].mean())


def _pairs(one: Seen, other: Seen) -> tuple[Array, int]:
    """The pair of values of each example and how many there are; of bins, where hardly any would be seen twice."""
    num_pairs = one.num_values * other.num_values
    if num_pairs <= one.values.shape[1]:
        return one.values * other.num_values + other.values, num_pairs
    return one.bins * other.num_bins + other.bins, one.num_bins * other.num_bins


def _members(bins: Array, wanted: Array, rng: np.random.Generator) -> Array:
    """For each wanted bin an example of it, drawn; the bins (num_examples,) are those of the examples."""
    order = np.argsort(bins, kind="stable")
    sizes = np.bincount(bins, minlength=int(wanted.max(initial=0)) + 1)
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    within = (rng.random(wanted.shape) * sizes[wanted]).astype(int)
    drawn: Array = order[begins[wanted] + within]
    return drawn


def _parts(solved: Decomposition, together: float) -> list[float]:
    least = solved.information_both - solved.synergy.value
    return [solved.redundancy.value, solved.unique_1.value, solved.unique_2.value, together - least]


def _entropy_bits(counts: Array) -> Array:
    """Entropy of each row of counts (num_samples, num_answers)."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    found: Array = -np.where(shares > 0, shares * np.log(np.maximum(shares, 1e-300)), 0.0).sum(axis=1) / BIT
    return found
