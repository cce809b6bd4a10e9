"""What an estimator finds about one task, before it becomes a record: point estimates and their bootstrap draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mintune.records import InteractionType

LEAST_EXAMPLES = 25
"""Below so many examples every estimator refuses: intervals of shares would span most of [0, 1]."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Shares are (5,): redundancy, unique_image, unique_text, synergy, unanswered.

    `drawn` (num_draws, 5) are resampled shares, `drawn_raw` the same before they were clipped: what
    noise gave to small shares is taken from large ones, so that intervals are those of `drawn_raw`.
    """

    type: InteractionType
    confidence: float
    raw: np.ndarray
    shares: np.ndarray
    drawn: np.ndarray
    drawn_raw: np.ndarray
    examples_needed: int | None = None
    notes: tuple[str, ...] = ()


GOLD_ALIKE = "gold answers are alike"
"""How the note begins that says why right answers and guesses cannot be told apart."""

UNSETTLED = "unsettled"
"""How the note begins that says between which types a task lies."""

REFUSED = "refused"
"""How the note begins of a task on which nothing was estimated: its shares are no estimates."""


def refused(num_examples: int, notes: tuple[str, ...] = ()) -> Finding:
    """Say nothing on these examples: all is unanswered, and every share may lie anywhere in [0, 1]."""
    nothing = np.array([0.0, 0.0, 0.0, 0.0, 1.0])
    anywhere = np.repeat([[0.0] * 5, [1.0] * 5], 2, axis=0)
    return Finding(
        type="undetermined",
        confidence=0.0,
        raw=nothing,
        shares=nothing,
        drawn=anywhere,
        drawn_raw=anywhere,
        examples_needed=LEAST_EXAMPLES - num_examples if num_examples < LEAST_EXAMPLES else None,
        notes=(*notes, f"{REFUSED}: {num_examples} examples"),
    )
