"""What a task scores without looking: the larger of two ways to know nothing of an example.

- `none` view: the answers given when instruction and choices are shown alone.
- majority: the commonest training answer, given to every test example.

Both are measured on the test examples with the task's metric. The larger of two noisy numbers is a little too large, so
normalised scores err on the low side. Answers that a skilled guesser would read off the wording (a longer choice, say)
are not covered.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mintune.answers import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mintune.tasks.storage import Outline


def majority_answer(examples: Iterable[Outline]) -> str | None:
    """The commonest first accepted answer, equal ones counted together; the first met among equals."""
    said: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for example in examples:
        form = normalise(example.targets[0])
        said.setdefault(form, example.targets[0])
        counts[form] += 1
    return said[counts.most_common(1)[0][0]] if counts else None
