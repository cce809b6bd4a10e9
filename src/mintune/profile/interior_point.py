"""Solve BROJA's convex program for a stack of tables: a primal-dual interior point with Mehrotra's corrector.

The Lagrange dual of max H_Q(Y|X1,X2) over all Q with the marginals p1(i,y) and p2(j,y) is

    maximise  sum p1(i,y) a(i,y) + sum p2(j,y) b(j,y)   subject to   L(i,j) = log sum_y exp(a(i,y) + b(j,y)) <= 0,

n1 n2 smooth constraints on (n1 + n2) k variables. The multiplier of constraint (i,j) is q(i,j), and the softmax over y
of a + b is q(y|i,j). A Newton step eliminates `a`, row by row, and then solves one dense system in `b`.

Knows arrays in nats; neither bits nor what the axes mean, and proves nothing: that is `broja.py`'s part.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Array = NDArray[Any]

MAX_STEPS = 60
SMALLEST_CELLS = 1e-10, 3e-9, 1e-8
"""A marginal cell with less mass is no variable: its logarithm only makes the system singular.

A table that is not solved with the first of these is tried with the next.
"""

TO_BOUNDARY = 0.99
"""The part of the way to the boundary that a step goes."""

LONGEST_CHANGE = 8.0
"""How far a logarithm may move within one step, in nats: L is linear only nearby."""

RIDGE = 1e-13
"""Added to a system's diagonal, relative to it, against rounding."""

STRONGEST_RIDGE = 1e-3
"""Where rounding made a system indefinite all the same, the ridge grows tenfold up to here."""

FAR_AWAY = -1e3
"""L of a pair without cells."""

ABSENT = -1e6
"""a and b of what is no variable: so far below FAR_AWAY that its exponential is zero beside any other."""


@dataclass(frozen=True)
class Problem:
    """A stack of tables by their marginals: p1 (batch, k, n1) and p2 (batch, k, n2), each table's mass being one.

    `kept_1` and `kept_2` mark the variables, `possible` (batch, n1, n2) the pairs that have a cell, as ones and zeros.
    `gauge` (batch, k, n2) marks one b(j,y) for each y, which need not move: adding to all a(.,y) what is taken from all
    b(.,y) changes nothing.
    """

    p1: Array
    p2: Array
    kept_1: Array
    kept_2: Array
    possible: Array
    gauge: Array

    @classmethod
    def of(cls, p1: Array, p2: Array, smallest_cell: float) -> Problem:
        """The problem of these marginals."""
        kept_1, kept_2 = p1 > smallest_cell, p2 > smallest_cell
        # A y that is large enough on one side alone has no cell, and what is in no cell is no variable.
        on_both = kept_1.any(axis=2, keepdims=True) & kept_2.any(axis=2, keepdims=True)
        kept_1, kept_2 = kept_1 & on_both, kept_2 & on_both
        possible = np.matmul(kept_1.swapaxes(1, 2), kept_2).astype(float)
        gauge = (np.arange(p2.shape[2]) == p2.argmax(axis=2)[..., None]).astype(float)
        return cls(p1, p2, kept_1, kept_2, possible, gauge)

    def at(self, rows: Array) -> Problem:
        """Some tables of the stack."""
        return Problem(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True)
class Point:
    """Where the solver stands: a (batch, k, n1), b (batch, k, n2); slacks and multipliers (batch, n1, n2)."""

    a: Array
    b: Array
    slack: Array
    multiplier: Array

    def at(self, rows: Array) -> Point:
        """Some tables of the stack."""
        return Point(*(getattr(self, one.name)[rows] for one in fields(self)))


def log_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """L (batch, n1, n2), at least FAR_AWAY, and the softmax (batch, k, n1, n2), zero where no y is possible."""
    exponents = a[..., None] + b[:, :, None]
    top = np.maximum(exponents.max(axis=1), FAR_AWAY)
    exponents -= top[:, None]
    terms = np.exp(exponents, out=exponents)
    total = np.maximum(np.einsum("byij->bij", terms), np.finfo(float).tiny)
    terms /= total[:, None]
    return np.maximum(top + np.log(total), FAR_AWAY), terms


