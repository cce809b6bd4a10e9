"""The card for people says what is known of an adapter, and that the rest is not."""

from __future__ import annotations

from dataclasses import replace

from tests.tune.cases import make_suite

from mintune.config import TINY, TuneSettings
from mintune.records import (
    AdapterCard,
    Cost,
    Estimate,
    InteractionProfile,
    InteractionType,
    Mixture,
    ProfileTable,
    Score,
)
from mintune.run import provenance
from mintune.tune.readme import Known, readme, readme_of_merge

CARD = AdapterCard(
    strategy="interaction",
    group="synergy",
    tasks=("a", "bb"),
    seed=3,
    rank=8,
    trainable_parameters=12_345,
    mixture=Mixture(group="synergy", shares={"a": 0.25, "bb": 0.75}, decided_by="proportional"),
    folder="synergy",
    fingerprint="f",
    train_loss={"a": 0.5},
    cost=Cost(examples=100, steps=10),
)
MADE = provenance("tune", "i", config=TuneSettings(epochs=2), seed=3, data={}, backbone=f"{TINY} 123")


def profile(task: str, kind: InteractionType) -> InteractionProfile:
    half, nothing = Estimate(value=0.5, low=0.25, high=0.75), Estimate(value=0.0, low=0.0, high=0.1)
    return InteractionProfile(
        task=task,
        estimator="knowledge",
        num_examples=40,
        type=kind,
        confidence=0.97,
        redundancy=nothing,
        unique_image=nothing,
        unique_text=nothing,
        synergy=half,
        unanswered=half,
        delta=half,
    )


def row(text: str, section: str, task: str) -> str:
    """The line of a task in a section's table."""
    part = text.split(f"## {section}\n")[1].split("\n## ", maxsplit=1)[0]
    [line] = [line for line in part.splitlines() if line.startswith(f"| {task} |")]
    return line


def test_profiles_and_scores_stand_on_it_with_their_intervals() -> None:
    tasks = {task.name: task for task in make_suite().tasks}
    score = Score(
        task="bb",
        strategy="interaction",
        seed=3,
        metric="exact_match",
        value=0.875,
        low=0.8,
        high=0.95,
        chance=0.5,
        ceiling=1.0,
        normalised=0.75,
        num_examples=60,
    )
    profiles = ProfileTable(
        estimator="knowledge",
        profiles=(profile("a", "undetermined"), profile("bb", "synergy"), profile("ccc", "synergy")),
        confidence=0.9,
    )
    text = readme(CARD, MADE, Known(tasks, profiles, {"bb": score}, confidence=0.8))
    assert row(text, "How image and text interact", "bb") == (
        "| bb | synergy | 0.97 | 0.00 [0.00, 0.10] | 0.00 [0.00, 0.10] | 0.00 [0.00, 0.10] | 0.50 [0.25, 0.75] | 40 |"
    )
    assert "| a | undetermined | - |" in text
    assert "with 90% intervals" in text
    assert row(text, "Scores", "bb") == "| bb | exact_match | 87.5% [80.0%, 95.0%] | 50.0% | 60 |"
    assert "with 80% intervals" in text
    assert "| ccc |" not in text
    assert "No type was measured with confidence for a." in text


def test_what_is_not_known_is_said_or_left_out() -> None:
    tasks = {task.name: task for task in make_suite().tasks}
    tasks["a"] = replace(tasks["a"], license="mit")
    text = readme(CARD, MADE, Known(tasks))
    assert "How image and text interact" not in text
    assert "Not scored when this was written" in text
    assert row(text, "Tasks", "a").endswith("| mit |")
    assert row(text, "Tasks", "bb").endswith("| not stated |")
    assert "Under which licence the data of bb came was not stated" in text


def test_a_merge_says_of_what_it_is() -> None:
    text = readme_of_merge("bb", {"first": 0.25, "second": 0.75}, TINY)
    assert "| second | 0.75 |" in text
    assert "It was not trained" in text
