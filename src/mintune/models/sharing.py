"""Read once what several prompts begin with: the pictures, and whatever words follow them alike.

The views `image` and `both` of an example, or several questions on one picture, differ only behind the picture, and
the picture is most of a prompt. Their common beginning is read as one prompt; what each goes on with, and its choices
behind that, hang on it as branches of one tree of tokens, each seeing the beginning and itself (`choosing.py`).
Knows tokens; not what they ask.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mintune.models.choosing import ChoiceTree, hung

if TYPE_CHECKING:
    from mintune.models.encoding import Encoded

WORTHWHILE = 1 / 4
"""The share of their tokens that prompts must save by their pictures alone, since two short passes cost more than one
as long: on `mintune/tiny`, whose picture is nine tokens, the views of an example save a tenth and gain nothing."""

MOST_TOGETHER = 8
"""Prompts that may share a beginning: attention to the other branches is computed and thrown away."""


def is_worthwhile(num_picture_tokens: int, num_tokens: Sequence[int]) -> bool:
    """Whether prompts of so many tokens, so many of them the same pictures', are asked faster together than apart."""
    return num_picture_tokens * (len(num_tokens) - 1) >= WORTHWHILE * sum(num_tokens)


def fold(prompts: Sequence[Encoded], tree: ChoiceTree, image_ids: Collection[int]) -> list[tuple[Encoded, ChoiceTree]]:
    """Prompts with the same pictures and choices, as few rows as they can be read in.

    Args:
        prompts: without answers; one alone stays as it is.
        tree: the choices of each.
        image_ids: the tokens that stand for pictures.

    Returns:
        One row, the common beginning with everything else as its tree, whose choices are those of the first prompt,
        then those of the second and so on; or a row each, where they have no beginning with all pictures in common.
    """
    size = common_beginning(prompts, image_ids) if len(prompts) > 1 else 0
    if size == 0:
        return [(prompt, tree) for prompt in prompts]
    beginning = replace(
        prompts[0],
        ids=prompts[0].ids[:size],
        answer_from=size,
        is_truncated=any(prompt.is_truncated for prompt in prompts),
    )
    return [(beginning, hung(tree, [prompt.ids[size:] for prompt in prompts]))]


def common_beginning(prompts: Sequence[Encoded], image_ids: Collection[int]) -> int:
    """How many first tokens the prompts share, short of any of them whole; 0 where a picture would stand behind."""
    first = prompts[0]
    most = min(map(len, prompts)) - 1
    size = next(
        (place for place in range(most) if any(prompt.ids[place] != first.ids[place] for prompt in prompts)), most
    )
    is_whole = all(prompt.images == first.images for prompt in prompts)
    has_picture_behind = any(token in image_ids for prompt in prompts for token in prompt.ids[size:])
    return size if is_whole and not has_picture_behind else 0
