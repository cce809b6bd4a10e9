"""mintune's own format: one object a line, with instruction and text apart.

    {"id": "7", "split": "train", "images": ["images/a.png"], "instruction": "Is the sentence true?",
     "text": "There is a red circle.", "target": "yes", "choices": ["yes", "no"]}

`id`, `split`, `images`, `text` and `choices` may be left out; `target` may be a list of accepted answers.
"""

from __future__ import annotations

from mintune.tasks.readers.rows import Fields, RawRow, choices_of, id_of, images_of, split_of, targets_of, text_of


def fits(fields: Fields) -> bool:
    """Whether a row looks like this format."""
    return "target" in fields or "targets" in fields


def read(fields: Fields) -> RawRow:
    """One row. RowError names the key that is wrong."""
    targets = targets_of(fields)
    return RawRow(
        id=id_of(fields),
        split=split_of(fields),
        images=images_of(fields),
        instruction=_optional_text(fields, "instruction"),
        text=_optional_text(fields, "text"),
        targets=targets,
        choices=choices_of(fields, targets),
    )


def _optional_text(fields: Fields, key: str) -> str:
    value = fields.get(key)
    return "" if value is None else text_of(value, key)
