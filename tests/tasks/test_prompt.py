"""A prompt is split into what all prompts share and what is its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mintune.tasks.prompt import split_prompts, texts_beside

WORDS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=6).map(" ".join)
PROMPTS = st.lists(st.one_of(WORDS, st.text(max_size=20)), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("prompts", "instruction", "texts"),
    [
        (["What is it?", "What is it?"], "What is it?", ["", ""]),
        (["one two", "three four"], "", ["one two", "three four"]),
        (
            ["Look well.\nIs it red?\nAnswer briefly.", "Look well.\nWho is it?\nAnswer briefly."],
            "Look well.\nAnswer briefly.",
            ["Is it red?", "Who is it?"],
        ),
        (
            ["Is there a cat in it? Answer yes or no.", "Is there a dog in it? Answer yes or no."],
            "Answer yes or no.",
            ["Is there a cat in it?", "Is there a dog in it?"],
        ),
        (["Does big cat fit the image", "Does old dog fit the image"], "Does … fit the image", ["big cat", "old dog"]),
        (
            ["The lamp is on. It shines.", "The box is red."],
            "",
            ["The lamp is on. It shines.", "The box is red."],
        ),
        (["Is the lamp on", "Is the box on"], "Is the … on", ["lamp", "box"]),
        (["Is the lamp on", "Is the box open"], "", ["Is the lamp on", "Is the box open"]),
        (["Question: what", "Question: where"], "Question:", ["what", "where"]),
        (["Name it.", "Name it. It is old."], "Name it.", ["", "It is old."]),
        (["絵を見て。猫ですか？", "絵を見て。犬ですか？"], "絵を見て。", ["猫ですか？", "犬ですか？"]),
        ([], "", []),
    ],
)
def test_common_sentences_else_common_words_are_the_instruction(
    prompts: list[str], instruction: str, texts: list[str]
) -> None:
    split = split_prompts(prompts)
    assert split.instruction == instruction
    assert [split.text_of(prompt) for prompt in prompts] == texts


@given(PROMPTS)
def test_head_text_and_tail_are_the_prompt(prompts: list[str]) -> None:
    split = split_prompts(prompts)
    for prompt in prompts:
        assert _letters(split.head + split.text_of(prompt) + split.tail) == _letters(prompt)


@given(st.lists(WORDS, min_size=1, max_size=6))
def test_no_word_is_cut(prompts: list[str]) -> None:
    split = split_prompts(prompts)
    for prompt in prompts:
        words = prompt.split()
        head, tail = split.head.split(), split.tail.split()
        assert words[: len(head)] == head
        assert words[len(words) - len(tail) :] == tail
        assert len(head) + len(tail) <= len(words)


@given(st.lists(WORDS, min_size=2, max_size=6, unique=True))
def test_what_is_left_of_an_instruction_has_no_common_word_at_either_end(prompts: list[str]) -> None:
    split = split_prompts(prompts)
    texts = [split.text_of(prompt).split() for prompt in prompts]
    if split.instruction and all(texts):
        assert len({text[0] for text in texts}) > 1
        assert len({text[-1] for text in texts}) > 1


@given(st.lists(WORDS, min_size=2, max_size=6, unique=True))
def test_a_cut_between_words_leaves_three_words_of_instruction_or_none(prompts: list[str]) -> None:
    split = split_prompts(prompts)
    assert len(split.head.split()) + len(split.tail.split()) not in {1, 2}


@given(PROMPTS, st.randoms())
def test_order_and_repetition_do_not_matter(prompts: list[str], random: object) -> None:
    shuffled = [*prompts, prompts[0]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split_prompts(shuffled) == split_prompts(prompts)


@given(WORDS)
def test_equal_prompts_are_all_instruction(prompt: str) -> None:
    split = split_prompts([prompt] * 3)
    assert (split.instruction, split.text_of(prompt)) == (prompt, "")


@given(WORDS, st.lists(WORDS, min_size=2, max_size=5, unique=True))
def test_a_line_put_before_all_prompts_is_instruction(line: str, prompts: list[str]) -> None:
    split = split_prompts([f"{line}.\n{prompt}" for prompt in prompts])
    assert split.instruction.startswith(f"{line}.")


@pytest.mark.parametrize(
    ("instruction", "prompts", "texts"),
    [
        ("Is it?", ["Is it? A cat.", "A dog.\nIs it?"], ["A cat.", "A dog."]),
        ("Is it?", ["Is it? A cat.", "A dog."], ["Is it? A cat.", "A dog."]),
        ("Is it?\n", ["Is it?"], [""]),
        ("Is", ["Island", "Is it"], ["Island", "Is it"]),
        ("it", ["Is it", "bait"], ["Is it", "bait"]),
        ("Decide.", [" one two "], ["one two"]),
        ("a+", ["a+ b", "c a+"], ["b", "c"]),
        ("絵を見て。", ["絵を見て。猫ですか？"], ["猫ですか？"]),
        ("", ["one", "two"], ["one", "two"]),
    ],
)
def test_a_given_instruction_is_taken_away_where_all_prompts_say_it(
    instruction: str, prompts: list[str], texts: list[str]
) -> None:
    assert texts_beside(instruction, prompts) == texts


@given(WORDS, PROMPTS)
def test_beside_a_given_instruction_no_word_is_lost(instruction: str, prompts: list[str]) -> None:
    for text, prompt in zip(texts_beside(instruction, prompts), prompts, strict=True):
        assert _letters(prompt) in {
            _letters(text),
            _letters(instruction + text),
            _letters(text + instruction),
        }


def _letters(words: str) -> str:
    return "".join(words.split())
