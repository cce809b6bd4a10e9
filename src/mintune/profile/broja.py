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
from dataclasses import dataclass, field

import numpy as np

from mintune.errors import EstimationError
from mintune.profile import barrier
from mintune.profile import interior_point as solver
from mintune.profile.interior_point import Array, Point, Problem

TOLERANCE_BITS = 1e-6

WORTH_PROVING = 10.0
"""A proof costs a good part of a step, so none is tried before the solver's own gap is this many tolerances."""

CELLS_AT_ONCE = 100_000
"""A stack is solved in parts of about so many cells: many enough that calls cost little, few enough for a cache."""

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
    cells = tables.transpose(0, 3, 1, 2)
    turned = np.ascontiguousarray(cells.swapaxes(2, 3) if is_turned else cells)
    at_once = max(1, CELLS_AT_ONCE // turned[0].size)
    chunks = [_solve(turned[at : at + at_once], tolerance_bits * BIT) for at in range(0, len(turned), at_once)]
    best, least, floors, steps = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    _refuse_open((least - floors) / BIT, steps, tolerance_bits)
    parts = turned, turned.sum(axis=3, keepdims=True), turned.sum(axis=2, keepdims=True)
    both, first, second = (information(part) for part in parts)
    if is_turned:
        first, second, best = second, first, best.swapaxes(2, 3)
    rows = np.stack([both, first, second, least, np.minimum(least, floors)], axis=1) / BIT
    return [_decomposition(*row) for row in zip(rows.tolist(), best.transpose(0, 2, 3, 1), steps.tolist(), strict=True)]


def _checked(joints: Array | Sequence[object]) -> Array:
    tables = np.asarray(joints, dtype=float)
    if tables.ndim != 4 or 0 in tables.shape:
        raise EstimationError(f"broja: a table of shape {tables.shape[1:]}; expected (n1, n2, k), none of them zero")
    least, totals = tables.min(axis=(1, 2, 3)), tables.sum(axis=(1, 2, 3))
    wrong = np.flatnonzero(~(np.isfinite(totals) & (least >= 0) & (totals > 0)))
    if len(wrong):
        raise EstimationError(
            f"broja: table {wrong[0]} has the least cell {least[wrong[0]]:g} and the sum {totals[wrong[0]]:g}; "
            "expected finite, non-negative cells with a positive sum"
        )
    scaled: Array = tables / totals[:, None, None, None]
    return scaled


def _refuse_open(gaps_bits: Array, steps: Array, tolerance_bits: float) -> None:
    rows = np.flatnonzero(~(gaps_bits <= tolerance_bits))
    if len(rows):
        raise EstimationError(
            f"broja: {len(rows)} of {len(steps)} tables are not solved to {tolerance_bits:.1g} bits in "
            f"{steps[rows].max()} steps; table {rows[0]} to {gaps_bits[rows[0]]:.1g} bits"
        )


class _Bounds:
    """The best Q (batch, k, n1, n2) found of each table, its information, and what I_Q* is at least, in nats."""

    def __init__(self, tables: Array) -> None:
        self.p1, self.p2 = tables.sum(axis=3), tables.sum(axis=2)
        # Two tables with the right marginals: what was given, and X1, X2 independent given y.
        mass = np.maximum(self.p1.sum(axis=2), np.finfo(float).tiny)
        independent = self.p1[..., None] * (self.p2 / mass[..., None])[:, :, None]
        self.best, self.high, self.low = tables.copy(), information(tables), np.full(len(tables), -np.inf)
        self._take(np.arange(len(tables)), independent)

    def _take(self, rows: Array, tables: Array) -> None:
        reached = information(tables)
        is_better = reached < self.high[rows]
        self.best[rows[is_better]] = tables[is_better]
        self.high[rows[is_better]] = reached[is_better]

    def prove(self, rows: Array, problem: Problem, point: Point) -> None:
        """What a point of these rows' problem proves; what is no number proves nothing."""
        self._take(rows, with_marginals(problem, point))
        self.low[rows] = np.fmax(self.low[rows], lower_bound(problem, point))

    def is_open(self, rows: Array, tolerance: float) -> Array:
        """Whether the bounds of these rows are further apart than the tolerance."""
        is_open: Array = self.high[rows] - self.low[rows] > tolerance
        return is_open


def _solve(tables: Array, tolerance: float) -> tuple[Array, Array, Array, Array]:
    """The best Q of each table (batch, k, n1, n2), its information and a lower bound of I_Q* in nats, and the steps."""
    bounds, steps = _Bounds(tables), np.zeros(len(tables), dtype=int)
    rows = np.arange(len(tables))
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for smallest_cell in solver.SMALLEST_CELLS:
            problem = Problem.of(bounds.p1[rows], bounds.p2[rows], smallest_cell)
            steps[rows] += _quick_steps(bounds, rows, problem, tolerance)
            for place in np.flatnonzero(bounds.is_open(rows, tolerance)):
                alone = problem.at(np.array([place]))
                bounds.prove(rows[[place]], alone, barrier.solve(alone, solver.start(alone), tolerance / 20))
            rows = rows[bounds.is_open(rows, tolerance)]
            if not len(rows):
                break
    return bounds.best, bounds.high, bounds.low, steps


def _quick_steps(bounds: _Bounds, rows: Array, problem: Problem, tolerance: float) -> Array:
    """Go until the bounds of these rows meet, or MAX_STEPS; the steps taken (batch,)."""
    steps, places, point = np.zeros(len(rows), dtype=int), np.arange(len(rows)), solver.start(problem)
    for number in range(solver.MAX_STEPS + 1):
        is_near = (solver.gap(problem, point) < WORTH_PROVING * tolerance) | (number in (0, solver.MAX_STEPS))
        if is_near.any():
            bounds.prove(rows[places[is_near]], problem.at(is_near), point.at(is_near))
            is_open = bounds.is_open(rows[places], tolerance)
            if not is_open.all():
                places, problem, point = places[is_open], problem.at(is_open), point.at(is_open)
        if not len(places) or number == solver.MAX_STEPS:
            break
        point = solver.step(problem, point)
        steps[places] += 1
    return steps


def lower_bound(problem: Problem, point: Point) -> Array:
    """What I_Q* is at least, in nats (batch,): the dual's value at the nearest feasible point."""
    a, b = solver.feasible(*_with_small_cells(problem, point))
    value = (problem.p1 * a).sum(axis=(1, 2)) + (problem.p2 * b).sum(axis=(1, 2))
    bound: Array = value + entropy(problem.p1.sum(axis=2))
    return bound


def _with_small_cells(problem: Problem, point: Point) -> tuple[Array, Array]:
    """The dual point, with values for cells that are too small to be variables: small enough not to matter."""
    a, b, kept_1, kept_2 = point.a, point.b, problem.kept_1, problem.kept_2
    small_1, small_2 = (problem.p1 > 0) > kept_1, (problem.p2 > 0) > kept_2
    if not (small_1.any() or small_2.any()):
        return a, b
    share_1 = _log(problem.p1) - _log(problem.p1.sum(axis=1, keepdims=True))
    share_2 = _log(problem.p2) - _log(problem.p2.sum(axis=1, keepdims=True))
    top_a, top_b = a.max(axis=2, keepdims=True), b.max(axis=2, keepdims=True)
    a = np.where(small_1, share_1 - np.where(top_b > solver.FAR_AWAY, top_b, 0.0), a)
    b = np.where(small_2, share_2 - np.where(top_a > solver.FAR_AWAY, top_a, 0.0), b)
    return a, b


def _log(value: Array) -> Array:
    return np.log(np.maximum(value, 1e-300))


def with_marginals(problem: Problem, point: Point) -> Array:
    """The solver's Q (batch, k, n1, n2), moved onto the marginals exactly: rows, columns, then what is missing."""
    _, table = solver.log_sum(point.a, point.b)
    table *= point.multiplier[:, None]
    table *= _shrinking_factor(problem.p1, np.einsum("byij->byi", table))[..., None]
    table *= _shrinking_factor(problem.p2, np.einsum("byij->byj", table))[:, :, None]
    lacking_1 = np.maximum(problem.p1 - np.einsum("byij->byi", table), 0)
    lacking_2 = np.maximum(problem.p2 - np.einsum("byij->byj", table), 0)
    lacking = np.maximum(lacking_1.sum(axis=2), np.finfo(float).tiny)
    table += lacking_1[..., None] * (lacking_2 / lacking[..., None])[:, :, None]
    return table


def _shrinking_factor(wanted: Array, there: Array) -> Array:
    return np.where(there > wanted, wanted / there, 1.0)


def information(tables: Array) -> Array:
    """I(X1,X2; Y) in nats of tables (batch, k, n1, n2) of mass one: (batch,)."""
    return entropy(tables.sum(axis=(2, 3))) + entropy(np.einsum("byij->bij", tables)) - entropy(tables)


def entropy(chances: Array) -> Array:
    """Entropy in nats of distributions (batch, ...) over all of their cells: (batch,)."""
    flat = chances.reshape(len(chances), -1)
    # What is no number stays none: only a zero is replaced.
    total: Array = -np.einsum("bc,bc->b", flat, np.log(np.where(flat == 0, 1.0, flat)))
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
