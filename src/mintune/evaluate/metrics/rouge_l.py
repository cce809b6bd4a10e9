"""ROUGE-L: the longest common subsequence of words, as F1; the best over accepted answers.

Lin (2004), sentence level, by Google's rouge-score without stemming, over mintune's tokens: scripts written without
spaces count, which rouge-score's own tokenizer drops. For captions and other long answers. Ceiling 1.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from mintune.answers import tokens

if TYPE_CHECKING:
    from collections.abc import Sequence


def score(answer: str, targets: Sequence[str]) -> float:
    """The largest F1 in [0, 1] of one answer over the accepted ones; two answers without a word agree."""
    if not tokens(answer):
        return float(any(not tokens(target) for target in targets))
    return max(float(_scorer().score(target, answer)["rougeL"].fmeasure) for target in targets)


@cache
def _scorer() -> Any:
    """rouge-score's scorer over mintune's tokens."""
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Tokens())


class _Tokens:
    """What rouge-score expects of a tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        return tokens(text)
