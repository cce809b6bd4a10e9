"""Open answers may get as long as what their task is taught with."""

from __future__ import annotations

from mintune.models.backbone import Backbone
from mintune.models.encoding import MAX_ANSWER_TOKENS, Encoder
from mintune.models.lengths import MIN_NEW_TOKENS, longest_answers
from mintune.records import Example, Task


def task(name: str, *targets: str, choices: tuple[str, ...] | None = None, test: str = "") -> Task:
    examples = [Example(f"{name}-{place}", (), "", (target,), choices) for place, target in enumerate(targets)]
    splits = {"train": examples[:1], "validation": examples[1:], "test": [Example("x", (), "", (test,), choices)]}
    return Task(name, "", "token_f1", "", splits, "")


def test_the_longest_target_with_its_end_decides_between_a_least_and_a_most(tiny_random_backbone: Backbone) -> None:
    middle = "a dark red square beside a blue one, and then another"
    found = longest_answers(
        tiny_random_backbone,
        [
            task("short", "red", "blue", test="far " * 50),
            task("middle", "red", middle),
            task("long", "red " * 500),
            task("closed", "yes", choices=("yes", "no")),
        ],
    )
    tokens = len(Encoder(tiny_random_backbone).answer_ids(middle, end=True))
    assert MIN_NEW_TOKENS < tokens < MAX_ANSWER_TOKENS
    assert found == {"short": MIN_NEW_TOKENS, "middle": tokens, "long": MAX_ANSWER_TOKENS}
