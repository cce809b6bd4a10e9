"""When two answers are the same answer, and when one is right: what profile, evaluate and explain share.

The normalisation follows SQuAD (lower case, no punctuation, no articles, single spaces) and VQA (number words become
digits, here up to twelve), with these differences, each because plain answers are also choices such as "A", "-5" or
"+":

- Unicode is brought to NFKC first, so that full-width and half-width forms agree;
- nothing is stripped away to emptiness: "A" and "the" stay, and so does "+" or "?" where it is the whole answer;
- a minus before a number stays, as do `.`, `:` and `/` between digits and the dot of ".5";
- a comma that groups thousands goes ("1,000" is "1000");
- an apostrophe is deleted, every other punctuation mark becomes a space; symbols ($, +, <, =) stay.

It knows no synonyms, plurals or units: "two dogs" and "2 dog" differ.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

ALIKE = 0.5
"""Token F1 from which an open answer counts as right."""

CONFUSED = 0.1
"""The share of pairs of different gold answers that may pass for each other."""

DIFFERENT = 60
"""So many different gold answers are compared."""

ARTICLES = frozenset({"a", "an", "the"})

_COUNTED = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBER_WORDS = {word: str(number) for number, word in enumerate(_COUNTED)}

_DIGIT_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_APOSTROPHE = re.compile(r"['’`´]")
_KEPT_MARK = re.compile(r"(?<=\d)[.:/](?=\d)|(?<![\w.])\.(?=\d)|(?<!\w)[-−](?=\.?\d)")
_WRITTEN_WITHOUT_SPACES = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_WRITTEN_WITHOUT_SPACES}]|[^\s{_WRITTEN_WITHOUT_SPACES}]+")


@lru_cache(maxsize=1 << 16)
def normalise(answer: str) -> str:
    """Bring an answer to the form in which answers are compared; doing it twice changes nothing."""
    text = " ".join(unicodedata.normalize("NFKC", answer).lower().split())
    words = _without_punctuation(text).split()
    words = [NUMBER_WORDS.get(word, word) for word in words]
    said = [word for word in words if word not in ARTICLES]
    return " ".join(said or words) or text


def matches(answer: str, targets: Iterable[str]) -> bool:
    """Whether the answer is one of the accepted ones, after normalisation of both."""
    given = normalise(answer)
    return any(given == normalise(target) for target in targets)


def bar_of(accepted: Iterable[Sequence[str]]) -> float:
    """The token F1 from which an open answer to a task counts as right: ALIKE, or 1 where that tells too little apart.

    `accepted` are the accepted answers of its examples, of which up to DIFFERENT different ones are compared with
    one another. In captions of one template ("a red square", "a blue square") half of the words are always shared, and
    every answer would be right everywhere; so where more than CONFUSED of the pairs pass, all words must be shared.
    """
    distinct = list(dict.fromkeys(normalise(targets[0]) for targets in accepted))
    step = max(1, len(distinct) // DIFFERENT)
    pairs = list(itertools.combinations(distinct[::step][:DIFFERENT], 2))
    passing = sum(shared_words(first, second) >= ALIKE for first, second in pairs)
    return 1.0 if passing > CONFUSED * len(pairs) else ALIKE


def is_right(answer: str, targets: Iterable[str], choices: Sequence[str] | None, *, bar: float = ALIKE) -> bool:
    """Whether an answer counts as right, for the profile and for the examples a report shows; `bar` as in `bar_of`.

    A closed answer is right where it is an accepted one; an open one (`choices` None) where it shares at least half of
    its words with an accepted one.
    """
    if choices is not None:
        return matches(answer, targets)
    return any(shared_words(answer, target) >= bar for target in targets)


@lru_cache(maxsize=1 << 16)
def shared_words(first: str, second: str) -> float:
    """F1 of the words that two strings share after normalisation; two empty strings are alike."""
    words, others = _counted(first), _counted(second)
    if not words or not others:
        return float(words == others)
    shared = sum(min(number, others[word]) for word, number in words.items())
    return 2 * shared / (words.total() + others.total())


@lru_cache(maxsize=1 << 16)
def _counted(answer: str) -> Counter[str]:
    """How often each word is there. An answer is compared with a hundred others, and cut into words once."""
    return Counter(tokens(answer))


def tokens(answer: str) -> list[str]:
    """Cut the normalised answer into words; scripts written without spaces (kana, Han) give one token a character."""
    return _TOKEN.findall(normalise(answer))


def _without_punctuation(text: str) -> str:
    text = _APOSTROPHE.sub("", _DIGIT_COMMA.sub("", text))
    kept = {match.start() for match in _KEPT_MARK.finditer(text)}
    return "".join(
        ("-" if character in "-−" else character) if index in kept else _spaced(character)
        for index, character in enumerate(text)
    )


def _spaced(character: str) -> str:
    return " " if unicodedata.category(character).startswith("P") else character
