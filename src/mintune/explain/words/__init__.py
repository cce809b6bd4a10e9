"""The report's language: catalogues with the same keys, and numbers as each language writes them.

A sentence is a catalogue entry with named places; what fills a place is already text. Entries hold no markup, so the
template escapes the whole sentence, data and all. A new language is a new file here, an entry in CATALOGUES, and its
name in `ExplainSettings.languages`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mintune.explain.words.en import ENGLISH
from mintune.explain.words.ja import JAPANESE
from mintune.records import Estimate

CATALOGUES: dict[str, Mapping[str, str]] = {"en": ENGLISH, "ja": JAPANESE}

MINUS = "\N{MINUS SIGN}"
ABSENT = "\N{EN DASH}"


@dataclass(frozen=True)
class Words:
    """One language: sentences by key, and the way numbers are written in them."""

    language: str

    def __call__(self, key: str, **places: str) -> str:
        """The sentence of that key with its places filled; KeyError where the catalogue lacks it."""
        return CATALOGUES[self.language][key].format(**places)

    def know(self, key: str) -> bool:
        """Whether the catalogue has that key."""
        return key in CATALOGUES[self.language]

    def name(self, family: str, member: str) -> str:
        """The word for a member of a family (`type`, `strategy`, ...); the member itself where the family lacks it."""
        key = f"{family}.{member}"
        return self(key) if self.know(key) else member

    def strategy(self, strategy: str, family: str = "strategy") -> str:
        """The name of a strategy; `family` is `strategy` for labels and `phrase` within a sentence."""
        return self.name(family, strategy)

    def count(self, noun: str, number: int) -> str:
        """A number of things: "1 task", "2 tasks"."""
        return self(f"{noun}.one" if number == 1 else f"{noun}.many", n=whole(number))

    def listing(self, items: Sequence[str]) -> str:
        """Items in a row, as the language joins them; nothing is left out."""
        if len(items) < 2:
            return "".join(items)
        return self("list.last", first=self("list.between").join(items[:-1]), last=items[-1])

    def percent_range(self, low: float, high: float) -> str:
        """An interval of shares, such as "36 to 48%"."""
        return self("number.percent_range", low=percent(low).removesuffix("%"), high=percent(high))

    def points_estimate(self, estimate: Estimate) -> str:
        """A score with its interval: "74.1 (70.2 to 78.0)"."""
        interval = self("number.range", low=points(estimate.low), high=points(estimate.high))
        return self("number.estimate", value=points(estimate.value), interval=interval)

    def p_value(self, p_value: float) -> str:
        """A p-value to three places, never as zero."""
        return self("number.p_below") if p_value < 0.001 else self("number.p", p=f"{p_value:.3f}")

    def duration(self, seconds: float) -> str:
        """Wall time in the two largest units that matter."""
        if seconds < 60:
            return self("time.seconds", seconds=f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}")
        minutes, rest = divmod(round(seconds), 60)
        if minutes < 60:
            return self("time.minutes", minutes=str(minutes), seconds=str(rest))
        hours, minutes = divmod(minutes, 60)
        return self("time.hours", hours=whole(hours), minutes=str(minutes))


def percent(share: float) -> str:
    """A share in whole per cent; a dash where it is not a number."""
    return ABSENT if math.isnan(share) else f"{_signless(share * 100, 0)}%"


def points(score: float) -> str:
    """A normalised score on the scale where 0 is chance and 100 perfect."""
    return ABSENT if math.isnan(score) else _signless(score * 100, 1)


def signed_points(difference: float) -> str:
    """A difference of normalised scores in points, always with its sign."""
    text = points(difference)
    return text if text.startswith((MINUS, ABSENT)) or not text.strip("0.") else f"+{text}"


def whole(number: float) -> str:
    """A whole number with its thousands set apart."""
    return f"{round(number):,}"


def decimal(number: float) -> str:
    """A number to two places."""
    return ABSENT if math.isnan(number) else _signless(number, 2)


def nats(value: float) -> str:
    """A loss, or by how much two differ, to three places."""
    return ABSENT if math.isnan(value) else _signless(value, 3)


def _signless(number: float, digits: int) -> str:
    """Fixed digits, a true minus, and no minus before a zero."""
    text = f"{number:.{digits}f}"
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", MINUS)
