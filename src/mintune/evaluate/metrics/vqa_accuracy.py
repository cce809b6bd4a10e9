"""VQA accuracy: an answer that three annotators gave is right, one that fewer gave is partly right.

Official (Antol et al. 2015; VQA v2 evaluation code): for each annotator set aside in turn, min(1, matches among the
other nine / 3), averaged over the ten. With n answers other than ten the same is done over n; where fewer than three
are left, all of them must match; a single accepted answer gives exact match.

The ceiling of an example is below 1 where no answer was given by four of ten annotators, so a task's ceiling
is computed from its targets (`metrics.best_possible`). Answers are brought to mintune's normal form, not to VQA's:
contractions are not expanded, and number words go up to twelve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.answers import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH = 3


def score(answer: str, targets: Sequence[str]) -> float:
    """Accuracy in [0, 1] of one answer against annotators' answers, one entry an annotator (repeats count)."""
    given = normalise(answer)
    agreed = sum(normalise(target) == given for target in targets)
    if len(targets) == 1:
        return float(agreed)
    needed = min(ENOUGH, len(targets) - 1)
    set_aside_agreeing = min(1.0, (agreed - 1) / needed) if agreed else 0.0
    set_aside_differing = min(1.0, agreed / needed)
    return (agreed * set_aside_agreeing + (len(targets) - agreed) * set_aside_differing) / len(targets)
