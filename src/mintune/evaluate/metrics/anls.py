"""ANLS: similarity of spelling, for answers read from pictures; a wrong letter costs less than a wrong word.

1 - (Levenshtein distance / length of the longer), the best over accepted answers, and 0 where that is below 0.5
(Biten et al. 2019, Scene Text Visual Question Answering, equation 1; 0.5 itself counts, as in the evaluation code of
DocVQA). Answers are compared in lower case with single spaces, as there, and not further normalised: punctuation is
part of what was read. Ceiling 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

THRESHOLD = 0.5


def score(answer: str, targets: Sequence[str]) -> float:
    """Average normalised Levenshtein similarity in {0} or [0.5, 1] of one answer over the accepted ones."""
    from rapidfuzz.distance import Levenshtein

    given = _as_read(answer)
    similarity = max(float(Levenshtein.normalized_similarity(given, _as_read(target))) for target in targets)
    return similarity if similarity >= THRESHOLD else 0.0


def _as_read(answer: str) -> str:
    return " ".join(answer.lower().split())
