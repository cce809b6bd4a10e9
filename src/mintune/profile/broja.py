"""Partial information of two sources about a target (BROJA), certified to a tolerance.

Bertschinger et al. 2014: unique and shared information depend on the marginals P(X1,Y) and P(X2,Y) alone, so

    I_Q* = min I_Q(X1,X2; Y)  over all Q with Q(x1,y) = P(x1,y) and Q(x2,y) = P(x2,y)
    synergy = I_P - I_Q*    unique_1 = I_Q* - I(X2;Y)    unique_2 = I_Q* - I(X1;Y)
    redundancy = I(X1;Y) + I(X2;Y) - I_Q*

Each result is proved: a Q with exactly these marginals bounds I_Q* from above, a feasible point of the dual from below
(`interior_point.py`). Where the two do not meet within the tolerance there is an error and no number. Of a table of
counts this is the plug-in estimate; its bias is the business of whoever counted. Units are bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mintune.errors import EstimationError
from mintune.profile import barrier
from mintune.profile import interior_point as solver
from mintune.profile.interior_point import Array, Point, Problem

TOLERANCE_BITS = 1e-6

WORTH_PROVING = 10.0
"""A proof costs as much as a step, so none is tried before the solver's own gap is this many tolerances."""

BIT = float(np.log(2))
"""One bit in nats."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """A quantity in bits, and between what it is certain to lie."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Decomposition:
    """What two sources say about a target, in bits.

    `optimal` (n1, n2, k) is the Q that was found, of mass one; `gap_bits` how far below its information the least
    possible may still lie.
    """

    redundancy: Bounded
    unique_1: Bounded
    unique_2: Bounded
    synergy: Bounded
    information_1: float
    information_2: float
    information_both: float
    optimal: Array = field(repr=False, compare=False)
    num_iterations: int
    gap_bits: float


def decompose(joint: Array | Sequence[object], *, tolerance_bits: float = TOLERANCE_BITS) -> Decomposition:
    """Decompose the information that X1 and X2 give about Y.

    Args:
        joint: (n1, n2, k) non-negative, of any scale: probabilities or counts of (x1, x2, y).
        tolerance_bits: how far apart the bounds may be.

    Raises:
        EstimationError: the table is not one, or the bounds do not meet.
    """
    return decompose_many(np.asarray(joint)[None], tolerance_bits=tolerance_bits)[0]


def decompose_many(joints: Array | Sequence[object], *, tolerance_bits: float = TOLERANCE_BITS) -> list[Decomposition]:
    """Decompose a stack of tables (num_tables, n1, n2, k) at once; see `decompose`.

    A smaller table may be padded with zeros to the size of the others: that changes nothing.
    """
    tables = _checked(joints)
    # The larger alphabet is the one that the solver eliminates.
    is_turned = tables.shape[1] < tables.shape[2]
    turned = tables.swapaxes(1, 2) if is_turned else tables
    found, lows, steps = _solve(turned, tolerance_bits * BIT)
    found = found.swapaxes(1, 2) if is_turned else found
    parts = tables, tables.sum(axis=1, keepdims=True), tables.sum(axis=2, keepdims=True), found
    both, second, first, least = (information(part) / BIT for part in parts)
    floors = np.minimum(least, lows / BIT)
    rows = np.stack([both, first, second, least, floors], axis=1).tolist()
    return [_decomposition(*row) for row in zip(rows, found, steps.tolist(), strict=True)]


def _checked(joints: Array | Sequence[object]) -> Array:
    tables = np.asarray(joints, dtype=float)
    if tables.ndim != 4 or 0 in tables.shape:
        raise EstimationError(f"broja: a table of shape {tables.shape[1:]}; expected (n1, n2, k), none of them zero")
    totals = tables.sum(axis=(1, 2, 3))
    for number, (table, total) in enumerate(zip(tables, totals, strict=True)):
        if not np.isfinite(total) or table.min() < 0 or total <= 0:
            raise EstimationError(
                f"broja: table {number} has the least cell {table.min():g} and the sum {total:g}; "
                "expected finite, non-negative cells with a positive sum"
            )
    scaled: Array = tables / totals[:, None, None, None]
    return scaled


def _solve(tables: Array, tolerance: float) -> tuple[Array, Array, Array]:
    """The best Q of each table, a proved lower bound of I_Q* in nats, and the steps it took."""
    problem = Problem.of(tables.sum(axis=2), tables.sum(axis=1))
    point = solver.start(problem)
    best, low = _best_start(problem, tables), lower_bound(problem, point)
    high = information(best)
    steps = np.zeros(len(tables), dtype=int)
    rows = np.flatnonzero(high - low > tolerance)
    part, point = problem.at(rows), point.at(rows)
    for number in range(1, solver.MAX_STEPS + 1):
        if not len(rows):
            break
        try:
            point = solver.step(part, point)
        except np.linalg.LinAlgError:
            break
        steps[rows] += 1
        is_near = (solver.gap(point) < WORTH_PROVING * tolerance) | (number == solver.MAX_STEPS)
        near, near_part, near_point = rows[is_near], part.at(is_near), point.at(is_near)
        candidate = with_marginals(near_part, near_point)
        reached = information(candidate)
        is_better = reached < high[near]
        best[near[is_better]] = candidate[is_better]
        # What is no number proves nothing: `fmin` and `fmax` pass it over.
        high[near] = np.fmin(high[near], reached)
        low[near] = np.fmax(low[near], lower_bound(near_part, near_point))
        is_open = high[rows] - low[rows] > tolerance
        rows, part, point = rows[is_open], part.at(is_open), point.at(is_open)
    for row in rows:
        alone = problem.at(np.array([row]))
        try:
            sure = barrier.solve(alone, solver.start(alone), tolerance / 20)
        except np.linalg.LinAlgError:
            continue
        candidate = with_marginals(alone, sure)
        if information(candidate)[0] < high[row]:
            best[row], high[row] = candidate[0], information(candidate)[0]
        low[row] = np.fmax(low[row], lower_bound(alone, sure)[0])
    rows = rows[high[rows] - low[rows] > tolerance]
    if len(rows):
        gap = (high - low)[rows] / BIT
        raise EstimationError(
            f"broja: {len(rows)} of {len(tables)} tables are not solved to {tolerance / BIT:.1g} bits in "
            f"{steps[rows].max()} steps; table {rows[0]} to {gap[0]:.1g} bits"
        )
    return best, low, steps


