"""Exact match: 1 where the answer is an accepted one after normalisation, else 0.

It knows no synonyms and no near misses. Ceiling 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.answers import matches

if TYPE_CHECKING:
    from collections.abc import Sequence


def score(answer: str, targets: Sequence[str]) -> float:
    """1.0 or 0.0 for one answer against the accepted ones."""
    return float(matches(answer, targets))
