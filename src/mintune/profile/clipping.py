"""Where clipping moved what one side knows alone: terminal and report say it, each in its own words.

What the image knows, redundancy + unique_image, is measured by its own right answers; how it is split between the two
goes by products of two views, which scatter far more. With few examples raw redundancy may come out at -0.20: an image
that knows 0.16 has a raw unique_image of 0.36 then. Clipping sets the redundancy to zero and scales the rest, which
leaves 0.30 for an image that knows 0.16. Raw shares still add up to what it knows; clipped ones do not.
"""

from __future__ import annotations

from typing import Literal

from mintune.profile.undetermined import has_shares
from mintune.records import Estimate, InteractionProfile

Side = Literal["image", "text"]

MOVED = 0.1
"""What a side knows is said where clipping moved it by at least so much of the examples."""


def moved_by_clipping(profile: InteractionProfile) -> dict[Side, tuple[float, float]]:
    """Of each side that clipping moved: what it knows alone, and what its clipped shares add up to.

    Both are shares of the examples; the first is of raw shares and cut to [0, 1]. Empty where shares say nothing.
    """
    if not has_shares(profile):
        return {}
    sides: dict[Side, Estimate] = {"image": profile.unique_image, "text": profile.unique_text}
    found: dict[Side, tuple[float, float]] = {}
    for side, unique in sides.items():
        if profile.redundancy.raw is None or unique.raw is None:
            continue
        known = min(max(profile.redundancy.raw + unique.raw, 0.0), 1.0)
        shown = profile.redundancy.value + unique.value
        if abs(known - shown) >= MOVED:
            found[side] = (known, shown)
    return found
