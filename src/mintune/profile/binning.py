"""Cut what is believed of each example into few bins of like belief: a source of many values, made small.

What a source says about the answer is its posterior p(y|x), so values with like posteriors may share a bin.
"""

from __future__ import annotations

import numpy as np

from mintune.profile.interior_point import Array


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
