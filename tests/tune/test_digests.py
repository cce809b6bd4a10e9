"""Settings that are off are not in digests, so adapters made before there were such stay fresh."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.tune.cases import make_suite

from mintune.config import ADDED_TO_TUNE, TuneSettings
from mintune.run import digest
from mintune.tune import job
from mintune.tune.job import Job

RECORDED = "3a4a5ff5c932ef073a27354f31d74bfa"
"""`Job.inputs` of the default settings as it was before there was a field of ADDED_TO_TUNE (loop VERSION 3)."""

RECORDED_SETTINGS = "c2c6ac8ea0cfd7508a620adbe30adcc9"
"""The same of what `evaluate` goes by of the settings."""


@pytest.fixture(autouse=True)
def _the_loop_of_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "VERSION", 3)


def inputs(**changes: Any) -> str:
    backbone: Any = SimpleNamespace(name="some/model", fingerprint="f" * 32)
    rows: Any = SimpleNamespace(interaction=None)
    return Job(backbone, make_suite(), rows, TuneSettings(**changes), 0, 8).inputs("trunk", 1)


def test_default_settings_have_the_digest_they_had() -> None:
    assert inputs() == RECORDED
    assert digest(TuneSettings().deciding()) == RECORDED_SETTINGS


def test_every_later_field_is_off_by_default() -> None:
    assert not any(getattr(TuneSettings(), key) for key in ADDED_TO_TUNE)


def test_what_is_set_is_in_the_digest() -> None:
    assert inputs(trunk=0.25) != RECORDED
    assert inputs(checkpoint_steps=7) == RECORDED
    assert (
        len(
            {
                inputs(floor=0.1),
                inputs(ceiling=0.5),
                inputs(floor={"a": 0.1}),
                inputs(budget="70"),
                inputs(rate_search={}),
                RECORDED,
            }
        )
        == 6
    )
