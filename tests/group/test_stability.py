from __future__ import annotations

import numpy as np
import pytest

from mintune.group.stability import resampled_clouds, share_kept


def labels(*groups: int) -> np.ndarray:
    return np.array(groups)


def test_the_same_partition_under_other_names_keeps_everybody() -> None:
    assert share_kept(labels(0, 0, 1, 1), [labels(1, 1, 0, 0), labels(0, 0, 1, 1)]) == pytest.approx([1, 1, 1, 1])


def test_who_moves_loses_companions_and_those_who_stay_keep_theirs() -> None:
    assert share_kept(labels(0, 0, 0, 1, 1, 1), [labels(0, 0, 1, 1, 1, 1)]) == pytest.approx([1, 1, 0, 1, 1, 1])


def test_who_is_alone_keeps_that_only_where_it_stays_alone() -> None:
    assert share_kept(labels(0, 1, 1), [labels(0, 0, 1), labels(0, 1, 1)])[0] == pytest.approx(0.5)


def test_falling_in_with_everybody_is_not_keeping_companions() -> None:
    assert share_kept(labels(0, 0, 1, 1), [labels(0, 0, 0, 0)]) == pytest.approx([0, 0, 0, 0])


def test_resampled_clouds_keep_their_shape_and_move_to_one_of_their_points() -> None:
    clouds = np.random.default_rng(0).normal(size=(3, 8, 4))
    for draw in resampled_clouds(clouds, 5):
        assert draw - draw.mean(axis=1, keepdims=True) == pytest.approx(clouds - clouds.mean(axis=1, keepdims=True))
        for task in range(3):
            assert np.isclose(clouds[task], draw[task].mean(axis=0)).all(axis=1).any()