def start(problem: Problem) -> Point:
    """Given y, X1 and X2 independent: right marginals, and optimal for many tables."""
    p1, p2, possible = problem.p1, problem.p2, problem.possible
    mass = np.maximum(p1.sum(axis=2, keepdims=True), np.finfo(float).tiny)
    half = np.log(mass) / 2
    a = np.where(problem.kept_1, _log(p1) - half, ABSENT)
    b = np.where(problem.kept_2, _log(p2) - half, ABSENT)
    a, b = feasible(a, b)
    logs, _ = log_sum(a, b)
    joint = np.matmul(p1.swapaxes(1, 2), p2 / mass)
    least = np.where(possible, 1e-2 * joint.max(axis=(1, 2), keepdims=True), 1.0)
    return Point(a, b, slack=np.maximum(-logs, 0.1), multiplier=np.maximum(joint, least))


def _log(value: Array) -> Array:
    return np.log(np.maximum(value, np.finfo(float).tiny))


def feasible(a: Array, b: Array) -> tuple[Array, Array]:
    """Move a and b, row by row and then column by column, until no L is above zero and some are zero."""
    logs, _ = log_sum(a, b)
    rows = logs.max(axis=2)
    rows = np.where(rows > FAR_AWAY, rows, 0.0)[:, None]
    columns = (logs - rows.swapaxes(1, 2)).max(axis=1)
    return a - rows, b - np.where(columns > FAR_AWAY, columns, 0.0)[:, None]


def gap(problem: Problem, point: Point) -> Array:
    """How far the dual's value is from the optimum in nats (batch,), were the marginals right already."""
    found: Array = np.einsum("bij,bij,bij->b", point.slack, point.multiplier, problem.possible)
    return found


def step(problem: Problem, point: Point) -> Point:
    """One predictor and corrector step of every table."""
    slack, multiplier = point.slack, point.multiplier
    logs, chances = log_sum(point.a, point.b)
    primal = logs + slack
    system = _System(problem, point, chances)
    count = np.maximum(problem.possible.sum(axis=(1, 2)), 1)
    mean_gap = gap(problem, point) / count

    def direction(products: Array | float) -> tuple[Array, Array, Array, Array]:
        """The way to where, to first order, every slack times its multiplier is its one of `products`."""
        aim = (multiplier * primal + products) / slack
        da, db, change = system.solve(aim)
        return da, db, -primal - change, aim - multiplier + multiplier / slack * change

    _, _, ds, dz = direction(0.0)
    ahead = Point(point.a, point.b, slack + _reach(slack, ds) * ds, multiplier + _reach(multiplier, dz) * dz)
    left = gap(problem, ahead) / count
    centring = np.clip(left / np.maximum(mean_gap, 1e-300), 0, 1) ** 3
    da, db, ds, dz = direction((centring * mean_gap)[:, None, None] * problem.possible - ds * dz)
    longest = np.maximum(np.abs(da).max(axis=(1, 2)) + np.abs(db).max(axis=(1, 2)), 1e-300)
    along = np.minimum(TO_BOUNDARY * _reach(slack, ds), (LONGEST_CHANGE / longest)[:, None, None])
    across = TO_BOUNDARY * _reach(multiplier, dz)
    return Point(
        a=point.a + along * da,
        b=point.b + along * db,
        slack=slack + along * ds,
        multiplier=multiplier + across * dz,
    )


def newton_direction(problem: Problem, point: Point) -> tuple[Array, Array]:
    """Where a and b would go, were the marginals of the multipliers to become right and the slacks are those of L."""
    _, chances = log_sum(point.a, point.b)
    da, db, _ = _System(problem, point, chances).solve(point.multiplier)
    return da, db


