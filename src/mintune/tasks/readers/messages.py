"""Hugging Face's chat format: the content of a message is a list of parts, each an image or a text.

    {"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What is it?"}]},
                  {"role": "assistant", "content": [{"type": "text", "text": "A cat"}]}],
     "images": [{"bytes": ..., "path": null}]}

An image stands in `images`, in the order of the image parts, or inside its part under `image` or `path`.
Source: https://huggingface.co/docs/transformers/chat_templating_multimodal.
"""

from __future__ import annotations

from collections.abc import Mapping

from mintune.tasks.readers.chat import MARK, Turn, role_of, row_of, turns_of
from mintune.tasks.readers.rows import Fields, ImageSource, RawRow, RowError, image_of, images_of, show, text_of


def fits(fields: Fields) -> bool:
    """Whether a row looks like this format."""
    turns = fields.get("messages")
    return isinstance(turns, list) and any(
        isinstance(turn, dict) and isinstance(turn.get("content"), list) for turn in turns
    )


def read(fields: Fields) -> RawRow:
    """One row: its first question and answer. RowError names the key that is wrong."""
    _, messages = turns_of(fields, "messages")
    turns: list[Turn] = []
    inline: list[ImageSource] = []
    for message in messages:
        if not isinstance(message, Mapping):
            raise RowError(f"messages: expected an object with role and content, found {show(message)}")
        words, images = _content_of(message.get("content"))
        turns.append(Turn(role_of(message.get("role"), "role"), words))
        inline += images
    return row_of(fields, turns, images_of(fields) or tuple(inline))


def _content_of(content: object) -> tuple[str, list[ImageSource]]:
    """The words of a message, with a mark for each image, and the images that stand in its parts."""
    if not isinstance(content, list):
        return text_of(content, "content"), []
    words: list[str] = []
    images: list[ImageSource] = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind == "text":
            words.append(text_of(part.get("text"), "content.text"))
        elif kind == "image":
            words.append(MARK)
            source = part.get("image") or part.get("path")
            if source is not None:
                images.append(image_of(source, "content.image"))
        else:
            raise RowError(f"content: expected parts of type image or text, found {show(part)}")
    return "\n".join(words), images
