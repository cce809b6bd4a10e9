"""Adapters for tasks that span groups: those of their groups merged by the tasks' weights in them. Trains nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mintune.errors import BackboneError
from mintune.run import write_text
from mintune.tune.card import README
from mintune.tune.merged import HOW
from mintune.tune.readme import readme_of_merge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from mintune.models.backbone import Backbone
    from mintune.records import AdapterCard, Grouping

FOLDER = "spanning"


def merge_spanning(
    backbone: Backbone, grouping: Grouping, cards: Sequence[AdapterCard], folder: Path
) -> dict[str, Path]:
    """Merge an adapter for each task with weight in several groups; returns where it lies, by task.

    `cards` are those of the grouping's adapters, which lie in `folder`; a merge lies in `folder/spanning/<task>`. It is
    the weighted mean of the deltas, exact, at the rank of the merged adapters together. One that was made from these
    adapters before is not made again. BackboneError where an adapter cannot be read.
    """
    by_group = {card.group: card for card in cards}
    found = {}
    for task, shares in grouping.spanning.items():
        found[task] = folder / FOLDER / task
        _merge(backbone, {group: by_group[group] for group in shares}, shares, folder, found[task])
    return found


def _merge(
    backbone: Backbone, parts: Mapping[str, AdapterCard], shares: Mapping[str, float], folder: Path, place: Path
) -> None:
    from mintune.models.adapters import read_weights, save_weights
    from mintune.models.merging import VERSION, merge

    how = {
        "version": VERSION,
        "method": "linear",
        "shares": dict(shares),
        "parts": {group: card.fingerprint for group, card in parts.items()},
    }
    if _made_before(place, how):
        return
    merged = merge(
        [read_weights(folder / card.folder) for card in parts.values()],
        list(shares.values()),
        method="linear",
        rank=sum(card.rank for card in parts.values()),
    )
    fingerprint = save_weights(backbone, merged.weights, place)
    write_text(place / README, readme_of_merge(place.name, shares, backbone.name))
    write_text(place / HOW, json.dumps({**how, "fingerprint": fingerprint}, indent=1) + "\n")


def _made_before(place: Path, how: dict[str, object]) -> bool:
    """Whether the adapter there was merged so, and its weights are as they were written."""
    from mintune.models.adapters import adapter_fingerprint

    try:
        known = json.loads((place / HOW).read_text())
        return bool(known == {**how, "fingerprint": adapter_fingerprint(place)})
    except (OSError, ValueError, BackboneError):
        return False
