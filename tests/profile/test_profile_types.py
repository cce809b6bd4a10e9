"""Types against gold, on predictors whose knowledge is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings
from mintune.profile.evidence import gather
from mintune.profile.stage import profile_task
from mintune.records import InteractionProfile

BINARY, FOUR, SKEWED = (0.5, 0.5), (0.25,) * 4, (0.7, 0.3)
TYPED = ("redundancy", "unique_image", "unique_text", "synergy")
REPEATS = 30


def profiles(world: World, repeats: int = REPEATS, *, seed: int = 7) -> list[InteractionProfile]:
    rng = np.random.default_rng(seed)
    drawn = [gather(*draw(world, rng))[0] for _ in range(repeats)]
    return [profile_task(evidence, ProfileSettings(), seed=place) for place, evidence in enumerate(drawn)]


def types(found: Sequence[InteractionProfile]) -> Counter[str]:
    return Counter(profile.type for profile in found)


@pytest.mark.parametrize("prior", [BINARY, FOUR, SKEWED], ids=["binary", "four", "skewed"])
@pytest.mark.parametrize("built", TYPED)
def test_pure_tasks_are_typed_as_built(built: str, prior: Sequence[float]) -> None:
    found = profiles(World(PURE[built], prior=prior))
    assert types(found)[built] >= 0.95 * REPEATS
    assert not [
        profile for profile in found if profile.type not in (built, "undetermined") and profile.confidence > 0.95
    ]


@pytest.mark.parametrize("prior", [BINARY, FOUR, SKEWED], ids=["binary", "four", "skewed"])
def test_a_task_that_nobody_knows_is_never_typed(prior: Sequence[float]) -> None:
    assert types(profiles(World(PURE["unanswered"], prior=prior), 60)) == {"undetermined": 60}


@pytest.mark.parametrize("built", ["redundancy", "unique_text", "synergy"])
def test_a_fused_model_that_leans_on_the_image_does_not_change_the_type(built: str) -> None:
    found = types(profiles(World(PURE[built], lean=0.25)))
    assert found[built] >= 0.95 * REPEATS
    assert set(found) <= {built, "undetermined"}


def test_guessing_the_majority_is_not_knowing() -> None:
    found = profiles(World(PURE["synergy"], prior=SKEWED, guesses=(1.0, 0.0)))
    assert types(found)["synergy"] >= 0.95 * REPEATS
    assert max(abs(profile.redundancy.raw or 0.0) for profile in found) < 0.02


def test_few_examples_are_refused_and_the_number_that_lacks_is_said() -> None:
    (profile,) = profiles(World(PURE["synergy"], num_examples=20), 1)
    assert profile.type == "undetermined"
    assert profile.notes == ("refused: 20 examples",)
    assert profile.examples_needed == 5
    assert (profile.synergy.low, profile.synergy.high) == (0.0, 1.0)


def test_a_task_whose_answers_are_all_the_same_is_refused() -> None:
    (profile,) = profiles(World(PURE["redundancy"], prior=(1.0, 0.0)), 1)
    assert profile.type == "undetermined"
    assert profile.notes == ("gold answers are alike in 100.0% of pairs", "refused: 200 examples")
    assert profile.examples_needed is None


def test_weak_knowledge_says_how_many_more_examples_it_takes() -> None:
    found = profiles(World(PURE["redundancy"], num_examples=100, accuracy=0.6))
    lacking = [
        profile.examples_needed for profile in found if profile.type == "undetermined" and profile.examples_needed
    ]
    assert len(lacking) > REPEATS / 2
    assert all(number > 0 for number in lacking)
