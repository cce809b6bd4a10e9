"""Hold a share of examples out, so that no image is on both sides, by seed alone.

Examples that share an image, even by way of a third, go together; an example without images goes with those of the same
text. Groups are taken in the order of a hash of the seed and what they share, so that adding examples moves few others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from mintune.tasks.clusters import clusters_of


def hold_out(keys: Sequence[Sequence[str]], share: float, seed: int) -> list[bool]:
    """Choose which examples are held out.

    Args:
        keys: what each example may not share across the two sides (its images' sha256, or its text), (num_examples,).
        share: of the examples, in (0, 1). At least one is held out and one kept where there are two groups; a single
            group is kept.
        seed: of the choice.

    Returns:
        Whether each example is held out, (num_examples,).
    """
    groups = _groups(keys)
    if len(groups) < 2:
        return [False] * len(keys)
    wanted = max(1, min(round(share * len(keys)), len(keys) - 1))
    held: set[int] = set()
    for group in sorted(groups, key=lambda group: _order(seed, min(keys[group[0]], default=""))):
        if len(held) + len(group) <= wanted:
            held.update(group)
    if not held:
        smallest = min(groups, key=len)
        held.update(smallest)
    return [index in held for index in range(len(keys))]


def _groups(keys: Sequence[Sequence[str]]) -> list[list[int]]:
    """Indices of examples that share a key, directly or by way of others."""
    groups: dict[int, list[int]] = defaultdict(list)
    for index, cluster in enumerate(clusters_of(keys)):
        groups[cluster].append(index)
    return list(groups.values())


def _order(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}:{key}".encode()).digest()