class _System:
    """The Newton matrix of a stack, with `a` eliminated: blocks A_i (k, k), B_j (k, k) and C_ij (k, k) in between.

    C_ij = z (diag(s) - s s') + (z / slack) s s', A_i and B_j are its sums over j and i: all of it is positive
    semidefinite, so A_i = G_i G_i' and what is left, B - sum_i (inv(G_i) C_i)' (inv(G_i) C_i), are factored as such.
    """

    def __init__(self, problem: Problem, point: Point, chances: Array) -> None:
        self._problem, self._chances = problem, chances
        batch, k, n1, n2 = chances.shape
        by_row = chances.swapaxes(1, 2)
        weight = point.multiplier / point.slack - point.multiplier
        cross = np.multiply((weight[:, :, None] * by_row)[:, :, :, None], by_row[:, :, None], order="C")
        np.einsum("biyyj->biyj", cross)[:] += point.multiplier[:, :, None] * by_row
        rows, columns = np.einsum("biyzj->biyz", cross), np.einsum("biyzj->byzj", cross)
        np.einsum("biyy->byi", rows)[:] += ~problem.kept_1
        self._unroot = _inverse_root(rows)
        self._across = np.matmul(self._unroot, cross.reshape(batch, n1, k, k * n2)).reshape(batch, n1 * k, k * n2)
        schur = np.matmul(-self._across.swapaxes(1, 2), self._across)
        np.einsum("byjzj->byzj", schur.reshape(batch, k, n2, k, n2))[:] += columns
        scale = np.einsum("byyj->byj", columns)
        # A gauge cell's right-hand side is what the others' leave over, so a weight on its diagonal holds it at zero.
        held = scale * problem.gauge + ~problem.kept_2
        diagonals = np.einsum("bcc->bc", schur)
        diagonals += held.reshape(batch, -1)
        scale = (scale + held).reshape(batch, -1)
        diagonals += RIDGE * scale
        # Upper factors in Fortran's order, which LAPACK takes without a copy.
        self._roots = list(_roots(schur, scale).swapaxes(1, 2))

    def solve(self, multiplier: Array) -> tuple[Array, Array, Array]:
        """What a and b lack for these multipliers' marginals to be right: (da, db), and how L changes on the way."""
        problem, chances = self._problem, self._chances
        right_a = problem.p1 - np.einsum("bij,byij->byi", multiplier, chances)
        right_b = problem.p2 - np.einsum("bij,byij->byj", multiplier, chances)
        batch, k, n1, n2 = chances.shape
        inner = np.matmul(self._unroot, right_a.swapaxes(1, 2)[..., None]).reshape(batch, 1, n1 * k)
        lowered = right_b.reshape(batch, k * n2) - np.matmul(inner, self._across)[:, 0]
        flat = np.array([lapack.dpotrs(*one)[0] for one in zip(self._roots, lowered, strict=True)])
        outer = inner.swapaxes(1, 2) - np.matmul(self._across, flat[..., None])
        da = np.matmul(self._unroot.swapaxes(2, 3), outer.reshape(batch, n1, k, 1))[..., 0].swapaxes(1, 2)
        db = flat.reshape(batch, k, n2)
        change = np.einsum("byij,byij->bij", chances, da[..., None] + db[:, :, None])
        return da, db, change


def _inverse_root(blocks: Array) -> Array:
    """inv(G) of G G' = A for blocks A (..., k, k); a pivot that rounding has eaten is held at the ridge."""
    k = blocks.shape[-1]
    floors = RIDGE * np.einsum("...yy->...y", blocks)
    rest = np.concatenate([blocks, np.broadcast_to(np.eye(k), blocks.shape)], axis=-1)
    for y in range(k):
        pivot = rest[..., y, y, None]
        rest[..., y, :] /= np.sqrt(np.maximum(pivot, floors[..., y, None]))
        rest[..., y + 1 :, :] -= rest[..., y, y + 1 : k, None] * rest[..., y, None, :]
    return rest[..., k:]


def _roots(matrices: Array, scales: Array) -> Array:
    """The lower Cholesky factors of matrices (batch, n, n); of no numbers where a matrix has none."""
    try:
        return np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return np.stack([_root(*one) for one in zip(matrices, scales, strict=True)])


def _root(matrix: Array, scale: Array) -> Array:
    ridge = RIDGE
    while ridge < STRONGEST_RIDGE:
        try:
            return np.linalg.cholesky(matrix + np.diag(ridge * scale))
        except np.linalg.LinAlgError:
            ridge *= 10
    return np.full_like(matrix, np.nan)


def _reach(value: Array, change: Array) -> Array:
    """The longest step, at most one, with which nothing positive becomes negative, for each table (batch, 1, 1)."""
    reach: Array = 1 / np.maximum((-change / value).max(axis=(1, 2), keepdims=True), 1)
    return reach
