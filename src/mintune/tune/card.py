"""The card beside an adapter: what it was made from, as JSON for programs and as README.md for people (`readme.py`).

`card.json` is written last, so its presence says that the adapter is whole. Two runs of the same inputs write the same
bytes but for `provenance.time` and `cost.seconds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mintune.errors import BackboneError
from mintune.records import AdapterCard, Provenance
from mintune.run import RunFolder, read_fresh, write_text
from mintune.tune.readme import readme

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.tune.readme import Known

README = "README.md"
CARD = "card.json"


def write_card(folder: Path, card: AdapterCard, provenance: Provenance, known: Known) -> None:
    """Write README.md, with what is known of the tasks, and then card.json into the adapter's folder."""
    write_text(folder / README, readme(card, provenance, known))
    RunFolder(folder).write_record(CARD, card, provenance)


def tell_more(folder: Path, card: AdapterCard, known: Known) -> None:
    """Write the README.md of an adapter anew, with more that is known of its tasks; card.json stays."""
    write_text(folder / README, readme(card, RunFolder(folder).read_provenance(CARD), known))


def fresh_card(folder: Path, inputs: str) -> AdapterCard | None:
    """The card of an adapter made from exactly these inputs whose weights are as they were written, or None."""
    from mintune.models.adapters import adapter_fingerprint

    card = read_fresh(folder, CARD, AdapterCard, inputs)
    try:
        return card if card is not None and adapter_fingerprint(folder) == card.fingerprint else None
    except BackboneError:
        return None
