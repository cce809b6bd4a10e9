"""What learners and folds promise, apart from any task."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mintune.profile.probes.bilinear import Offers, Sides, among_offers, bilinear, kernel, largest_eigenvalue
from mintune.profile.probes.features import reduced, side
from mintune.profile.probes.folds import deal
from mintune.profile.probes.learners import LEARNERS, log_prior


def sides(rng: np.random.Generator, size: int, left: int = 5, right: int = 3) -> Sides:
    def draw(columns: int) -> np.ndarray:
        return (rng.standard_normal((size, columns)) / columns**0.5).astype(np.float32)

    return Sides(draw(left), draw(right))


def test_the_kernel_is_the_inner_product_of_all_products_and_both_sides() -> None:
    rng = np.random.default_rng(0)
    some, others = sides(rng, 6), sides(rng, 4)

    def explicit(seen: Sides) -> np.ndarray:
        products = np.einsum("nl,nr->nlr", seen.left, seen.right).reshape(len(seen.left), -1)
        return np.concatenate([products, seen.left / 2**0.5, seen.right / 2**0.5], axis=1)

    assert kernel(some, others) == pytest.approx(explicit(some) @ explicit(others).T, abs=1e-5)


def test_choices_that_are_the_same_everywhere_are_answers() -> None:
    """With one feature a choice, choosing among offers and telling answers apart are the same descent."""
    rng = np.random.default_rng(1)
    seen, asked, labels = sides(rng, 40), sides(rng, 10), rng.integers(3, size=40)
    offers = Offers(np.tile(np.eye(3, dtype=np.float32), (40, 1, 1)), np.zeros((40, 3), bool))
    outside = Offers(offers.features[:10], offers.missing[:10])
    chosen = among_offers((kernel(seen, seen), kernel(asked, seen)), offers, labels, outside)
    told = bilinear(seen, labels, np.zeros(3, np.float32), asked)
    assert chosen == pytest.approx(told, abs=1e-3)


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_gives_chances_that_sum_to_one_at_each_stage(name: str) -> None:
    rng = np.random.default_rng(2)
    seen, asked, labels = sides(rng, 60), sides(rng, 7), rng.integers(12, size=60)
    found = LEARNERS[name](seen, labels, log_prior(labels, 12), asked, np.random.default_rng(0))
    assert found.shape[1:] == (7, 12)
    assert np.exp(found).sum(axis=-1) == pytest.approx(np.ones(found.shape[:2]), abs=1e-4)
    again = LEARNERS[name](seen, labels, log_prior(labels, 12), asked, np.random.default_rng(0))
    assert (found == again).all()


@pytest.mark.parametrize(("name", "least"), [("linear", 0.9), ("bilinear", 0.9), ("boosting", 0.8)])
def test_every_learner_learns_a_straight_rule(name: str, least: float) -> None:
    rng = np.random.default_rng(3)
    seen, asked = sides(rng, 400), sides(rng, 200)
    rule = np.array([1, -1, 0, 0, 0], np.float32)
    labels, right = (seen.left @ rule > 0).astype(int), (asked.left @ rule > 0).astype(int)
    found = LEARNERS[name](seen, labels, log_prior(labels, 2), asked, np.random.default_rng(0))
    assert ((found.argmax(axis=-1) == right).mean(axis=1)).max() > least


def test_only_products_learn_what_no_side_says() -> None:
    rng = np.random.default_rng(4)
    seen, asked = sides(rng, 300, 2, 2), sides(rng, 200, 2, 2)
    labels, right = ((one.left[:, 0] * one.right[:, 0] > 0).astype(int) for one in (seen, asked))
    best = {
        name: (
            LEARNERS[name](seen, labels, log_prior(labels, 2), asked, np.random.default_rng(0)).argmax(axis=-1) == right
        )
        .mean(axis=1)
        .max()
        for name in ("linear", "bilinear")
    }
    assert best["bilinear"] > 0.9
    assert best["linear"] < 0.65


@given(st.integers(1, 12), st.integers(0, 10_000))
def test_the_eigenvalue_that_sets_the_step_is_near_enough_for_the_descent_to_be_stable(size: int, seed: int) -> None:
    rows = np.random.default_rng(seed).standard_normal((size, 20)).astype(np.float32)
    matrix = rows @ rows.T
    true = float(np.linalg.eigvalsh(matrix)[-1])
    assert 0.75 * true < float(largest_eigenvalue(matrix)) < 1.15 * true


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), min_size=1, max_size=120), st.integers(0, 99))
def test_clusters_stay_whole_and_folds_are_of_like_size(drawn: list[tuple[int, str]], seed: int) -> None:
    clusters, labels = [cluster for cluster, _ in drawn], [label for _, label in drawn]
    folds = deal(clusters, labels, 4, np.random.default_rng(seed))
    for cluster in set(clusters):
        assert len({int(fold) for fold, other in zip(folds, clusters, strict=True) if other == cluster}) == 1


def test_answers_are_spread_over_folds_evenly() -> None:
    labels = ["yes"] * 50 + ["no"] * 50
    folds = deal(list(range(100)), labels, 5, np.random.default_rng(0))
    assert [sum(folds[place] == fold for place in range(50)) for fold in range(5)] == [10] * 5
    assert np.bincount(folds).tolist() == [20] * 5


def test_reduced_blocks_are_centred_and_of_length_one_and_what_does_not_vary_is_left_out() -> None:
    rng = np.random.default_rng(5)
    wide = (rng.standard_normal((30, 200)) * 50 + 7).astype(np.float32)
    found = reduced(wide)
    assert found.mean(axis=0) == pytest.approx(np.zeros(found.shape[1]), abs=1e-4)
    assert (found**2).sum(axis=1).mean() == pytest.approx(1, abs=1e-4)
    assert reduced(np.ones((30, 8), np.float32)).shape == (30, 0)
    both = side([wide, np.ones((30, 8), np.float32), wide[:, :3]], 30)
    assert (both**2).sum(axis=1).mean() == pytest.approx(1, abs=1e-4)


def test_all_distances_are_kept_where_few_examples_are_reduced() -> None:
    wide = np.random.default_rng(6).standard_normal((20, 300)).astype(np.float32)
    found = reduced(wide)
    before, after = (np.linalg.norm(x[:, None] - x[None], axis=-1) for x in (wide, found))
    assert after * (before.max() / after.max()) == pytest.approx(before, rel=1e-3, abs=1e-3)
