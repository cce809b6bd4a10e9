"""Solve one BROJA table slowly and surely, where the predictor and corrector of `interior_point.py` run in circles.

Steps of Mehrotra's kind need no line search, and now and then, on tables whose answers are nearly certain, they do not
settle down. Here the dual is climbed from the inside: for a falling weight w the concave function

    p1 . a + p2 . b + w sum_ij log(-L_ij)

is maximised by Newton's method with backtracking, which cannot leave the feasible set nor lose height. At its maximum
the multipliers are q(i,j) = w / -L_ij, and the gap is w for each constraint. Takes several times as many steps.

Source: Boyd and Vandenberghe, Convex Optimization, section 11.3.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mintune.profile.interior_point import Array, Point, Problem, feasible, log_sum, newton_direction

FIRST_WEIGHT = 1e-2
FALL = 0.2
STEPS_A_WEIGHT = 30
INSIDE = 1e-2
"""How far inside the feasible set to begin, in nats."""

CLIMBS = 0.01
SHORTEST = 1e-10
CENTRED = 1e-8
"""A Newton decrement, in units of the weight, below which the weight may fall: Q has its marginals only at the top."""


def solve(problem: Problem, point: Point, tolerance: float) -> Point:
    """A point of a single table (batch 1) whose gap is below `tolerance` in nats, or as near as it gets."""
    count = int(problem.possible.sum())
    a, b = feasible(point.a, point.b)
    point = _inside(replace(point, a=a - INSIDE, b=b), FIRST_WEIGHT)
    weight = FIRST_WEIGHT
    while True:
        for _ in range(STEPS_A_WEIGHT):
            da, db = newton_direction(problem, point)
            rise = _rise(problem, point, da, db)
            if not rise > CENTRED * weight:
                break
            further = _climb(problem, point, (da, db), rise, weight)
            if further is None:
                break
            point = further
        if weight * count <= tolerance:
            return point
        weight *= FALL
        point = _inside(point, weight)


def _inside(point: Point, weight: float) -> Point:
    """The feasible point with the slacks it has, and the multipliers of the weight."""
    logs, _ = log_sum(point.a, point.b)
    slack = np.maximum(-logs, np.finfo(float).tiny)
    return replace(point, slack=slack, multiplier=weight / slack)


def _height(problem: Problem, point: Point, weight: float) -> float:
    """The function that is climbed; minus infinity outside."""
    logs, _ = log_sum(point.a, point.b)
    inside = logs[problem.possible > 0]
    if inside.size and inside.max() >= 0:
        return -np.inf
    value = (problem.p1 * point.a).sum() + (problem.p2 * point.b).sum()
    return float(value + weight * np.log(-inside).sum())


def _rise(problem: Problem, point: Point, da: Array, db: Array) -> float:
    """How steeply the function rises along the direction."""
    _, chances = log_sum(point.a, point.b)
    flow = point.multiplier[:, None] * chances
    up_a, up_b = problem.p1 - flow.sum(axis=3), problem.p2 - flow.sum(axis=2)
    return float((up_a * da).sum() + (up_b * db).sum())


def _climb(problem: Problem, point: Point, way: tuple[Array, Array], rise: float, weight: float) -> Point | None:
    """The point a step further that is higher by a fair part of what its slope promises; None where there is none."""
    height, length = _height(problem, point, weight), 1.0
    while length > SHORTEST:
        further = replace(point, a=point.a + length * way[0], b=point.b + length * way[1])
        if _height(problem, further, weight) >= height + CLIMBS * length * rise:
            return _inside(further, weight)
        length /= 2
    return None
