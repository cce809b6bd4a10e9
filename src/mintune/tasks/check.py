"""Look at a suite before anything is spent on it: bad rows, wrong answers, duplicates, and leaks into the test splits.

An *error* makes a number wrong or a task unusable, a *warning* is likely to mislead, a *note* is what one should know.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from mintune.records import SPLITS, Quarantined, Suite
from mintune.tasks.copies import content_of
from mintune.tasks.findings import SHOWN, Finding, Seen, by_gravity, count, finding, look_at
from mintune.tasks.leaks import leak_findings
from mintune.tasks.readers.rows import show
from mintune.tasks.storage import Glance


def check_suite(suite: Suite) -> list[Finding]:
    """Everything found in a suite, errors first, then by task."""
    seen = look_at(suite)
    findings = [*_rows_set_aside(suite.quarantined), *leak_findings(seen)]
    for each in seen:
        findings += [*_task_as_a_whole(each), *_wrong_answers(each), *_duplicates(each)]
    return by_gravity(findings)


def _rows_set_aside(quarantined: Iterable[Quarantined]) -> Iterator[Finding]:
    """One finding for each task and key that was wrong; a reason begins with its key, and each place has its own."""
    groups: dict[tuple[str, str], list[Quarantined]] = defaultdict(list)
    for row in quarantined:
        groups[row.task, row.reason.partition(":")[0]].append(row)
    for (task, key), rows in groups.items():
        yield Finding(
            severity="error",
            task=task,
            code="bad_row",
            message=f"{count(rows, 'row')} set aside for `{key}`",
            count=len(rows),
            where=tuple(f"{row.file}:{row.line}: {row.reason}" for row in rows[:SHOWN]),
        )


def _task_as_a_whole(seen: Seen) -> Iterator[Finding]:
    task = seen.task
    if not seen.splits["test"]:
        yield Finding(
            severity="error", task=task.name, code="no_test", message="no test examples: it cannot be evaluated"
        )
    if not task.instruction.strip():
        message = "no instruction: its prompts begin and end differently; name one by `instruction:` in mintune.yaml"
        yield Finding(severity="warning", task=task.name, code="no_instruction", message=message)
    for note in task.notes:
        yield Finding(severity="note", task=task.name, code="reading", message=note)


def _wrong_answers(seen: Seen) -> Iterator[Finding]:
    """What the readers set aside, looked for again because a suite may come from elsewhere."""
    ids = Counter(example.id for example in seen.all)
    kinds: dict[str, tuple[str, Callable[[Glance], bool]]] = {
        "duplicate_id": ("with the id of another", lambda each: ids[each.id] > 1),
        "empty_target": (
            "without an answer, or with an empty one",
            lambda each: not each.targets or "" in each.targets,
        ),
        "single_choice": (
            "with fewer than two choices",
            lambda each: each.choices is not None and len(each.choices) < 2,
        ),
        "target_outside_choices": (
            "with an answer that is not among the choices",
            lambda each: each.choices is not None and not set(each.targets) <= set(each.choices),
        ),
    }
    for code, (words, is_wrong) in kinds.items():
        wrong = [example for example in seen.all if is_wrong(example)]
        if wrong:
            yield finding("error", seen, code, f"{count(wrong, 'example')} {words}", wrong)


def _duplicates(seen: Seen) -> Iterator[Finding]:
    """Examples of one split that repeat another, or contradict it."""
    for split in SPLITS:
        groups: dict[object, list[Glance]] = defaultdict(list)
        for example in seen.splits[split]:
            groups[content_of(example)].append(example)
        asked_twice = [group for group in groups.values() if len(group) > 1]
        repeated = [
            example
            for group in asked_twice
            for example in group[1:]
            if any(set(example.targets) == set(other.targets) for other in group if other is not example)
        ]
        contradicting = [
            group for group in asked_twice if not set.intersection(*(set(example.targets) for example in group))
        ]
        if repeated:
            message = f"{count(repeated, 'example')} of the {split} split repeating another"
            yield finding("warning", seen, "duplicate_example", message, repeated)
        if contradicting:
            answers = " and ".join(show(example.targets[0]) for example in contradicting[0][:2] if example.targets)
            message = (
                f"{count(contradicting, 'question')} of the {split} split with different answers, such as {answers}"
            )
            yield finding(
                "warning", seen, "contradiction", message, [example for group in contradicting for example in group]
            )
