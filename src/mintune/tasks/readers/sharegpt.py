"""ShareGPT's format as LLaMA-Factory and ms-swift read it: messages with role and content, and a list of images.

    {"messages": [{"role": "user", "content": "<image>What is it?"}, {"role": "assistant", "content": "A cat"}],
     "images": ["a.png"]}

Messages may stand under `conversations`; an image is a path, or `{bytes, path}` as Parquet files keep it.
Source: https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md.
"""

from __future__ import annotations

from mintune.tasks.readers.chat import row_of, turn_of, turns_of
from mintune.tasks.readers.rows import Fields, RawRow


def fits(fields: Fields) -> bool:
    """Whether a row looks like this format."""
    turns = fields.get("messages") or fields.get("conversations")
    return (
        isinstance(turns, list)
        and bool(turns)
        and isinstance(turns[0], dict)
        and isinstance(turns[0].get("content"), str)
    )


def read(fields: Fields) -> RawRow:
    """One row: its first question and answer. RowError names the key that is wrong."""
    _, turns = turns_of(fields, "messages", "conversations")
    return row_of(fields, [turn_of(turn, "role", "content") for turn in turns])
