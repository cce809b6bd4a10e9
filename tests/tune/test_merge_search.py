"""The search on a real small backbone: what it keeps, what it counts, what it claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tune.cases import SETTINGS, make_task

from mintune.errors import DataError
from mintune.models.adapters import adapter_names
from mintune.models.backbone import Backbone
from mintune.records import Suite
from mintune.tune.job import Job
from mintune.tune.job import make_job as job_of
from mintune.tune.merge_search import FLOOR, SCALES, Exam, Merges, Search, search_mixture, train_parts

SUITE = Suite((make_task("a", 8, validation=10), make_task("bb", 6, validation=10), make_task("ccc", 4, validation=10)))
NUM = 10


def make_job(backbone: Backbone, suite: Suite = SUITE) -> Job:
    return job_of(backbone, suite, SETTINGS, seed=0, rank=2)


def search(backbone: Backbone, folder: Path) -> Search:
    return search_mixture(make_job(backbone), folder=folder, share=0.5, num_measured=NUM)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search")


@pytest.fixture(scope="module")
def found(backbone: Backbone, folder: Path) -> Search:
    return search(backbone, folder)


def test_the_choice_is_a_mixture_within_the_floors(found: Search) -> None:
    assert found.before == pytest.approx({"a": 8 / 18, "bb": 6 / 18, "ccc": 4 / 18})
    assert sum(found.shares.values()) == pytest.approx(1)
    assert all(found.shares[task] >= FLOOR * share for task, share in found.before.items())
    assert found.gain.low <= found.gain.value <= found.gain.high
    assert -1 <= found.correlation <= 1


def test_costs_are_of_the_budget_s_share_and_of_every_merge(backbone: Backbone, found: Search) -> None:
    assert (found.training.examples, found.training.steps) == (36, 9)
    assert found.num_asked == (NUM + len(SCALES)) * 30
    assert found.seconds > 0
    assert adapter_names(backbone) == ()


def test_a_search_that_is_done_trains_and_asks_nothing_again(
    backbone: Backbone, folder: Path, found: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mintune.tune.job.train", lambda *_, **__: pytest.fail("trained again"))
    monkeypatch.setattr(Exam, "losses", lambda _: pytest.fail("asked again"))
    again = search(backbone, folder)
    assert (again.shares, again.gain, again.correlation) == (found.shares, found.gain, found.correlation)
    assert (again.training, again.seconds) == (found.training, found.seconds)


def test_a_merge_by_one_task_alone_is_that_task_s_adapter(backbone: Backbone, tmp_path: Path) -> None:
    from mintune.models.adapters import attached_weights

    job = make_job(backbone)
    parts, exam = train_parts(job, 0.5, tmp_path, None), Exam(job, SUITE.tasks)
    merged = Merges(job, parts, exam, tmp_path).losses(np.array([0.0, 1.0, 0.0]))
    with attached_weights(backbone, parts["bb"].weights, "alone"):
        alone = exam.losses()
    bare = exam.losses()
    for task in ("a", "bb", "ccc"):
        np.testing.assert_allclose(merged[task], alone[task], atol=1e-5)
    assert alone["bb"].mean() < bare["bb"].mean()
    nothing = Merges(job, parts, exam, tmp_path).losses(np.array([0.0, 1.0, 0.0]), 0.0)
    for task in ("a", "bb", "ccc"):
        np.testing.assert_allclose(nothing[task], bare[task], atol=1e-5)


def test_the_scale_is_that_with_the_lowest_loss_at_the_mixture_to_beat(
    backbone: Backbone, folder: Path, found: Search
) -> None:
    job = make_job(backbone)
    exam = Exam(job, SUITE.tasks)
    merges = Merges(job, train_parts(job, 0.5, folder, None), exam, folder)
    before = np.array(list(found.before.values()))
    losses = {scale: exam.fitted(merges.losses(before, scale)) for scale in SCALES}
    assert losses[found.scale] == min(losses.values())


def test_halves_share_no_picture_and_are_near_as_large(backbone: Backbone) -> None:
    exam = Exam(make_job(backbone), SUITE.tasks)
    for task in ("a", "bb", "ccc"):
        fits, clusters = exam.fits[task], exam.clusters[task]
        assert not set(clusters[fits]) & set(clusters[~fits])
        assert 4 <= fits.sum() <= 6


def test_a_task_with_too_little_validation_is_named(backbone: Backbone) -> None:
    small = Suite((SUITE.tasks[0], make_task("few", 4, validation=1)))
    with pytest.raises(DataError, match=r"task few: 1 validation examples.*raise suite\.validation"):
        Exam(make_job(backbone, small), small.tasks)


@pytest.mark.parametrize(
    ("low", "says"),
    [(0.01, "predict a gain of 0.050 (0.010 to 0.080) nats"), (-0.01, "no mixture that is surely better")],
)
def test_a_gain_is_claimed_only_where_its_whole_interval_is_above_zero(found: Search, low: float, says: str) -> None:
    gain = found.gain.model_copy(update={"value": 0.05, "low": low, "high": 0.08})
    told = replace(found, gain=gain)
    assert told.is_better == (low > 0)
    assert says in told.sentence
