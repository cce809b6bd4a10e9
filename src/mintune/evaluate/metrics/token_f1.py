"""Token F1: how far the words of the answer and of an accepted one are the same, order aside.

The best over accepted answers, as in SQuAD (Rajpurkar et al. 2016, section 6.1), but with mintune's normalisation and
tokens, which give scripts written without spaces one token a character. Two empty answers agree; an empty one and
another do not. Ceiling 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.answers import shared_words

if TYPE_CHECKING:
    from collections.abc import Sequence


def score(answer: str, targets: Sequence[str]) -> float:
    """The largest F1 in [0, 1] of one answer over the accepted ones."""
    return max(shared_words(answer, target) for target in targets)
