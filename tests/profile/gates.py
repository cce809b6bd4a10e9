"""Canonical gates as tables (x1, x2, y), with what the sources say about the target in closed form.

A gate is redundancy, unique_1, unique_2 and synergy in bits, by Bertschinger et al. 2014 and Griffith and Koch 2014.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gate:
    """A table of mass one and its decomposition in bits."""

    name: str
    table: np.ndarray
    redundancy: float = 0.0
    unique_1: float = 0.0
    unique_2: float = 0.0
    synergy: float = 0.0


def table_of(
    target: Callable[..., tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]], num_bits: int
) -> np.ndarray:
    """The table in which fair bits make (x1, x2, y), each a tuple of bits."""
    rows = [tuple(map(_number, target(*bits))) for bits in itertools.product((0, 1), repeat=num_bits)]
    table = np.zeros(tuple(max(row[axis] for row in rows) + 1 for axis in range(3)))
    for row in rows:
        table[row] += 1 / len(rows)
    return table


def _number(bits: tuple[int, ...]) -> int:
    return int("".join(map(str, bits)), 2)


def flipped(table: np.ndarray, chance: float) -> np.ndarray:
    """The table whose binary target is turned over with this chance."""
    return (1 - chance) * table + chance * table[:, :, ::-1]


def entropy_bits(*chances: float) -> float:
    """Entropy of a distribution."""
    return -sum(chance * np.log2(chance) for chance in chances if chance > 0)


XOR = table_of(lambda a, b: ((a,), (b,), (a ^ b,)), 2)
AND = table_of(lambda a, b: ((a,), (b,), (a & b,)), 2)
RDN = table_of(lambda r: ((r,), (r,), (r,)), 1)
UNQ = table_of(lambda a, b: ((a,), (b,), (a, b)), 2)
RDNXOR = table_of(lambda r, a, b: ((r, a), (r, b), (r, a ^ b)), 3)
RDNUNQXOR = table_of(lambda r, u, v, a, b: ((r, u, a), (r, v, b), (r, u, v, a ^ b)), 5)

AND_INFORMATION = entropy_bits(0.25, 0.75) - 0.5
"""I(X1; Y): where x1 is 0, y is 0; where it is 1, y is a fair bit. Both sources are the same channel, so all of it is
redundant; together they know y."""

NOISE = 0.1
LOST = entropy_bits(NOISE, 1 - NOISE)
NOISY_AND_Y = 0.25 * (1 - NOISE) + 0.75 * NOISE
NOISY_AND_INFORMATION = entropy_bits(NOISY_AND_Y, 1 - NOISY_AND_Y) - 0.5 * LOST - 0.5


def _copy(share: float) -> np.ndarray:
    """y is the pair (x1, x2) of bits that are equal with the chance `share`."""
    table = np.zeros((2, 2, 4))
    for a, b in itertools.product((0, 1), repeat=2):
        table[a, b, 2 * a + b] = share / 2 if a == b else (1 - share) / 2
    return table


def _noisy_unq() -> np.ndarray:
    """y is the pair of both sources' bits, each turned over with the chance NOISE by itself."""
    table = np.zeros((2, 2, 4))
    for a, b, c, d in itertools.product((0, 1), repeat=4):
        table[a, b, 2 * c + d] = (NOISE if a != c else 1 - NOISE) * (NOISE if b != d else 1 - NOISE) / 4
    return table


GATES = (
    Gate("XOR", XOR, synergy=1),
    Gate("AND", AND, redundancy=AND_INFORMATION, synergy=entropy_bits(0.25, 0.75) - AND_INFORMATION),
    Gate("RDN", RDN, redundancy=1),
    Gate("UNQ", UNQ, unique_1=1, unique_2=1),
    # What a copy's sources share is what they say about each other.
    Gate(
        "COPY",
        _copy(0.8),
        redundancy=1 - entropy_bits(0.8, 0.2),
        unique_1=entropy_bits(0.8, 0.2),
        unique_2=entropy_bits(0.8, 0.2),
    ),
    Gate("RDNXOR", RDNXOR, redundancy=1, synergy=1),
    Gate("RDNUNQXOR", RDNUNQXOR, redundancy=1, unique_1=1, unique_2=1, synergy=1),
    Gate("noisy XOR", flipped(XOR, NOISE), synergy=1 - LOST),
    Gate("noisy RDN", flipped(RDN, NOISE), redundancy=1 - LOST),
    Gate("noisy UNQ", _noisy_unq(), unique_1=1 - LOST, unique_2=1 - LOST),
    Gate(
        "noisy AND",
        flipped(AND, NOISE),
        redundancy=NOISY_AND_INFORMATION,
        synergy=entropy_bits(NOISY_AND_Y, 1 - NOISY_AND_Y) - LOST - NOISY_AND_INFORMATION,
    ),
)
