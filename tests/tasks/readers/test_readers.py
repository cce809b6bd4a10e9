"""Every format says the same thing in its own way, and is recognised by its first row."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from mintune.config import TaskSettings
from mintune.tasks.readers.formats import READERS, format_of
from mintune.tasks.readers.rows import RowError

PICTURE = b"encoded"
DOCS = Path(__file__).resolve().parents[3] / "docs" / "tasks.md"

ROWS: dict[str, dict[str, Any]] = {
    "native": {"id": "7", "images": ["a.png"], "instruction": "Name it.", "text": "It is old.", "target": "cat"},
    "llava": {
        "id": "7",
        "image": "a.png",
        "conversations": [
            {"from": "human", "value": "<image>\nName it.\nIt is old."},
            {"from": "gpt", "value": "cat"},
        ],
    },
    "sharegpt": {
        "id": "7",
        "messages": [
            {"role": "user", "content": "<image>Name it.\nIt is old."},
            {"role": "assistant", "content": "cat"},
        ],
        "images": ["a.png"],
    },
    "messages": {
        "id": "7",
        "messages": [
            {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Name it.\nIt is old."}]},
            {"role": "assistant", "content": [{"type": "text", "text": "cat"}]},
        ],
        "images": [{"bytes": None, "path": "a.png"}],
    },
}


def chat(*words: str, **others: Any) -> dict[str, Any]:
    roles = ("user", "assistant")
    turns = [{"role": roles[index % 2], "content": said} for index, said in enumerate(words)]
    return {"messages": turns, **others}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_recognised_and_read(name: str) -> None:
    assert format_of(ROWS[name]) == name
    row = READERS[name].read(ROWS[name])
    said = "\n".join(part for part in (row.instruction, row.text) if part)
    assert (row.id, row.images, said, row.targets) == ("7", ("a.png",), "Name it.\nIt is old.", ("cat",))
    assert (row.instruction is None) == (name != "native")


def test_the_table_is_what_the_configuration_and_the_documentation_offer() -> None:
    offered = set(get_args(TaskSettings.model_fields["format"].annotation)) - {"auto"}
    assert offered == set(READERS) == set(ROWS)
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in text for name in READERS)


def test_a_row_of_no_format_is_recognised_as_such() -> None:
    assert format_of({"question": "What is it?", "answer": "cat"}) is None


def test_llama_factory_keeps_from_and_value_beside_a_list_of_images() -> None:
    row = {**ROWS["llava"], "image": None, "images": ["a.png"]}
    assert READERS["llava"].read(row).images == ("a.png",)


def test_only_the_first_question_and_answer_of_a_chat_are_used_and_the_rest_is_counted() -> None:
    row = READERS["sharegpt"].read(chat("one?", "1", "two?", "2", "three?", "3"))
    assert (row.text, row.targets, row.turns_left) == ("one?", ("1",), 2)


def test_images_of_later_turns_are_left_out_with_them() -> None:
    row = READERS["sharegpt"].read(chat("<image>one?", "1", "<image>two?", "2", images=["a.png", "b.png"]))
    assert row.images == ("a.png",)


def test_a_system_message_stands_before_the_question() -> None:
    fields = chat("<image>What is it?", "cat", images=["a.png"])
    fields["messages"].insert(0, {"role": "system", "content": "You are brief."})
    assert READERS["sharegpt"].read(fields).text == "You are brief.\nWhat is it?"


def test_marks_leave_no_gap_in_the_words() -> None:
    row = READERS["sharegpt"].read(chat("<image>\n<image> Which of <image> is it?", "b", images=["a", "b", "c"]))
    assert row.text == "Which of is it?"


def test_images_may_stand_in_the_parts_of_a_message() -> None:
    parts = [{"type": "image", "image": {"bytes": PICTURE, "path": None}}, {"type": "text", "text": "What?"}]
    row = READERS["messages"].read({"messages": [{"role": "user", "content": parts}, *chat("", "cat")["messages"][1:]]})
    assert row.images == (PICTURE,)


def test_bytes_count_before_a_path() -> None:
    assert READERS["sharegpt"].read(chat("What?", "cat", images=[{"bytes": PICTURE, "path": "a.png"}])).images == (
        PICTURE,
    )


def test_chats_may_carry_split_and_choices() -> None:
    row = READERS["sharegpt"].read(chat("Is it?", "yes", split="val", choices=["yes", "no"]))
    assert (row.split, row.choices) == ("validation", ("yes", "no"))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("native", {"target": None}, "target: missing"),
        ("native", {"target": []}, "target: an empty list"),
        ("native", {"targets": ["cat", " "]}, "targets: an empty answer"),
        ("native", {"target": 3}, "target: expected text, found 3"),
        ("native", {"target": float("nan")}, "target: expected text, found nan"),
        ("native", {"text": float("nan")}, "text: expected text, found nan"),
        ("native", {"text": "x" * 100_001}, "text: 100,001 characters; accepted up to 100,000"),
        ("native", {"choices": ["cat"]}, "choices: 1 given"),
        ("native", {"choices": []}, "choices: 0 given"),
        ("native", {"choices": "cat"}, "choices: expected a list"),
        ("native", {"choices": ["cat", "dog", "dog"]}, "choices: 'dog' is listed more than once"),
        ("native", {"choices": ["dog", "cow"]}, "target: 'cat' is not among the choices"),
        ("native", {"split": "holdout"}, "split: 'holdout'; accepted: train, validation, test"),
        ("native", {"images": [3]}, "images: expected a path"),
        ("native", {"images": [{"bytes": b"", "path": None}]}, "images: expected a path"),
        ("native", {"id": ["a"]}, "id: expected text"),
        ("llava", {"conversations": []}, "turns: no user message"),
        ("llava", {"conversations": "hello"}, "conversations: missing"),
        ("llava", {"conversations": [{"from": "cat", "value": "x"}]}, "from: 'cat'; accepted: human"),
        ("llava", {"conversations": [{"from": "human", "value": "x"}]}, "turns: the first user message has no answer"),
        ("llava", {"image": ["a.png", "b.png"]}, "images: 2 given, and 1 marked by <image>"),
        ("llava", {"image": None}, "images: 0 given, and 1 marked by <image>"),
        ("sharegpt", {"messages": ["hello"]}, "turn: expected an object"),
        ("sharegpt", {"messages": [{"role": "user", "content": 3}]}, "content: expected text, found 3"),
        ("messages", {"messages": ["hello"]}, "messages: expected an object"),
        ("messages", {"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "content: expected parts"),
    ],
)
def test_a_wrong_row_is_refused_by_the_key_that_is_wrong(name: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(RowError) as refused:
        READERS[name].read({**ROWS[name], **change})
    assert str(refused.value).startswith(message)


def test_a_text_of_100_000_characters_is_read() -> None:
    assert len(READERS["native"].read({**ROWS["native"], "text": "x" * 100_000}).text) == 100_000
