"""Suites and profiles with known shares, for the tests of grouping."""

from __future__ import annotations

import numpy as np

from mintune.records import (
    TYPES,
    Estimate,
    InteractionProfile,
    InteractionType,
    ProfileTable,
    Suite,
    Task,
)


def pure(kind: InteractionType, purity: float = 0.85) -> tuple[float, float, float, float]:
    """Shares of a task mostly of one type; the rest is spread over the others."""
    rest = (1 - purity) / 3
    shares = [rest, rest, rest, rest]
    shares[TYPES.index(kind)] = purity
    return (shares[0], shares[1], shares[2], shares[3])


def profile(
    task: str,
    shares: tuple[float, float, float, float],
    *,
    num_examples: int = 150,
    kind: InteractionType | None = None,
    seed: int = 0,
) -> InteractionProfile:
    """A profile as an estimator without error would give it: replicates are multinomial draws around the shares."""
    five = np.array([*shares, max(0.0, 1 - sum(shares))])
    generator = np.random.default_rng([seed, *task.encode()])
    draws = generator.multinomial(num_examples, five / five.sum(), size=100) / num_examples
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    estimates = [Estimate(value=float(v), low=float(a), high=float(b)) for v, a, b in zip(five, low, high, strict=True)]
    deltas = 2 * draws[:, 0] + draws[:, 1] + draws[:, 2]
    delta_low, delta_high = np.quantile(deltas, [0.025, 0.975])
    return InteractionProfile(
        task=task,
        estimator="knowledge",
        num_examples=num_examples,
        type=kind or TYPES[int(np.argmax(shares))],
        confidence=0.5 if kind == "undetermined" else 0.99,
        redundancy=estimates[0],
        unique_image=estimates[1],
        unique_text=estimates[2],
        synergy=estimates[3],
        unanswered=estimates[4],
        delta=Estimate(value=2 * shares[0] + shares[1] + shares[2], low=float(delta_low), high=float(delta_high)),
        replicates=tuple((float(r), float(i), float(t), float(s)) for r, i, t, s, _ in draws),
    )


def of_types(*kinds: InteractionType, each: int = 3) -> list[InteractionProfile]:
    """So many tasks of each type, named `redundancy-1` and so on."""
    return [profile(f"{kind}-{number}", pure(kind)) for kind in kinds for number in range(1, each + 1)]


def suite_of(profiles: list[InteractionProfile], domains: dict[str, str] | None = None) -> Suite:
    """A suite of tasks by those names; grouping looks at nothing else of them."""
    return Suite(
        tuple(
            Task(item.task, "Answer.", "exact_match", (domains or {}).get(item.task, ""), {"train": ()}, item.task)
            for item in profiles
        )
    )


def table_of(profiles: list[InteractionProfile]) -> ProfileTable:
    return ProfileTable(estimator="knowledge", profiles=tuple(profiles))
