"""A surface finds again what it was made from, shrinks where there is nothing, and mixtures keep their floors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mintune.errors import TrainingError
from mintune.tune.surface import FEWEST, draw_mixtures, fit_surface

SHARES = np.array([0.5, 0.3, 0.15, 0.05])
BEST = np.array([0.3, 0.3, 0.2, 0.2])


def bowl(mixtures: np.ndarray) -> np.ndarray:
    return 1 + 2 * np.square(mixtures - BEST).sum(axis=1)


def drawn(num: int, seed: int) -> np.ndarray:
    return draw_mixtures(SHARES, 0.25, num, np.random.default_rng(seed))


def test_a_bowl_is_found_again_with_its_lowest_mixture() -> None:
    surface = fit_surface(drawn(40, 0), bowl(drawn(40, 0)))
    others = drawn(5000, 1)
    np.testing.assert_allclose(surface.predict(others), bowl(others), atol=1e-3)
    chosen = others[surface.predict(others).argmin()]
    assert bowl(chosen[None])[0] == pytest.approx(bowl(others).min(), abs=2e-3)


def test_what_is_left_out_is_predicted_from_the_others_alone() -> None:
    """The closed form is that of fitting again without the one, but for where columns are centred and scaled."""
    noise = np.random.default_rng(2).normal(scale=0.05, size=30)
    mixtures, losses = drawn(30, 0), bowl(drawn(30, 0)) + noise
    surface = fit_surface(mixtures, losses)
    standard = (np.concatenate([mixtures, mixtures**2], axis=1) - surface.centre) / surface.scale
    for one in range(3):
        kept = np.arange(30) != one
        design = np.column_stack([np.ones(29), standard[kept]])
        penalty = np.diag([0.0, *[surface.ridge] * standard.shape[1]])
        weights = np.linalg.solve(design.T @ design + penalty, design.T @ losses[kept])
        assert np.array([1.0, *standard[one]]) @ weights == pytest.approx(surface.left_out[one])


def test_noise_alone_is_shrunk_to_its_mean() -> None:
    losses = np.random.default_rng(3).normal(size=40)
    surface = fit_surface(drawn(40, 0), losses)
    assert np.ptp(surface.predict(drawn(1000, 1))) < np.ptp(losses) / 2


def test_a_task_that_never_varies_counts_for_nothing() -> None:
    fixed = np.column_stack([np.full(20, 0.5), drawn(20, 0)[:, :2] / 2])
    surface = fit_surface(fixed, fixed[:, 1])
    np.testing.assert_allclose(surface.predict(fixed), fixed[:, 1], atol=1e-3)


@given(st.floats(0, 1), st.integers(0, 100))
def test_drawn_mixtures_sum_to_one_and_keep_their_floors(floor: float, seed: int) -> None:
    mixtures = draw_mixtures(SHARES, floor, 50, np.random.default_rng(seed))
    np.testing.assert_allclose(mixtures.sum(axis=1), 1)
    assert (mixtures >= floor * SHARES - 1e-12).all()


def test_the_mean_of_drawn_mixtures_is_the_one_they_are_drawn_around() -> None:
    np.testing.assert_allclose(drawn(20_000, 0).mean(axis=0), SHARES, atol=0.01)


@pytest.mark.parametrize("losses", [np.ones(FEWEST - 1), np.full(FEWEST, np.nan)])
def test_too_few_or_broken_measurements_are_told(losses: np.ndarray) -> None:
    with pytest.raises(TrainingError, match="takes 8 measured ones or more, each a finite number; got"):
        fit_surface(drawn(len(losses), 0), losses)
