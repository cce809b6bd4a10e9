"""Whether a task's answers are plainly a closed set, where its data does not say so.

Formats of chats have no place for choices, and yes or no asked in one is a closed question all the same: its answers
can be scored one by one, and chance and information be measured.
"""

from __future__ import annotations

from collections.abc import Sequence

from mintune.answers import normalise

MOST_CHOICES = 26
EXAMPLES_A_CHOICE = 5


def closed_set(answers: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    """The choices, sorted, where each example has one answer, few are different, and all come often; None: open.

    Args:
        answers: the accepted answers of each example.

    At most MOST_CHOICES different ones, after normalisation, with EXAMPLES_A_CHOICE examples each on average. Of
    several spellings the first counts.
    """
    spelled: dict[str, str] = {}
    for accepted in answers:
        if len(accepted) != 1:
            return None
        spelled.setdefault(normalise(accepted[0]), accepted[0])
    is_closed = 1 < len(spelled) <= min(MOST_CHOICES, len(answers) / EXAMPLES_A_CHOICE)
    return tuple(sorted(spelled.values())) if is_closed else None
