"""Ask a backbone questions in bulk and keep every answer.

Each distinct question (what is shown, its choices, the model, the adapter, the decoding) is asked once, ever: answers
lie in a content-addressed journal that is written after each batch. Closed questions on the same pictures share the
reading of them (`sharing.py`). Batches are planned over all questions of a call,
the known ones too, and only what is missing is run; so a call that was killed and made again runs the same remaining
batches and ends in the same answers. Scores of one question in other company differ by rounding alone (`checking.py`
makes sure of it).
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from mintune.errors import BackboneError
from mintune.models import adapters
from mintune.models.backbone import evaluating
from mintune.models.choosing import ChoiceTree, score_choices, tree_of
from mintune.models.encoding import MAX_TEXT_TOKENS, Encoded, Encoder
from mintune.models.generating import Sampling, generate
from mintune.models.sharing import MOST_TOGETHER, fold, is_worthwhile
from mintune.records import Prediction, View
from mintune.run import Journal, digest

if TYPE_CHECKING:
    from pathlib import Path

    from mintune.models.backbone import Backbone
    from mintune.models.showing import Shown

MAX_NEW_TOKENS = 16
"""Tokens of an open answer where nothing is said of its task."""

MAX_BATCH_TOKENS = 32_768
"""Tokens of a batch with its padding and with what is read or written behind its prompts; batches of long prompts hold
fewer than `batch_size`."""

DECODING = 4
"""Raised whenever the same question would get another answer or score by this module's doing."""


