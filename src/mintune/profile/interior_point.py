"""Solve BROJA's convex program for a stack of tables: a primal-dual interior point with Mehrotra's corrector.

The Lagrange dual of max H_Q(Y|X1,X2) over all Q with the marginals p1(i,y) and p2(j,y) is

    maximise  sum p1(i,y) a(i,y) + sum p2(j,y) b(j,y)   subject to   L(i,j) = log sum_y exp(a(i,y) + b(j,y)) <= 0,

n1 n2 smooth constraints on (n1 + n2) k variables. The multiplier of constraint (i,j) is q(i,j), and the softmax over y
of a + b is q(y|i,j). A Newton step eliminates `a`, row by row, and then solves one dense system in `b`.

Knows arrays in nats; neither bits nor what the axes mean, and proves nothing: that is `broja.py`'s part.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Array = NDArray[Any]

MAX_STEPS = 60
SMALLEST_CELL = 1e-10
"""A marginal cell with less mass is no variable: its logarithm only makes the system singular."""

TO_BOUNDARY = 0.99
"""The part of the way to the boundary that a step goes."""

LONGEST_CHANGE = 8.0
"""How far a logarithm may move within one step, in nats: L is linear only nearby."""

RIDGE = 1e-13
"""Added to a system's diagonal, relative to it, so that rounding cannot make it indefinite."""

FAR_AWAY = -1e3
"""The logarithm of what is not there."""


@dataclass(frozen=True)
class Problem:
    """A stack of tables by their marginals: p1 (batch, n1, k) and p2 (batch, n2, k), each table's mass being one.

    `free_1` and `free_2` mark the variables, `inside` (batch, n1, n2, k) the cells between them and `possible`
    (batch, n1, n2) the pairs that have one. One b(j,y) for each y is none of them: adding to all a(.,y) what is taken
    from all b(.,y) changes nothing.
    """

    p1: Array
    p2: Array
    free_1: Array
    free_2: Array
    inside: Array
    possible: Array

    @classmethod
    def of(cls, p1: Array, p2: Array) -> Problem:
        """The problem of these marginals."""
        kept_1, kept_2 = p1 > SMALLEST_CELL, p2 > SMALLEST_CELL
        # A y that is large enough on one side alone has no cell, and what is in no cell is no variable.
        on_both = kept_1.any(axis=1, keepdims=True) & kept_2.any(axis=1, keepdims=True)
        kept_1, kept_2 = kept_1 & on_both, kept_2 & on_both
        gauge = np.arange(p2.shape[1])[:, None] == p2.argmax(axis=1)[:, None, :]
        inside = kept_1[:, :, None] & kept_2[:, None]
        return cls(p1, p2, kept_1, kept_2 & ~gauge, inside, inside.max(axis=-1))

    def at(self, rows: Array) -> Problem:
        """Some tables of the stack."""
        return Problem(*(getattr(self, one.name)[rows] for one in fields(self)))


@dataclass(frozen=True)
class Point:
    """Where the solver stands: a (batch, n1, k), b (batch, n2, k); slacks and multipliers (batch, n1, n2)."""

    a: Array
    b: Array
    slack: Array
    multiplier: Array

    def at(self, rows: Array) -> Point:
        """Some tables of the stack."""
        return Point(*(getattr(self, one.name)[rows] for one in fields(self)))


def log_sum(problem: Problem, point: Point) -> tuple[Array, Array]:
    """L (batch, n1, n2), FAR_AWAY where no y is possible, and the softmax (batch, n1, n2, k)."""
    exponents = np.where(problem.inside, point.a[:, :, None] + point.b[:, None], -np.inf)
    top = np.maximum(exponents.max(axis=-1), FAR_AWAY)
    terms = np.exp(exponents - top[..., None])
    total = np.einsum("bijy->bij", terms)  # over a short axis several times as fast as `sum`
    with np.errstate(divide="ignore"):
        logs = np.where(total > 0, top + np.log(total), FAR_AWAY)
    return logs, terms / np.where(total > 0, total, 1.0)[..., None]


