"""Leaks: training and validation examples that show what a test example shows, of their own task or of another.

Adapters are shared between tasks, so one task's training picture spoils another's test. `drop_leaks` takes such
examples out of training. Copies of pictures and words are known, not what they depict: two photographs of one object
are two pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from mintune.errors import DataError
from mintune.records import Example, Quarantined, Split, Suite, Task
from mintune.run import digest
from mintune.tasks.copies import LONG_TEXT, content_of, glances, near_copies, pictures_of, showing, words_of
from mintune.tasks.findings import Finding, Seen, Severity, count, finding
from mintune.tasks.images import ImagePrint
from mintune.tasks.storage import ArrowExamples, Glance

LEFT_OUT = "left out by `mintune run`"

TAUGHT: tuple[Split, ...] = ("train", "validation")
"""The splits that adapters may learn from."""

Tested = dict[str, dict[str, Glance]]
"""For a picture (its pixel print) or words, the tasks whose test splits hold it, each with the first such example."""

Sharing = list[tuple[Glance, Glance]]
"""Examples to learn from, each beside a test example that it is the same as."""


def drop_leaks(suite: Suite) -> Suite:
    """The suite without the training and validation examples that show what a test example shows, of any task.

    An example goes where one of its pictures is in a test split, or, if it has no picture, where its own task tests the
    same words with the same answers. Each is listed among the quarantined rows.

    Raises:
        DataError: a task has no training example left.
    """
    tested = _tested_pictures((task.name, glances(task.test)) for task in suite.tasks)
    tasks: list[Task] = []
    dropped: list[Quarantined] = []
    for task in suite.tasks:
        kept, gone = _without_leaks(task, tested)
        tasks.append(kept)
        dropped += gone
    return Suite(tuple(tasks), suite.quarantined + tuple(dropped))


def _without_leaks(task: Task, tested: Tested) -> tuple[Task, list[Quarantined]]:
    questions = {_question(example) for example in glances(task.test) if not pictures_of(example)}
    splits: dict[Split, Sequence[Example]] = dict(task.splits)
    gone: list[Quarantined] = []
    for split, examples in ((split, splits[split]) for split in TAUGHT if split in splits):
        leaking: set[int] = set()
        # What shows pictures, none of them tested and none a placeholder, cannot leak and is not read.
        for index, example in showing(examples, lambda image: image.is_plain or image.pixels in tested):
            if reason := _leak_of(example, tested, questions):
                leaking.add(index)
                gone.append(
                    Quarantined(task=task.name, file=example.file or example.id, line=example.line, reason=reason)
                )
        if len(leaking) == len(examples):
            splits.pop(split)
        elif leaking:
            splits[split] = _select(examples, [index for index in range(len(examples)) if index not in leaking])
    if not gone:
        return task, []
    if "train" not in splits:
        raise DataError(
            f"task {task.name}: all of its training examples are also test examples, of its own or of others"
        )
    unplaced = [row.model_copy(update={"file": Path(row.file).name}) for row in gone]
    fingerprint = digest(task.fingerprint, [row.model_dump() for row in unplaced])
    return replace(task, splits=splits, fingerprint=fingerprint), gone


def _leak_of(example: Glance, tested: Tested, questions: set[object]) -> str | None:
    """Why an example may not be learnt from, or None where it may."""
    tasks = sorted({task for picture in pictures_of(example) for task in tested.get(picture, ())})
    if tasks:
        return f"leak: its picture is in the test split of {', '.join(tasks)}"
    if not pictures_of(example) and _question(example) in questions:
        return "leak: the same words with the same answer are in the task's test split"
    return None


def _question(example: Glance) -> object:
    return content_of(example), frozenset(example.targets)


def _select(examples: Sequence[Example], kept: Sequence[int]) -> Sequence[Example]:
    if isinstance(examples, ArrowExamples):
        return examples.select(kept)
    return tuple(examples[index] for index in kept)


def leak_findings(seen: Sequence[Seen]) -> Iterator[Finding]:
    """Every leak of a suite, a finding for each pair of the task that learns and the task that is tested."""
    tested = _tested_pictures((each.task.name, each.splits["test"]) for each in seen)
    near = _near_tested_pictures(seen, tested)
    for each in seen:
        for name, sharing in _showing(each, tested):
            severity: Severity = "error" if name == each.task.name else "warning"
            what = f"showing a picture of {_test_of(name, each)}; {LEFT_OUT}"
            yield _leak(severity, each, "leak", what, sharing, name)
        for name, sharing in _showing(each, near):
            what = f"showing nearly a picture of {_test_of(name, each)}; to be looked at, nothing is left out"
            yield _leak("warning", each, "near_leak", what, sharing, name)
        yield from _leaks_in_words(each)
    yield from _leaks_of_text(seen)


def _leak(severity: Severity, seen: Seen, code: str, what: str, sharing: Sharing, other: str | None = None) -> Finding:
    taught, asked = [example for example, _ in sharing], [test for _, test in sharing]
    message = f"{count(taught, 'training example')} {what}"
    return finding(severity, seen, code, message, taught, other=other, same_as=asked)


def _leaks_in_words(seen: Seen) -> Iterator[Finding]:
    """Within a task: words alone that ask the same, and long words with their answer beside different pictures."""
    tests = seen.splits["test"]
    alone = [example for example in seen.taught if not pictures_of(example)]
    if same := _repeating(alone, tests, _question):
        what = f"asking in words alone what a test example asks; {LEFT_OUT}"
        yield _leak("error", seen, "leak_in_words", what, same)
    beside = [example for example in seen.taught if _is_long(example) and pictures_of(example)]
    if long := _repeating(beside, tests, _words_and_answer):
        what = "with the long text and the answer of a test example, whatever the picture; nothing is left out"
        yield _leak("note", seen, "leak_of_text", what, long)


def _repeating(taught: Iterable[Glance], asked: Iterable[Glance], key: Callable[[Glance], object]) -> Sharing:
    """Examples with the key of a test example, each beside the first that has it."""
    first: dict[object, Glance] = {}
    for test in asked:
        first.setdefault(key(test), test)
    return [(example, first[key(example)]) for example in taught if key(example) in first]


def _words_and_answer(example: Glance) -> object:
    return words_of(example.text), example.targets


def _leaks_of_text(seen: Sequence[Seen]) -> Iterator[Finding]:
    """Across tasks: long texts that one task learns from and another tests, whatever is asked about them."""
    tested: Tested = defaultdict(dict)
    for each in seen:
        for example in filter(_is_long, each.splits["test"]):
            tested[words_of(example.text)].setdefault(each.task.name, example)
    for each in seen:
        found: dict[str, Sharing] = defaultdict(list)
        for example in filter(_is_long, each.taught):
            for name, test in tested.get(words_of(example.text), {}).items():
                if name != each.task.name:
                    found[name].append((example, test))
        for name, sharing in sorted(found.items()):
            what = f"with the long text of a test example of {name}; nothing is left out"
            yield _leak("warning", each, "leak_of_text", what, sharing, name)


def _is_long(example: Glance) -> bool:
    return len(example.text) >= LONG_TEXT


def _showing(seen: Seen, tested: Tested) -> list[tuple[str, Sharing]]:
    """Examples to learn from that show a tested picture, by the task that tests it."""
    showing: dict[str, Sharing] = defaultdict(list)
    for example in seen.taught:
        found: dict[str, Glance] = {}
        for picture in sorted(pictures_of(example)):
            found = tested.get(picture, {}) | found
        for name, test in found.items():
            showing[name].append((example, test))
    return sorted(showing.items())


def _tested_pictures(tests: Iterable[tuple[str, Iterable[Glance]]]) -> Tested:
    """The tasks that test each picture, of each task's name and test examples."""
    tested: Tested = defaultdict(dict)
    for name, examples in tests:
        for example in examples:
            for picture in pictures_of(example):
                tested[picture].setdefault(name, example)
    return tested


def _near_tested_pictures(seen: Iterable[Seen], tested: Tested) -> Tested:
    """The tasks that test a near copy of each picture that is learnt from."""
    near: Tested = defaultdict(dict)
    learnt = _prints(example for each in seen for example in each.taught)
    asked = _prints(example for each in seen for example in each.splits["test"])
    for known, copy in near_copies(learnt, asked):
        near[known] = tested[copy] | near[known]
    return near


def _prints(examples: Iterable[Glance]) -> dict[str, ImagePrint]:
    """All pictures that are no placeholders, by their pixel print."""
    return {image.pixels: image for example in examples for image in example.images if not image.is_plain}


def _test_of(name: str, seen: Seen) -> str:
    return "the test split" if name == seen.task.name else f"the test split of {name}"
