r"""LLaVA's format: a JSON list of chats in which human and gpt speak, beside the path of one image or several.

    [{"id": "7", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"},
                                                     {"from": "gpt", "value": "A cat"}]}]

Source: https://github.com/haotian-liu/LLaVA/blob/main/docs/Finetune_Custom_Data.md. Rows without `image` are text only.
"""

from __future__ import annotations

from mintune.tasks.readers.chat import row_of, turn_of, turns_of
from mintune.tasks.readers.rows import Fields, RawRow


def fits(fields: Fields) -> bool:
    """Whether a row looks like this format."""
    turns = fields.get("conversations")
    return isinstance(turns, list) and bool(turns) and isinstance(turns[0], dict) and "from" in turns[0]


def read(fields: Fields) -> RawRow:
    """One row: its first question and answer. RowError names the key that is wrong."""
    _, turns = turns_of(fields, "conversations")
    return row_of(fields, [turn_of(turn, "from", "value") for turn in turns])
