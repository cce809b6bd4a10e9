"""What a server replied, kept as it came, and the rule that makes an answer of it.

Replies lie in a journal by the digest of their request; the rule is applied when they are read, so that a mended rule
asks nobody again. An open answer is what was written. A closed one:

1. **by its first token**, where the server told the likeliest first tokens of an answer. A choice's first token is the
   longest of those that the choice begins with, spaces before it aside. Where no two choices share one and at least one
   choice has one, the answer is the choice whose first token is likeliest; a choice with none is less likely than all
   that are told. There are scores (natural log of the first token's probability) where every choice has one.
2. **as written**, everywhere else: the choice that the whole answer is, after `answers.normalise`. What is no choice
   stays as it is, and is wrong.

The score is not that of `choosing.py`, the mean over all tokens of a choice: the two are equal where choices are single
tokens of which none begins another, and of different size where they are longer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from mintune.answers import normalise
from mintune.progress import number_of
from mintune.run import Journal

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.models.answering import Question

RULE = 2
"""Raised whenever the same reply would become another answer."""

UNDECODED = "\ufffd"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    `first` are the likeliest first tokens with the natural log of their probabilities, None where the server did not
    tell them; `num_tokens` are the prompt's, 0 where it did not tell; `is_cut` says that the text ended at the limit.
    """

    text: str
    first: tuple[tuple[str, float], ...] | None
    num_tokens: int
    is_cut: bool


class ReplyJournal:
    """Replies by the digest of their requests; each is on disk before it counts."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self._replies: dict[str, Reply] = {}
        for row in self._journal:
            first = None if row["first"] is None else tuple((token, value) for token, value in row["first"])
            self._replies[row["key"]] = Reply(row["text"], first, row["num_tokens"], row["is_cut"])

    def __contains__(self, key: str) -> bool:
        return key in self._replies

    def __getitem__(self, key: str) -> Reply:
        return self._replies[key]

    def add(self, key: str, reply: Reply) -> None:
        """Keep a reply; a kill leaves it whole or not at all."""
        row = {"key": key, "text": reply.text, "first": reply.first}
        self._journal.append([{**row, "num_tokens": reply.num_tokens, "is_cut": reply.is_cut}])
        self._replies[key] = reply


# ------------------------------------------------------------------------------------- the part of the API that is read


class _Token(BaseModel):
    token: str
    logprob: float | None = None


class _FirstToken(BaseModel):
    top_logprobs: list[_Token] | None = None


class _Logprobs(BaseModel):
    content: list[_FirstToken] | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Usage(BaseModel):
    prompt_tokens: int | None = None


class _Completion(BaseModel):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None


def read_reply(text: str) -> Reply:
    """A reply from the JSON of a chat completion; pydantic's ValidationError where it is none."""
    found = _Completion.model_validate_json(text)
    choice = found.choices[0]
    told = choice.logprobs.content if choice.logprobs is not None else None
    first = tuple(
        (one.token, one.logprob)
        for one in ((told[0].top_logprobs or ()) if told else ())
        if one.logprob is not None and math.isfinite(one.logprob)
    )
    return Reply(
        text=(choice.message.content or "").strip(),
        first=first or None,
        num_tokens=(found.usage.prompt_tokens or 0) if found.usage is not None else 0,
        is_cut=choice.finish_reason == "length",
    )


# -------------------------------------------------------------------------------------------------- the rule of answers


def answer_of(reply: Reply, choices: tuple[str, ...] | None) -> tuple[str, tuple[float, ...] | None]:
    """The answer that a reply is, and a score a choice where the rule gives any."""
    if not choices:
        return reply.text, None
    written = _as_written(reply.text, choices)
    scores = first_token_scores(choices, reply.first or ())
    known = [score for score in scores if score is not None]
    if not known or (written in choices and not _begins_a_choice(choices, reply.first or ())):
        return written, None
    return choices[scores.index(max(known))], tuple(known) if len(known) == len(choices) else None


def first_token_scores(choices: Sequence[str], first: Sequence[tuple[str, float]]) -> list[float | None]:
    """For each choice, the natural log of its first token's probability; None where that token is not told.

    "Yes" begins "yes", with the likelier of both. None for all where the tokens do not tell the choices apart: two
    share one, or a token is a piece of a character.
    """
    told: dict[str, float] = {}
    for token, value in first:
        if beginning := token.lstrip().casefold():
            told[beginning] = max(value, told.get(beginning, value))
    tokens = [
        max((token for token in told if choice.casefold().startswith(token)), key=len, default=None)
        for choice in choices
    ]
    found = [token for token in tokens if token is not None]
    if len(set(found)) < len(found) or any(UNDECODED in token for token in told):
        return [None] * len(choices)
    return [None if token is None else told[token] for token in tokens]


def _begins_a_choice(choices: Sequence[str], first: Sequence[tuple[str, float]]) -> bool:
    """Whether the likeliest first token begins a choice; if not, what was written says more than the others do."""
    likeliest = max(first, key=lambda told: told[1], default=("", 0.0))[0].lstrip().casefold()
    return bool(likeliest) and any(choice.casefold().startswith(likeliest) for choice in choices)


def _as_written(text: str, choices: Sequence[str]) -> str:
    """The choice that the text is; the text itself where it is none of them, or more than one."""
    if text in choices:
        return text
    alike = [choice for choice in choices if normalise(choice) == normalise(text)]
    return alike[0] if len(alike) == 1 else text


@dataclass(frozen=True)
class Account:
    """How answers came about: counts of questions."""

    num_scored: int = 0
    num_written: int = 0
    num_no_choice: int = 0
    num_empty: int = 0
    num_cut: int = 0

    def __add__(self, other: Account) -> Account:
        return Account(
            self.num_scored + other.num_scored,
            self.num_written + other.num_written,
            self.num_no_choice + other.num_no_choice,
            self.num_empty + other.num_empty,
            self.num_cut + other.num_cut,
        )

    @property
    def sentence(self) -> str:
        """The counts that are not zero, in words; empty where all are."""
        parts = {
            "by their first token": self.num_scored,
            "as written": self.num_written,
            "none of the choices, so wrong": self.num_no_choice,
        }
        closed = ", ".join(f"{count:,} {words}" for words, count in parts.items() if count)
        said = [f"closed answers: {closed}"] if closed else []
        if self.num_empty:
            said.append(f"{number_of(self.num_empty, 'answer')} without a word")
        if self.num_cut:
            said.append(f"{number_of(self.num_cut, 'open answer')} cut: as long as allowed, and not ended")
        return "; ".join(said)


def account_of(reply: Reply, choices: tuple[str, ...] | None) -> Account:
    """How one answer came about."""
    is_empty = not reply.text
    if not choices:
        return Account(num_empty=is_empty, num_cut=reply.is_cut)
    if any(score is not None for score in first_token_scores(choices, reply.first or ())):
        return Account(num_scored=1)
    is_choice = _as_written(reply.text, choices) in choices
    return Account(num_written=is_choice, num_no_choice=not is_choice, num_empty=is_empty)


def accounts(questions: Sequence[Question], replies: Sequence[Reply]) -> dict[str, Account]:
    """How the answers to each task came about."""
    found: dict[str, Account] = {}
    for question, reply in zip(questions, replies, strict=True):
        found[question.task] = found.get(question.task, Account()) + account_of(reply, question.choices)
    return found
