"""One metric a file, and the table they fill.

A metric is a function of an answer and the accepted answers of its example, in [0, 1]. What to touch to add one:
docs/evaluate.md, "Adding a metric".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.evaluate.metrics import anls, exact_match, rouge_l, token_f1, vqa_accuracy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

METRICS: dict[str, Callable[[str, Sequence[str]], float]] = {
    "exact_match": exact_match.score,
    "token_f1": token_f1.score,
    "vqa_accuracy": vqa_accuracy.score,
    "anls": anls.score,
    "rouge_l": rouge_l.score,
}


def best_possible(metric: str, targets: Sequence[str]) -> float:
    """The most that one answer can score on an example: 1, but less where annotators disagree under `vqa_accuracy`.

    Taken over the accepted answers themselves.
    """
    return max(METRICS[metric](target, targets) for target in targets)
