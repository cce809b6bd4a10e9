"""The first question and answer of a chat, as the formats that keep chats share it.

`<image>` marks where an image stands; the marks are counted against the images and left out of the words, because a
backbone is shown the images of an example before its words. A system message is the same for every example and goes
in front of the question, so that the split of prompts finds it. Only the first question and answer are used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mintune.tasks.readers.rows import (
    Fields,
    RawRow,
    RowError,
    accepted,
    choices_of,
    id_of,
    images_of,
    show,
    split_of,
    text_of,
)

MARK = "<image>"

ROLES = {"human": "user", "user": "user", "gpt": "assistant", "assistant": "assistant", "system": "system"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a chat: role (user, assistant or system) and its words, with `<image>` where an image stands."""

    role: str
    words: str


def turn_of(value: object, role_key: str, words_key: str) -> Turn:
    """One message as a Turn. RowError where it is no object, its role is unknown, or its words are no text."""
    if not isinstance(value, Mapping):
        raise RowError(f"turn: expected an object with {role_key} and {words_key}, found {show(value)}")
    return Turn(role_of(value.get(role_key), role_key), text_of(value.get(words_key), words_key))


def role_of(value: object, key: str) -> str:
    """The role a name stands for. RowError where it is unknown."""
    if not isinstance(value, str) or value not in ROLES:
        raise RowError(f"{key}: {show(value)}; accepted: {', '.join(ROLES)}")
    return ROLES[value]


def turns_of(fields: Fields, *keys: str) -> tuple[str, list[object]]:
    """The key under which the chat stands, and its messages. RowError where there is no list under any."""
    for key in keys:
        value = fields.get(key)
        if isinstance(value, list):
            return key, value
    raise RowError(f"{keys[0]}: missing; expected a list of messages under {' or '.join(keys)}")


def row_of(fields: Fields, turns: Sequence[Turn], images: tuple[bytes | str, ...] | None = None) -> RawRow:
    """A chat's first question and answer as a row; `images` default to those the row lists."""
    prompt, answer, left = _first_exchange(turns)
    found = images_of(fields) if images is None else images
    marks = sum(turn.words.count(MARK) for turn in turns)
    if marks and marks != len(found):
        raise RowError(f"images: {len(found)} given, and {marks} marked by {MARK} in the chat")
    targets = accepted((answer,), "answer")
    return RawRow(
        id=id_of(fields),
        split=split_of(fields),
        images=found[: prompt.count(MARK)] if marks else found,
        instruction=None,
        text=_without_marks(prompt),
        targets=targets,
        choices=choices_of(fields, targets),
        turns_left=left,
    )


def _first_exchange(turns: Sequence[Turn]) -> tuple[str, str, int]:
    """The first question (a system message before it), its answer, and how many questions come after."""
    questions = [index for index, turn in enumerate(turns) if turn.role == "user"]
    if not questions:
        raise RowError("turns: no user message; expected a question and its answer")
    first = questions[0]
    if first + 1 >= len(turns) or turns[first + 1].role != "assistant":
        raise RowError("turns: the first user message has no answer; expected an assistant message after it")
    system = [turn.words for turn in turns[:first] if turn.role == "system"]
    return "\n".join([*system, turns[first].words]), turns[first + 1].words, len(questions) - 1


def _without_marks(prompt: str) -> str:
    """The prompt without its marks and the white space they leave behind."""
    words = re.sub(rf"[ \t]*{MARK}[ \t]*(\n?)", lambda found: found.group(1) or " ", prompt)
    return "\n".join(line.strip() for line in words.split("\n")).strip()