def start(problem: Problem) -> Point:
    """Given y, X1 and X2 independent: right marginals, and optimal for many tables."""
    p1, p2 = problem.p1, problem.p2
    mass = np.maximum(p1.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    a = np.log(np.maximum(p1, SMALLEST_CELL) / np.sqrt(mass))
    b = np.log(np.maximum(p2, SMALLEST_CELL) / np.sqrt(mass))
    joint = np.einsum("biy,bjy->bij", p1, p2 / mass)
    a, b = feasible(problem, Point(a, b, joint, joint))
    point = Point(a, b, joint, joint)
    logs, _ = log_sum(problem, point)
    possible = problem.possible
    return replace(
        point,
        slack=np.where(possible, np.maximum(-logs, 0.1), 1.0),
        multiplier=np.where(possible, np.maximum(joint, 1e-2 * joint.max(axis=(1, 2), keepdims=True)), 0.0),
    )


def feasible(problem: Problem, point: Point) -> tuple[Array, Array]:
    """Move a and b, row by row and then column by column, until no L is above zero and some are zero."""
    logs, _ = log_sum(problem, point)
    rows = logs.max(axis=2)
    a = point.a - np.where(rows > FAR_AWAY, rows, 0.0)[..., None]
    logs, _ = log_sum(problem, replace(point, a=a))
    columns = logs.max(axis=1)
    return a, point.b - np.where(columns > FAR_AWAY, columns, 0.0)[..., None]


def gap(point: Point) -> Array:
    """How far the dual's value is from the optimum in nats (batch,), were the marginals right already."""
    found: Array = (point.slack * point.multiplier).sum(axis=(1, 2))
    return found


def step(problem: Problem, point: Point) -> Point:
    """One predictor and corrector step of every table."""
    logs, chances = log_sum(problem, point)
    possible = problem.possible
    primal = np.where(possible, logs + point.slack, 0.0)
    flow = point.multiplier[..., None] * chances
    residual_a = np.where(problem.free_1, np.einsum("bijy->biy", flow) - problem.p1, 0.0)
    residual_b = np.where(problem.free_2, np.einsum("bijy->bjy", flow) - problem.p2, 0.0)
    system = _System(problem, point, chances)
    products = point.slack * point.multiplier
    count = np.maximum(possible.sum(axis=(1, 2)), 1)
    mean_gap = products.sum(axis=(1, 2)) / count

    def direction(complementarity: Array) -> tuple[Array, Array, Array, Array]:
        push = np.where(possible, (point.multiplier * primal - complementarity) / point.slack, 0.0)
        pushed = push[..., None] * chances
        da, db = system.solve(
            -residual_a - np.einsum("bijy->biy", pushed), -residual_b - np.einsum("bijy->bjy", pushed)
        )
        change = np.einsum("bijy,biy->bij", chances, da) + np.einsum("bijy,bjy->bij", chances, db)
        ds = np.where(possible, -primal - change, 0.0)
        dz = np.where(possible, push + point.multiplier / point.slack * change, 0.0)
        return da, db, ds, dz

    _, _, ds, dz = direction(products)
    reach = _reach(point.slack, ds), _reach(point.multiplier, dz)
    left = (point.slack + _wide(reach[0]) * ds) * (point.multiplier + _wide(reach[1]) * dz)
    centring = np.clip((left.sum(axis=(1, 2)) / count) / np.maximum(mean_gap, 1e-300), 0, 1) ** 3
    da, db, ds, dz = direction(np.where(possible, products + ds * dz - _wide(centring * mean_gap), 0.0))
    longest = np.maximum(np.abs(da).max(axis=(1, 2)) + np.abs(db).max(axis=(1, 2)), 1e-300)
    along = np.minimum(TO_BOUNDARY * _reach(point.slack, ds), LONGEST_CHANGE / longest).clip(max=1)
    across = (TO_BOUNDARY * _reach(point.multiplier, dz)).clip(max=1)
    return Point(
        a=point.a + _wide(along) * da,
        b=point.b + _wide(along) * db,
        slack=point.slack + _wide(along) * ds,
        multiplier=point.multiplier + _wide(across) * dz,
    )


def newton_direction(problem: Problem, point: Point) -> tuple[Array, Array]:
    """Where a and b would go, were the marginals of the multipliers to become right and the slacks are those of L."""
    _, chances = log_sum(problem, point)
    flow = point.multiplier[..., None] * chances
    lacking_a = np.where(problem.free_1, problem.p1 - np.einsum("bijy->biy", flow), 0.0)
    lacking_b = np.where(problem.free_2, problem.p2 - np.einsum("bijy->bjy", flow), 0.0)
    return _System(problem, point, chances).solve(lacking_a, lacking_b)


class _System:
    """The Newton matrix of a stack, with `a` eliminated: blocks A_i (k, k), B_j (k, k) and C_ij (k, k) in between."""

    def __init__(self, problem: Problem, point: Point, chances: Array) -> None:
        self._problem = problem
        batch, n1, n2, k = chances.shape
        self._shape = batch, n1, n2, k
        # C_ij = z diag(s) + (z / slack - z) s s'
        weight = point.multiplier / point.slack - point.multiplier
        cross = (weight[..., None] * chances)[..., :, None] * chances[..., None, :]
        diagonal = np.arange(k)
        cross[..., diagonal, diagonal] += point.multiplier[..., None] * chances
        rows, columns = np.einsum("bijyz->biyz", cross), np.einsum("bijyz->bjyz", cross)
        free_1, free_2 = problem.free_1, problem.free_2
        cross *= free_1[:, :, None, :, None] & free_2[:, None, :, None, :]
        rows = _held(rows, free_1)
        self._cross = cross.swapaxes(2, 3).reshape(batch, n1, k, n2 * k)
        self._through = np.linalg.solve(rows, self._cross)
        self._rows = rows
        schur = -np.matmul(
            self._cross.reshape(batch, n1 * k, n2 * k).swapaxes(1, 2), self._through.reshape(batch, n1 * k, n2 * k)
        )
        blocks = schur.reshape(batch, n2, k, n2, k)
        index = np.arange(n2)
        blocks[:, index, :, index, :] += _held(columns, free_2).swapaxes(0, 1)
        places = np.arange(n2 * k)
        schur[:, places, places] *= 1 + RIDGE
        # Factored once for both right-hand sides, which `numpy.linalg.solve` could not.
        self._factors = [lapack.dgetrf(matrix)[:2] for matrix in schur]

    def solve(self, right_a: Array, right_b: Array) -> tuple[Array, Array]:
        """The direction (da, db) for a right-hand side of their shapes."""
        batch, _, n2, k = self._shape
        right_a, right_b = right_a * self._problem.free_1, right_b * self._problem.free_2
        inner = np.linalg.solve(self._rows, right_a[..., None])[..., 0]
        lowered = right_b.reshape(batch, -1) - np.einsum("biyc,biy->bc", self._cross, inner)
        db = np.stack([lapack.dgetrs(*factor, right)[0] for factor, right in zip(self._factors, lowered, strict=True)])
        da = inner - np.einsum("biyc,bc->biy", self._through, db)
        return da, db.reshape(batch, n2, k)


def _held(blocks: Array, free: Array) -> Array:
    """Blocks (batch, n, k, k) in which what is no variable has a one on the diagonal and nothing else."""
    held = blocks * (free[..., :, None] & free[..., None, :])
    k = np.arange(blocks.shape[-1])
    held[..., k, k] = np.where(free, held[..., k, k] * (1 + RIDGE), 1.0)
    return held


def _reach(value: Array, change: Array) -> Array:
    """The longest step, at most one, with which nothing positive becomes negative, for each table."""
    with np.errstate(divide="ignore", invalid="ignore"):
        limits = np.where(change < 0, -value / change, np.inf)
    shortest: Array = limits.min(axis=(1, 2)).clip(max=1)
    return shortest


def _wide(value: Array) -> Array:
    wide: Array = value[:, None, None]
    return wide
