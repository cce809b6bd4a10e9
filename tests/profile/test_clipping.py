"""What one side knows alone is told where clipped shares add up to something else."""

from __future__ import annotations

import numpy as np
import pytest
from tests.profile.simulated import World, draw

from mintune.cli.profile import show_profiles
from mintune.config import ProfileSettings
from mintune.profile.clipping import moved_by_clipping
from mintune.profile.evidence import gather
from mintune.profile.knowledge import clip
from mintune.profile.stage import profile_task
from mintune.records import SHARES, Estimate, InteractionProfile, ProfileTable

RAW = (-0.2, 0.36, 0.22, 0.5, 0.12)
"""A task of 80 examples whose image knows 0.16 and whose text knows 0.02."""


def typed(raw: tuple[float, ...] = RAW) -> InteractionProfile:
    """A typed task with these raw shares, clipped as `knowledge` does."""
    shares = {
        kind: Estimate(value=float(value), low=0.0, high=1.0, raw=before)
        for kind, value, before in zip(SHARES, clip(np.array(raw)), raw, strict=True)
    }
    task, predictions = draw(World((0, 0, 0, 1, 0), 80), np.random.default_rng(0), name="mine")
    profile = profile_task(gather(task, predictions)[0], ProfileSettings(), seed=0)
    return profile.model_copy(update={**shares, "type": "synergy"})


def test_clipping_leaves_a_side_more_than_it_knows() -> None:
    moved = moved_by_clipping(typed())
    assert moved == {"image": pytest.approx((0.16, 0.3)), "text": pytest.approx((0.02, 0.183), abs=1e-3)}


def test_nothing_is_said_where_shares_are_as_they_were_or_say_nothing() -> None:
    assert moved_by_clipping(typed((0.1, 0.2, -0.02, 0.6, 0.12))) == {}
    assert moved_by_clipping(typed().model_copy(update={"type": "undetermined", "kappa": {}})) == {}


def test_the_terminal_says_what_each_side_knows(capsys: pytest.CaptureFixture[str]) -> None:
    show_profiles(ProfileTable(estimator="knowledge", profiles=(typed(),)))
    assert "\n  mine: image 0.16, by its shares 0.30, text 0.02, by its shares 0.18\n" in capsys.readouterr().out
