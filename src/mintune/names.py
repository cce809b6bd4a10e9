"""What can be the name of a task, and so of a folder."""

from __future__ import annotations

import re

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
NAME_LENGTH = 80
NAME_RULE = f"letters, digits, `_`, `.` and `-`, the first a letter or digit, {NAME_LENGTH} characters at most"
"""NAME_PATTERN and NAME_LENGTH in words."""

ROOM_FOR_A_NUMBER = 10
"""Characters that a proposed name leaves free, as two of them may have to be told apart."""


def name_like(words: str) -> str:
    """A name that a task can have, as near to these words as it goes."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", words).strip("_.-")[: NAME_LENGTH - ROOM_FOR_A_NUMBER] or "task"