def _best_start(problem: Problem, tables: Array) -> Array:
    """The better of two tables with the right marginals: what was given, and X1, X2 independent given y."""
    mass = np.maximum(problem.p1.sum(axis=1), np.finfo(float).tiny)
    independent = np.einsum("biy,bjy->bijy", problem.p1, problem.p2 / mass[:, None])
    is_better = information(independent) < information(tables)
    best: Array = np.where(is_better[:, None, None, None], independent, tables)
    return best


def lower_bound(problem: Problem, point: Point) -> Array:
    """What I_Q* is at least, in nats (batch,): the dual's value at the nearest feasible point."""
    a, b = _with_small_cells(problem, point)
    inside = (problem.p1 > 0)[:, :, None] & (problem.p2 > 0)[:, None]
    whole = replace(problem, inside=inside, possible=inside.max(axis=-1))
    a, b = solver.feasible(whole, Point(a, b, point.slack, point.multiplier))
    value = (problem.p1 * a).sum(axis=(1, 2)) + (problem.p2 * b).sum(axis=(1, 2))
    bound: Array = value + entropy(problem.p1.sum(axis=1))
    return bound


def _with_small_cells(problem: Problem, point: Point) -> tuple[Array, Array]:
    """The dual point, with values for cells that are too small to be variables: small enough not to matter."""
    kept_1, kept_2 = problem.inside.any(axis=2), problem.inside.any(axis=1)
    share_1 = _log(problem.p1) - _log(problem.p1.sum(axis=2, keepdims=True))
    share_2 = _log(problem.p2) - _log(problem.p2.sum(axis=2, keepdims=True))
    a, b = point.a, point.b
    for _ in range(2):
        top_b = np.where(kept_2, b, -np.inf).max(axis=1, keepdims=True)
        top_a = np.where(kept_1, a, -np.inf).max(axis=1, keepdims=True)
        a = np.where(kept_1, a, share_1 - np.where(np.isfinite(top_b), top_b, 0.0))
        b = np.where(kept_2, b, share_2 - np.where(np.isfinite(top_a), top_a, 0.0))
    return a, b


def _log(value: Array) -> Array:
    return np.log(np.maximum(value, 1e-300))


def with_marginals(problem: Problem, point: Point) -> Array:
    """The solver's Q (batch, n1, n2, k), moved onto the marginals exactly: rows, columns, then what is missing."""
    _, chances = solver.log_sum(problem, point)
    table = point.multiplier[..., None] * chances
    table *= _shrinking_factor(problem.p1, table.sum(axis=2))[:, :, None]
    table *= _shrinking_factor(problem.p2, table.sum(axis=1))[:, None]
    lacking_1 = np.maximum(problem.p1 - table.sum(axis=2), 0)
    lacking_2 = np.maximum(problem.p2 - table.sum(axis=1), 0)
    lacking = np.maximum(lacking_1.sum(axis=1), np.finfo(float).tiny)
    full: Array = table + np.einsum("biy,bjy->bijy", lacking_1, lacking_2 / lacking[:, None])
    return full


def _shrinking_factor(wanted: Array, there: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        factor: Array = np.where(there > wanted, wanted / there, 1.0)
    return factor


def information(tables: Array) -> Array:
    """I(X1,X2; Y) in nats of tables (batch, n1, n2, k) of mass one: (batch,)."""
    return entropy(tables.sum(axis=(1, 2))) + entropy(tables.sum(axis=3)) - entropy(tables)


def entropy(chances: Array) -> Array:
    """Entropy in nats of distributions (batch, ...) over all of their cells: (batch,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(chances == 0, 0.0, -chances * np.log(chances))  # what is no number stays none
    total: Array = terms.sum(axis=tuple(range(1, chances.ndim)))
    return total


def _decomposition(bits: Sequence[float], optimal: Array, num_iterations: int) -> Decomposition:
    """`bits`: I_P, I(X1;Y), I(X2;Y), I_Q of the Q found, and what I_Q* is at least."""
    both, first, second, least, floor = bits
    return Decomposition(
        redundancy=Bounded(first + second - least, first + second - least, first + second - floor),
        unique_1=Bounded(least - second, floor - second, least - second),
        unique_2=Bounded(least - first, floor - first, least - first),
        synergy=Bounded(both - least, both - least, both - floor),
        information_1=first,
        information_2=second,
        information_both=both,
        optimal=optimal,
        num_iterations=num_iterations,
        gap_bits=least - floor,
    )
