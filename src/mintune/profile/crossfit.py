"""What a source says about an example's answer, learnt from the other examples: cross-fitted posteriors.

An estimate made from the examples that taught it finds information in noise. So examples are dealt into folds, and each
is judged by counts of the other folds, shrunk towards a simpler guess as far as held-out likelihood asks for. Several
such posteriors are mixed by weights that are learnt on the other folds too. Everything comes for a stack of samples at
once, (num_samples, num_examples), since bootstrap and null ask for hundreds.
"""

from __future__ import annotations

import numpy as np

from mintune.profile.interior_point import Array

FOLDS = 5

PSEUDO_COUNTS = (1.0, 4.0, 16.0, 64.0, 256.0, 1e9)
"""A value's own counts are mixed with so many examples' worth of the simpler guess; the last leaves the guess alone."""

MIXING_ROUNDS = 30

TEMPERATURES = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0)
PRIOR_SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.95)
"""How much milder a model's probabilities may be made, and how far mixed with the prior."""

LEAST_BELIEF = 1e-9


def deal(num_samples: int, num_examples: int, rng: np.random.Generator) -> Array:
    """The fold of each example (num_samples, num_examples), folds of equal size."""
    folds = np.tile(np.arange(num_examples) % FOLDS, (num_samples, 1))
    dealt: Array = rng.permuted(folds, axis=1)
    return dealt


def prior(answers: Array, folds: Array, num_answers: int) -> Array:
    """How often each answer is given in the other folds (num_samples, num_examples, num_answers)."""
    counts = _outside(np.zeros_like(answers), answers, folds, (1, num_answers))[:, :, 0] + 0.5
    shares = counts / counts.sum(axis=-1, keepdims=True)
    found: Array = shares[np.arange(len(answers))[:, None], folds]
    return found


def posterior(values: Array, size: int, answers: Array, folds: Array, guess: Array) -> Array:
    """p(answer | value) from the other folds (num_samples, num_examples, num_answers).

    Args:
        values: (num_samples, num_examples) the source's value, from 0 to size - 1.
        size: number of values.
        answers: (num_samples, num_examples).
        folds: (num_samples, num_examples).
        guess: (num_samples, num_examples, num_answers) what is believed of an example whose value is new.
    """
    counts = _outside(values, answers, folds, (size, guess.shape[-1]))
    seen = counts[np.arange(len(values))[:, None], folds, values]
    total = seen.sum(axis=-1, keepdims=True)
    options = np.stack([(seen + assumed * guess) / (total + assumed) for assumed in PSEUDO_COUNTS])
    best = best_elsewhere(np.log(of_answers(options, answers)), folds)
    found: Array = np.take_along_axis(options, best[None, ..., None], axis=0)[0]
    return found


def best_elsewhere(scores: Array, folds: Array) -> Array:
    """Which option scores most on all folds but an example's own (num_samples, num_examples).

    Args:
        scores: (num_options, num_samples, num_examples).
        folds: (num_samples, num_examples).
    """
    inside = folds[..., None] == np.arange(FOLDS)
    by_fold = np.einsum("osn,snf->osf", scores, inside.astype(float))
    best = (by_fold.sum(axis=-1, keepdims=True) - by_fold).argmax(axis=0)
    return np.take_along_axis(best, folds, axis=1)


def share_of_chance(values: Array, size: int, answers: Array, folds: Array, guess: Array) -> Array:
    """How much of what values seem to say of the answers is chance (num_samples,), from 0 to 1.

    The weight of `guess` in the mixture of it with a value's own counts that predicts held-out answers best. It is one
    number for all folds, so what is predicted with it is not strictly held out.
    """
    counts = _outside(values, answers, folds, (size, guess.shape[-1]))
    seen = counts[np.arange(len(values))[:, None], folds, values] + guess
    own, chance = of_answers(seen / seen.sum(axis=-1, keepdims=True), answers), of_answers(guess, answers)
    weights = np.linspace(0, 1, 41)
    likelihoods = np.stack([np.log(weight * chance + (1 - weight) * own).sum(axis=-1) for weight in weights])
    found: Array = weights[likelihoods.argmax(axis=0)]
    return found


def product_of(one: Array, other: Array, base: Array) -> Array:
    """The posterior of two sources that are independent given the answer; all (..., num_answers), positive."""
    product = one * other / base
    found: Array = product / product.sum(axis=-1, keepdims=True)
    return found


def weights_of(chances: Array, folds: Array) -> Array:
    """The weights of predictors in their best mixture, for each fold (num_predictors, num_samples, FOLDS).

    Args:
        chances: (num_predictors, num_samples, num_examples) what each gave the answer that was right.
        folds: (num_samples, num_examples); weights for a fold are learnt on the others, by expectation maximisation.
    """
    # Samples first and folds before examples, so that both sums are products of matrices.
    given = np.ascontiguousarray(chances.swapaxes(0, 1))
    others = (folds[:, None] != np.arange(FOLDS)[:, None]).astype(float)
    weights = np.full((len(folds), FOLDS, len(chances)), 1 / len(chances))
    for _ in range(MIXING_ROUNDS):
        mixture = np.matmul(weights, given)
        weights *= np.matmul(others / mixture, given.swapaxes(1, 2))
        weights /= weights.sum(axis=2, keepdims=True)
    found: Array = weights.transpose(2, 0, 1)
    return found


def mixed(chances: Array, folds: Array) -> Array:
    """What the best mixture of predictors, see `weights_of`, gives each own answer (num_samples, num_examples)."""
    weights = weights_of(chances, folds)
    found: Array = np.einsum("psn,psn->sn", chances, weights[:, np.arange(len(folds))[:, None], folds])
    return found


def of_answers(chances: Array, answers: Array) -> Array:
    """The chance of each example's own answer (..., num_samples, num_examples)."""
    samples, examples = np.arange(answers.shape[0])[:, None], np.arange(answers.shape[1])
    found: Array = chances[..., samples, examples, answers]
    return found


def _outside(values: Array, answers: Array, folds: Array, shape: tuple[int, int]) -> Array:
    """Counts of (value, answer) in all other folds: (num_samples, FOLDS, *shape)."""
    counts = np.zeros((len(values), FOLDS, *shape))
    np.add.at(counts, (np.arange(len(values))[:, None], folds, values, answers), 1.0)
    others: Array = counts.sum(axis=1, keepdims=True) - counts
    return others


def calibrated(believed: Array, answers: Array, folds: Array) -> Array:
    """A model's probabilities (num_examples, num_answers), made as sure as they are right on the other folds.

    `answers` and `folds` are (num_examples,). Guo et al. 2017, with a share of the prior besides the temperature.
    """
    num_answers = believed.shape[1]
    logs = np.log(np.maximum(believed, LEAST_BELIEF))
    milder = np.stack([np.exp(logs / temperature) for temperature in TEMPERATURES])
    milder /= milder.sum(axis=-1, keepdims=True)
    found: Array = np.empty_like(believed)
    for fold in np.unique(folds):
        others = folds != fold
        counts = np.bincount(answers[others], minlength=num_answers) + 0.5
        options = np.stack([(1 - share) * milder + share * counts / counts.sum() for share in PRIOR_SHARES])
        told = np.log(np.maximum(options[:, :, others, answers[others]], LEAST_BELIEF)).mean(axis=-1)
        share, temperature = np.unravel_index(int(told.argmax()), told.shape)
        found[~others] = options[share, temperature, ~others]
    return found
