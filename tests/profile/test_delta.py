"""MINT's score as published, and its limits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.profile.simulated import PURE, World, draw

from mintune.config import ProfileSettings
from mintune.profile.delta import score, shares, type_codes
from mintune.profile.evidence import Evidence, gather
from mintune.profile.stage import profile_task
from mintune.records import TYPES, InteractionProfile

BY_DELTA = ProfileSettings(estimator="delta")
MANY = (0.1,) * 10


def profile(world: World, seed: int = 1) -> InteractionProfile:
    return profile_task(gather(*draw(world, np.random.default_rng(seed)))[0], BY_DELTA, seed=seed)


@pytest.mark.parametrize(
    ("built", "claim"), [("redundancy", 2), ("unique_image", 1), ("unique_text", 1), ("synergy", 0)]
)
def test_with_many_answers_and_reliable_knowers_delta_is_what_it_claims(built: str, claim: float) -> None:
    found = profile(World(PURE[built], 1000, prior=MANY, accuracy=1.0))
    assert found.type == built
    # A guess among ten hits one time in ten, so agreement stands up to 0.2 above the claim.
    assert found.delta.value == pytest.approx(claim, abs=0.25)


@pytest.mark.parametrize("built", ["redundancy", "synergy"])
def test_with_two_answers_and_unreliable_knowers_delta_takes_everything_for_unique(built: str) -> None:
    assert profile(World(PURE[built])).type.startswith("unique")


@pytest.mark.parametrize(
    ("means", "built"),
    [
        ((1.0, 0.0, 0.0, 0.0), "redundancy"),
        ((0.6, 0.2, 0.15, 0.05), "redundancy"),
        ((0.5, 0.3, 0.1, 0.1), "unique_image"),
        ((0.2, 0.1, 0.2, 0.5), "unique_text"),
        ((0.1, 0.1, 0.1, 0.7), "synergy"),
        ((0.0, 0.0, 0.0, 1.0), "synergy"),
    ],
)
def test_the_nearest_of_two_one_and_zero_gives_the_type(means: tuple[float, ...], built: str) -> None:
    assert TYPES[int(type_codes(np.array(means)))] == built


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=40))
def test_its_shares_sum_to_one_and_make_up_the_score(pairs: list[tuple[float, float]]) -> None:
    base = gather(*draw(World(PURE["synergy"], len(pairs)), np.random.default_rng(0)))[0]
    image, text = np.array(pairs).T
    found = shares(replace(base, agreement={"image": image, "text": text}))
    assert found.sum(axis=1) == pytest.approx(np.ones(len(pairs)))
    assert score(found) == pytest.approx(image + text)


def test_the_interval_narrows_as_examples_grow() -> None:
    few, many = (profile(World((0.5, 0, 0, 0.5, 0), size)).delta for size in (50, 800))
    assert (many.high - many.low) < 0.5 * (few.high - few.low)


def test_it_needs_no_gold_answers() -> None:
    evidence = gather(*draw(World(PURE["redundancy"], prior=MANY, accuracy=1.0), np.random.default_rng(0)))[0]
    blind = Evidence(
        evidence.task,
        evidence.example_ids,
        {view: np.zeros(200) for view in evidence.right},
        {view: np.zeros(200) for view in evidence.right},
        np.zeros(200),
        evidence.agreement,
        evidence.clusters,
    )
    assert profile_task(blind, BY_DELTA, seed=0).type == "redundancy"