@dataclass(frozen=True, slots=True)
class Question:
    """One example under one view. `choices` closes the answer; None leaves it open.

    `draw` says which of several answers this asks for; `sampling` how an open one is drawn, None to write it greedily.
    """

    task: str
    example_id: str
    view: View
    shown: Shown
    choices: tuple[str, ...] | None
    draw: int = 0
    sampling: Sampling | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `num_tokens` counts the prompt's, `is_truncated` says that its text was cut to fit.

    `is_cut` says that an open answer was as long as it may be and had not ended.
    """

    text: str
    scores: tuple[float, ...] | None
    num_tokens: int
    is_truncated: bool
    is_cut: bool = False


@dataclass
class Tally:
    """What answering took, summed over the calls it is handed to.

    Questions and the tokens of their prompts count whether they were asked now or known; `num_asked` and `num_batches`
    are of this process alone.
    """

    num_questions: int = 0
    num_asked: int = 0
    num_tokens: int = 0
    num_batches: int = 0
    num_truncated: int = 0
    num_cut: int = 0


class AnswerCache:
    """Answers by the digest of everything that decides them, in a journal that survives a kill (or in memory only)."""

    def __init__(self, path: Path | None = None) -> None:
        self._journal = Journal(path) if path is not None else None
        self._answers: dict[str, Answer] = {}
        for batch in self._journal or ():
            for key, text, scores, *rest in batch["answers"]:
                self._answers[key] = Answer(text, tuple(scores) if scores is not None else None, *rest)

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, key: str) -> bool:
        return key in self._answers

    def __getitem__(self, key: str) -> Answer:
        return self._answers[key]

    def add(self, answers: dict[str, Answer]) -> None:
        """Keep a batch of answers, on disk before in memory; a kill leaves all of it or nothing."""
        if self._journal is not None:
            self._journal.append([{"answers": [(key, *dataclasses.astuple(one)) for key, one in answers.items()]}])
        self._answers.update(answers)


@dataclass(frozen=True, slots=True)
class _Planned:
    """Distinct questions that are read together, with what planning needs of them, whether known or not.

    More than one only where they are closed, show the same pictures and have the same choices. `num_tokens` are those
    of each question's prompt; `num_further` those behind all of them: nodes of the trees of choices, or the longest
    open answer. `missing` are the prompts of those whose answer is not known, by key. `sampling` is an open one's.
    """

    choices: tuple[str, ...] | None
    num_tokens: tuple[int, ...]
    num_further: int
    missing: dict[str, Encoded]
    sampling: Sampling | None = None

    @property
    def order(self) -> tuple[bool, int, int, int]:
        """Neighbours in this order are alike in beginnings and branches."""
        return bool(self.choices), self.num_further, min(self.num_tokens), sum(self.num_tokens)


def answer(
    backbone: Backbone,
    questions: Sequence[Question],
    *,
    batch_size: int = 64,
    cache: AnswerCache | None = None,
    adapter: str | None = None,
    max_new_tokens: int | Mapping[str, int] = MAX_NEW_TOKENS,
    progress: Callable[[int], None] | None = None,
    tally: Tally | None = None,
) -> list[Prediction]:
    """Answer questions; predictions come in their order.

    Args:
        backbone: who answers.
        questions: closed ones are scored (`choosing.py`), open ones written greedily or sampled (`generating.py`).
        batch_size: prompts read at once, fewer where they are long.
        cache: where answers are looked up and kept; off: for this call only.
        adapter: the attached adapter that acts; none: the base alone. Whatever acted before acts again afterwards.
        max_new_tokens: longest open answer, of all tasks or of each by name (`lengths.py`; MAX_NEW_TOKENS where a task
            is not named).
        progress: called with how many questions were answered since the last call; never where all were known.
        tally: told what it took.

    Returns:
        One prediction a question. A closed one has a score a choice (mean log-likelihood a token, in nats) and the
        first of the best choices as its answer.

    Raises:
        BackboneError: where a score is not a number, or a prompt cannot be made to fit.
        DataError: where a picture cannot be decoded.
    """
    cache = cache if cache is not None else AnswerCache()
    tally = tally if tally is not None else Tally()
    report = progress if progress is not None else _ignore
    with adapters.activated(backbone, adapter), evaluating(backbone):
        limits = [_limit(question, max_new_tokens) for question in questions]
        keys = _keys(backbone, questions, limits, adapter)
        counts: dict[str, int] = {}
        for key in keys:
            counts[key] = counts.get(key, 0) + 1
        if any(key not in cache for key in keys):
            report(sum(count for key, count in counts.items() if key in cache))
        asker = _Asker(backbone)
        asked = dict(zip(keys, zip(questions, limits, strict=True), strict=True))
        for batch in asker.plan(asked, cache, batch_size):
            answers = asker.ask(batch)
            cache.add(answers)
            report(sum(counts[key] for key in answers))
            tally.num_asked += len(answers)
            tally.num_batches += 1
    tally.num_questions += len(questions)
    tally.num_tokens += sum(count * cache[key].num_tokens for key, count in counts.items())
    tally.num_truncated += sum(count for key, count in counts.items() if cache[key].is_truncated)
    tally.num_cut += sum(count for key, count in counts.items() if cache[key].is_cut)
    return [
        Prediction(
            question.task,
            question.example_id,
            question.view,
            cache[key].text,
            cache[key].scores,
            draw=question.draw,
        )
        for key, question in zip(keys, questions, strict=True)
    ]


class _Asker:
    """Plans and runs the batches of one call."""

    def __init__(self, backbone: Backbone) -> None:
        self._backbone = backbone
        self._encoder = Encoder(backbone)
        self._trees: dict[tuple[str, ...], ChoiceTree] = {}
        ends = backbone.model.generation_config.eos_token_id
        self._end_ids = {
            self._encoder.end_id,
            *(ends if isinstance(ends, list) else [ends] if ends is not None else []),
        }

    def plan(
        self, questions: dict[str, tuple[Question, int]], cache: AnswerCache, batch_size: int
    ) -> Iterator[list[_Planned]]:
        """Batches of like questions, shortest first: cut over all, then without those whose answer is known.

        Each question comes with the tokens that its open answer may have.
        """
        missing = {key: question for key, (question, _) in questions.items() if key not in cache}
        if not missing:
            return
        # Known questions' pictures too: what was computed together must not depend on what a kill left behind.
        self._backbone.vision.look(image for question, _ in questions.values() for image in question.shown.images)
        encoded = self._encoder.prompts([question.shown for question in missing.values()])
        fresh = dict(zip(missing, encoded, strict=True))
        num_tokens = {key: cache[key].num_tokens if key in cache else len(fresh[key]) for key in questions}
        planned = []
        for keys in self._together(questions, num_tokens, min(batch_size, MOST_TOGETHER)):
            question, limit = questions[keys[0]]
            further = self._tree(question.choices).num_nodes * len(keys) if question.choices else limit
            unknown = {key: fresh[key] for key in keys if key in fresh}
            tokens = tuple(num_tokens[key] for key in keys)
            planned.append(_Planned(question.choices, tokens, further, unknown, question.sampling))
        planned.sort(key=lambda one: one.order)
        for batch in _cut(planned, batch_size):
            if rest := [one for one in batch if one.missing]:
                yield rest

    def _together(
        self, questions: Mapping[str, tuple[Question, int]], num_tokens: Mapping[str, int], most: int
    ) -> Iterator[list[str]]:
        """Keys of questions that are read together: closed ones on the same pictures and choices, where that saves."""
        groups: dict[object, list[str]] = {}
        for key, (question, _) in questions.items():
            pictures = tuple(image.sha256 for image in question.shown.images)
            groups.setdefault((pictures, question.choices) if pictures and question.choices else key, []).append(key)
        for keys in groups.values():
            images = questions[keys[0]][0].shown.images
            num_seen = sum(len(self._backbone.vision.sight(image.sha256).token_ids) for image in images)
            for start in range(0, len(keys), most):
                part = keys[start : start + most]
                saves = is_worthwhile(num_seen, [num_tokens[key] for key in part])
                yield from [part] if saves else ([key] for key in part)

    def ask(self, planned: Sequence[_Planned]) -> dict[str, Answer]:
        """Run one batch, all closed or all open."""
        with torch.inference_mode():
            return self._choose(planned) if planned[0].choices else self._write(planned)

    def _choose(self, planned: Sequence[_Planned]) -> dict[str, Answer]:
        """Answer closed questions, those on the same pictures over one reading of them."""
        asked = [(key, prompt, one.choices or ()) for one in planned for key, prompt in one.missing.items()]
        image_ids = self._encoder.image_ids
        rows = [
            row for one in planned for row in fold(list(one.missing.values()), self._tree(one.choices or ()), image_ids)
        ]
        batch = self._encoder.collate([prompt for prompt, _ in rows])
        flat = itertools.chain.from_iterable(score_choices(self._backbone, batch, [tree for _, tree in rows]))
        answers = {}
        for key, prompt, choices in asked:
            text, scores = _best(choices, tuple(itertools.islice(flat, len(choices))))
            answers[key] = Answer(text, scores, len(prompt), prompt.is_truncated)
        return answers

    def _write(self, planned: Sequence[_Planned]) -> dict[str, Answer]:
        """Answer open questions."""
        prompts = {key: prompt for one in planned for key, prompt in one.missing.items()}
        limits = [one.num_further for one in planned]
        sampling = [one.sampling for one in planned]
        batch = self._encoder.collate(list(prompts.values()))
        written = generate(self._backbone, batch, end_ids=self._end_ids, max_new_tokens=limits, sampling=sampling)
        decode = self._backbone.tokenizer.decode
        return {
            key: Answer(
                decode(ids, skip_special_tokens=True).strip(), None, len(prompt), prompt.is_truncated, len(ids) == limit
            )
            for (key, prompt), ids, limit in zip(prompts.items(), written, limits, strict=True)
        }

    def _tree(self, choices: tuple[str, ...]) -> ChoiceTree:
        if choices not in self._trees:
            self._trees[choices] = tree_of(self._encoder, choices)
        return self._trees[choices]


def _best(choices: tuple[str, ...], scores: tuple[float, ...]) -> tuple[str, tuple[float, ...] | None]:
    if not all(math.isfinite(score) for score in scores):
        raise BackboneError(f"backbone: a choice of {', '.join(choices)} scored {scores}; expected finite numbers")
    return choices[scores.index(max(scores))], scores


def _cut(planned: Sequence[_Planned], batch_size: int) -> Iterator[list[_Planned]]:
    """Neighbours in order, closed and open apart, no more than `batch_size` and MAX_BATCH_TOKENS with padding."""
    batch: list[_Planned] = []
    count = tokens = further = 0
    for one in planned:
        tokens, further = max(tokens, sum(one.num_tokens)), max(further, one.num_further)
        cost = (len(batch) + 1) * (tokens + further)
        mixed = batch and bool(batch[0].choices) != bool(one.choices)
        if batch and (count + len(one.num_tokens) > batch_size or cost > MAX_BATCH_TOKENS or mixed):
            yield batch
            batch = []
            count, tokens, further = 0, sum(one.num_tokens), one.num_further
        batch.append(one)
        count += len(one.num_tokens)
    if batch:
        yield batch


def _limit(question: Question, max_new_tokens: int | Mapping[str, int]) -> int:
    """Tokens that the answer to an open question may have; 0 for a closed one."""
    if question.choices:
        return 0
    if isinstance(max_new_tokens, int):
        return max_new_tokens
    return max_new_tokens.get(question.task, MAX_NEW_TOKENS)


def _keys(backbone: Backbone, questions: Sequence[Question], limits: Sequence[int], adapter: str | None) -> list[str]:
    """The digest of everything that decides each answer."""
    weights = adapters.fingerprint_of_weights(adapters.adapter_weights(backbone, adapter)) if adapter else None
    setting = digest(DECODING, backbone.fingerprint, weights, MAX_TEXT_TOKENS)
    return [
        digest(setting, *_content(one.shown), one.choices, limit, *_drawn(one))
        for one, limit in zip(questions, limits, strict=True)
    ]


def _drawn(question: Question) -> tuple[object, ...]:
    """What tells one drawn answer from another; nothing of one that is scored or written greedily."""
    if question.choices or question.sampling is None:
        return ()
    return "sampled", question.sampling.temperature, question.sampling.seed


def _content(shown: Shown) -> tuple[object, ...]:
    """What is shown as plain values."""
    return shown.words, shown.text_from, shown.text_to, [image.sha256 for image in shown.images]


def _ignore(_: int) -> None:
    pass
