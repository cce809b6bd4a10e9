"""Check finds what is wrong with a suite, says how grave it is, and where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.tasks.samples import native_row, read, write_native

from mintune.records import Example, Suite, Task
from mintune.tasks.check import check_suite
from mintune.tasks.describe import describe_suite
from mintune.tasks.findings import Finding

ROWS = [native_row(number) for number in range(20)]


def codes(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(found.severity, found.code) for found in findings]


def of_words(*examples: Example, test: tuple[Example, ...] = ()) -> Suite:
    """A suite that came from elsewhere: one task of examples without pictures."""
    end = test or (Example("t", (), "the end", ("yes",)),)
    return Suite((Task("mine", "Decide.", "exact_match", "mine", {"train": examples, "test": end}, "print"),))


def words(name: str, text: str, *targets: str, choices: tuple[str, ...] | None = None) -> Example:
    return Example(name, (), text, targets, choices)


def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path) -> None:
    assert check_suite(read(tmp_path, mine=write_native(tmp_path / "mine", ROWS))) == []


def test_rows_set_aside_are_gathered_by_what_was_wrong(tmp_path: Path) -> None:
    bad = {1: {"target": []}, 4: {"target": 3}, 6: {"images": ["none.png"]}}
    folder = write_native(tmp_path / "mine", [native_row(n, **bad.get(n, {})) for n in range(20)])
    findings = check_suite(read(tmp_path, mine=folder))
    assert codes(findings) == [("error", "bad_row")] * 2
    assert [found.count for found in findings] == [2, 1]
    assert findings[0].message == "2 rows set aside for `target`"
    file = folder / "examples.jsonl"
    assert findings[0].where == (
        f"{file}:2: target: an empty list; expected one or more accepted answers",
        f"{file}:5: target: expected text, found 3",
    )


def test_a_held_out_test_split_is_noted(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", [native_row(n, split=...) for n in range(20)])
    assert codes(check_suite(read(tmp_path, mine=folder))) == [("note", "reading")]


def test_a_task_without_instruction_is_a_warning(tmp_path: Path) -> None:
    folder = write_native(tmp_path / "mine", [native_row(n, instruction=...) for n in range(20)])
    assert codes(check_suite(read(tmp_path, mine=folder))) == [("warning", "no_instruction")]


@pytest.mark.parametrize("split", ["train", "test"])
def test_repeated_examples_are_found_with_their_line(tmp_path: Path, split: str) -> None:
    again: dict[str, Any] = {"text": "Some dots.", "images": ["images/0.png"], "target": "yes", "split": split}
    rows = [native_row(n, split="train") for n in range(1, 19)]
    rows += [native_row(19), native_row(20, **again), native_row(21, **again)]
    findings = check_suite(read(tmp_path, mine=write_native(tmp_path / "mine", rows)))
    found = next(found for found in findings if found.code == "duplicate_example")
    assert (found.severity, found.count, found.where) == (
        "warning",
        1,
        (f"{tmp_path / 'mine' / 'examples.jsonl'}:21",),
    )
    assert found.message == f"1 example of the {split} split repeating another"


def test_one_question_with_two_answers_is_a_contradiction() -> None:
    suite = of_words(words("a", "Is it 1?", "yes"), words("b", "is it 1", "no"), words("c", "Is it 2?", "no"))
    [found] = check_suite(suite)
    assert (found.severity, found.code, found.where) == ("warning", "contradiction", ("a", "b"))


def test_answers_that_agree_in_one_accepted_target_are_no_contradiction() -> None:
    assert check_suite(of_words(words("a", "Who?", "she", "Ann"), words("b", "who", "Ann"))) == []


@pytest.mark.parametrize(
    ("example", "code"),
    [
        (words("b", "Who?"), "empty_target"),
        (words("b", "Who?", ""), "empty_target"),
        (words("b", "Who?", "me", choices=("me",)), "single_choice"),
        (words("b", "Who?", "me", choices=("you", "they")), "target_outside_choices"),
        (words("a", "Who?", "me"), "duplicate_id"),
    ],
)
def test_a_suite_from_elsewhere_is_held_to_the_same_rules(example: Example, code: str) -> None:
    findings = check_suite(of_words(words("a", "What?", "it"), example))
    assert codes(findings) == [("error", code)]


def test_a_task_without_test_examples_is_an_error() -> None:
    task = Task("mine", "Decide.", "exact_match", "mine", {"train": (words("a", "What?", "it"),)}, "print")
    assert codes(check_suite(Suite((task,)))) == [("error", "no_test")]


def test_errors_come_before_warnings_and_notes(tmp_path: Path) -> None:
    rows = [native_row(n, split=..., instruction=..., target=[] if n == 7 else "yes") for n in range(20)]
    findings = check_suite(read(tmp_path, mine=write_native(tmp_path / "mine", rows)))
    assert codes(findings) == [("error", "bad_row"), ("warning", "no_instruction"), ("note", "reading")]


def test_statistics_count_what_there_is(tmp_path: Path) -> None:
    rows = [native_row(n, target="yes" if n < 15 else "no") for n in range(19)] + [native_row(19, target=[])]
    [found] = describe_suite(read(tmp_path, mine=write_native(tmp_path / "mine", rows)))
    assert found.examples == {"train": 13, "validation": 2, "test": 4}
    assert (found.pictures, found.quarantined, found.answers, found.choices) == (19, 1, 2, 2)
    assert (found.commonest_answer, found.commonest_share) == ("yes", 15 / 19)
    assert found.longest_text == len("There are 10 dots.")
