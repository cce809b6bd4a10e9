"""Split prompts into the task's instruction and each example's text.

Formats that keep both in one prompt (LLaVA, ShareGPT, Hugging Face messages) are split so: what all prompts of a task
begin and end with is the instruction. It is cut at whole sentences or lines where the prompts share any ("Look at
the picture. | What is red? | Answer briefly."), else between words ("Is there a | cat | in the picture?"), where at
least LEAST_WORDS of them are shared: statements that all begin with "The" are not told what to do by it. Where all
prompts are equal they are instruction and no text; where nothing is common the instruction is empty. A single prompt
that shares nothing with the others therefore leaves the task without an instruction: `mintune check` tells, and
`instruction:` in mintune.yaml names one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce

GAP = " … "
"""Stands in an instruction where the text was cut out of the middle of a sentence."""

LEAST_WORDS = 3
"""Fewer words shared within sentences, beginning and end together, are chance ("The", "Is the") and no instruction."""

_SENTENCE_END = re.compile(r"[.!?:;](?=\s)|[。！？：；]|\n")


@dataclass(frozen=True, slots=True)
class PromptSplit:
    """What all prompts of a task begin with (`head`) and end with (`tail`).

    `by_sentence` tells whether head and tail are whole sentences or lines.
    """

    head: str
    tail: str
    by_sentence: bool

    @property
    def instruction(self) -> str:
        """Head and tail as one instruction."""
        parts = [part for part in (self.head.strip(), self.tail.strip()) if part]
        return ("\n" if self.by_sentence else GAP).join(parts)

    def text_of(self, prompt: str) -> str:
        """What is this prompt's own: what stands between head and tail."""
        prompt = prompt.strip()
        return prompt[len(self.head) : len(prompt) - len(self.tail)].strip()


def split_prompts(prompts: Sequence[str]) -> PromptSplit:
    """Find the common beginning and end of a task's prompts.

    Args:
        prompts: the prompts of all examples, white space around them ignored.
    """
    prompts = [prompt.strip() for prompt in set(prompts)]
    if len(set(prompts)) < 2:
        return PromptSplit(prompts[0] if prompts else "", "", by_sentence=True)
    by_sentence = _cut(prompts, _sentence_cuts)
    if by_sentence.head or by_sentence.tail:
        return PromptSplit(by_sentence.head, by_sentence.tail, by_sentence=True)
    by_word = _cut(prompts, _word_cuts)
    is_chance = len(by_word.head.split()) + len(by_word.tail.split()) < LEAST_WORDS
    return PromptSplit("", "", by_sentence=False) if is_chance else by_word


def texts_beside(instruction: str, prompts: Sequence[str]) -> list[str]:
    """Each prompt's own text where the instruction is given: the prompt without it, else the whole prompt.

    It is taken away only where every prompt begins or ends with it, at the border of a word, so that texts of a task
    stay alike and no word is lost.

    Args:
        instruction: the given one, white space around it ignored.
        prompts: the prompts of all examples, as in `split_prompts`.
    """
    prompts = [prompt.strip() for prompt in prompts]
    texts = [_without(instruction.strip(), prompt) for prompt in prompts]
    return prompts if None in texts else [text for text in texts if text is not None]


def _without(instruction: str, prompt: str) -> str | None:
    """The prompt without the instruction that it begins or ends with; None where it does neither."""
    begin, end = len(instruction), len(prompt) - len(instruction)
    if prompt.startswith(instruction) and not _is_in_a_word(prompt, begin):
        return prompt[begin:].strip()
    if prompt.endswith(instruction) and not _is_in_a_word(prompt, end):
        return prompt[:end].strip()
    return None


def _is_in_a_word(text: str, at: int) -> bool:
    return re.fullmatch(r"\w\w", text[at - 1 : at + 1]) is not None


Cuts = Callable[[str], list[int]]
"""Where a prompt may be cut, as positions in it, in rising order."""


def _cut(prompts: Sequence[str], cuts: Cuts) -> PromptSplit:
    """The longest head at which every prompt may be cut, then the longest tail of what is left."""
    head = _common_prefix(prompts)
    at = _shared({cut for cut in cuts(prompt) if cut <= len(head)} for prompt in prompts)
    head = head[: max(at, default=0)]
    rests = [prompt[len(head) :] for prompt in prompts]
    tail = _common_prefix([rest[::-1] for rest in rests])[::-1]
    lengths = _shared(
        {len(prompt) - cut for cut in cuts(prompt) if cut >= len(prompt) - len(tail)} for prompt in prompts
    )
    tail = tail[len(tail) - max(lengths, default=0) :]
    return PromptSplit(head, tail, by_sentence=False)


def _common_prefix(texts: Sequence[str]) -> str:
    low, high = min(texts), max(texts)
    same = (index for index, (one, other) in enumerate(zip(low, high, strict=False)) if one != other)
    return low[: next(same, min(len(low), len(high)))]


def _shared(positions: Iterable[set[int]]) -> set[int]:
    """What all of at least one set hold; one of them at a time is in memory."""
    return reduce(set.intersection, positions)


def _word_cuts(prompt: str) -> list[int]:
    """Before and behind the prompt, and on either side of white space."""
    return [0, *(edge for found in re.finditer(r"\s+", prompt) for edge in found.span()), len(prompt)]


def _sentence_cuts(prompt: str) -> list[int]:
    """Before and behind the prompt, and behind each sentence or line."""
    return [0, *(found.end() for found in _SENTENCE_END.finditer(prompt)), len(prompt)]
