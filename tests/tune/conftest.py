"""What the tests of tuning share: one small backbone, and one tuned grouping to look at."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.tune.cases import SETTINGS, make_backbone, make_grouping, make_suite

from mintune.models.backbone import Backbone
from mintune.records import AdapterCard
from mintune.tune.job import make_job
from mintune.tune.rows import look
from mintune.tune.stage import tune_grouping


@pytest.fixture(scope="session")
def backbone() -> Backbone:
    """With the features of all pictures computed together, as a process that tunes does: their last bits go by that."""
    found = make_backbone()
    look(found, make_suite().tasks)
    return found


@pytest.fixture(scope="session")
def tuned(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[AdapterCard]]:
    """A run's `tune` folder with one grouping tuned without interruption, and its cards."""
    folder = tmp_path_factory.mktemp("run") / "tune"
    cards = tune_grouping(
        make_job(backbone, make_suite(), SETTINGS, seed=0, rank=2), make_grouping(), folder=folder / "pairs"
    )
    return folder, cards
