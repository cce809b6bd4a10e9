"""Between proportional and uniform: shares go by the examples' root, so small tasks get more than they have.

Temperature sampling with a temperature of 2, as in Raffel et al. 2020, section 3.5.2 (arXiv 1910.10683).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPERATURE = 2.0


def temperature(sizes: Mapping[str, float]) -> dict[str, float]:
    """The share of each task, from its number of training examples; shares sum to one."""
    roots = {task: size ** (1 / TEMPERATURE) for task, size in sizes.items()}
    total = sum(roots.values())
    return {task: root / total for task, root in roots.items()}
