"""Make sure that a batch changes no answer: ask the same questions one at a time and together.

Company changes scores by rounding only. Where it changes more (a mask, a place or a cache that is wrong for this
model), everything measured afterwards would measure the batching, so a run stops here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

from mintune.errors import BackboneError
from mintune.models.answering import Question, answer

if TYPE_CHECKING:
    from mintune.models.backbone import Backbone


def self_test(
    backbone: Backbone,
    questions: Sequence[Question],
    *,
    batch_size: int = 64,
    tolerance: float | None = None,
    adapter: str | None = None,
    num_questions: int = 32,
) -> float:
    """Compare answers given one at a time with answers given in batches, on a `sample` of the questions.

    `tolerance` is in nats a token; off: 1e-3 for float32 weights, 0.1 for shorter ones. Returns the largest
    difference of a choice's score. BackboneError where it exceeds the tolerance, or an open answer differs in
    float32.
    """
    exact = backbone.model.dtype == torch.float32
    limit = tolerance if tolerance is not None else (1e-3 if exact else 0.1)
    chosen = sample(questions, num_questions)
    alone = answer(backbone, chosen, batch_size=1, adapter=adapter)
    # Questions on the same pictures are read together, so each comes with another of that kind where there is one.
    company = [*chosen, *companions(chosen, questions)]
    together = answer(backbone, company, batch_size=batch_size, adapter=adapter)[: len(chosen)]
    worst = 0.0
    for question, one, other in zip(chosen, alone, together, strict=True):
        if one.scores is None or other.scores is None:
            gap = math.inf if exact and one.answer != other.answer else 0.0
        else:
            gap = max(abs(a - b) for a, b in zip(one.scores, other.scores, strict=True))
        if gap > limit:
            raise BackboneError(
                f"backbone: {backbone.name} answers {question.task}/{question.example_id} ({question.view}) with "
                f"{one.answer!r} alone and {other.answer!r} in a batch of {batch_size}; scores differ by {gap:.2g}, "
                f"accepted: {limit:.2g} nats a token"
            )
        worst = max(worst, gap)
    return worst


def companions(chosen: Sequence[Question], questions: Sequence[Question]) -> list[Question]:
    """For each chosen closed question with pictures, another one on the same pictures, where there is one."""
    wanted = {_sight(question): question for question in chosen if question.choices and question.shown.images}
    found = {
        _sight(question): question
        for question in questions
        if _sight(question) in wanted and question.shown != wanted[_sight(question)].shown
    }
    return list(found.values())


def _sight(question: Question) -> tuple[object, ...]:
    return question.choices, *(image.sha256 for image in question.shown.images)


def sample(questions: Sequence[Question], most: int) -> list[Question]:
    """At most `most` questions: of each view, closed and open, as many as of any other, where there are as many.

    Those of one kind are spread evenly over the order given, each kind from another place on, so that different kinds
    fall on different tasks and examples. Nothing is drawn: the same questions give the same sample.
    """
    kinds: dict[tuple[str, bool], list[int]] = {}
    for index, question in enumerate(questions):
        kinds.setdefault((question.view, question.choices is None), []).append(index)
    counts = _evenly(min(most, len(questions)), [len(members) for members in kinds.values()])
    chosen = [
        members[(place * len(kinds) + number) * len(members) // (count * len(kinds))]
        for number, (members, count) in enumerate(zip(kinds.values(), counts, strict=True))
        for place in range(count)
    ]
    return [questions[index] for index in sorted(chosen)]


def _evenly(total: int, sizes: Sequence[int]) -> list[int]:
    """Counts that sum to `total`, none above its size, as equal as that allows; one more for the earlier."""
    counts = [0] * len(sizes)
    while sum(counts) < total:
        open_kinds = [kind for kind, size in enumerate(sizes) if counts[kind] < size]
        for kind in open_kinds[: total - sum(counts)]:
            counts[kind] += 1
    return counts
