"""The search on a real small backbone: what it keeps, what it counts, what it claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.tune.cases import SETTINGS, make_grouping, make_task

from mintune.errors import DataError
from mintune.models.adapters import adapter_names
from mintune.models.backbone import Backbone
from mintune.records import MixtureSearch, Suite
from mintune.tune.budget import Budget
from mintune.tune.job import Job
from mintune.tune.job import make_job as job_of
from mintune.tune.merge_search import FLOOR, SCALES, Exam, Merges, Quest, _lowest, search_mixture, train_parts
from mintune.tune.readme import sentence_of_search
from mintune.tune.searching import quests_of
from mintune.tune.surface import draw_mixtures, fit_surface

SUITE = Suite((make_task("a", 8, validation=10), make_task("bb", 6, validation=10), make_task("ccc", 4, validation=10)))
NUM = 10


def make_job(backbone: Backbone, suite: Suite = SUITE) -> Job:
    return job_of(backbone, suite, SETTINGS, seed=0, rank=2)


def quest_of(job: Job) -> Quest:
    (quest,) = quests_of(job, make_grouping("all", all=("a", "bb", "ccc")))
    return quest


def search(backbone: Backbone, folder: Path, quest: Quest | None = None) -> MixtureSearch:
    job = make_job(backbone)
    return search_mixture(job, quest or quest_of(job), folder=folder, num_measured=NUM)[0]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search")


@pytest.fixture(scope="module")
def found(backbone: Backbone, folder: Path) -> MixtureSearch:
    return search(backbone, folder)


def test_the_choice_is_a_mixture_within_the_floors(found: MixtureSearch) -> None:
    assert found.before == pytest.approx({"a": 8 / 18, "bb": 6 / 18, "ccc": 4 / 18})
    assert sum(found.found.values()) == pytest.approx(1)
    assert all(found.found[task] >= FLOOR * share for task, share in found.before.items())
    assert found.gain.low <= found.gain.value <= found.gain.high
    assert -1 <= found.correlation <= 1


def test_costs_are_of_the_budget_s_share_and_of_every_merge(backbone: Backbone, found: MixtureSearch) -> None:
    assert (found.cost.examples, found.cost.steps) == (36, 9)
    assert found.num_asked == (NUM + len(SCALES)) * 30
    assert found.cost.seconds > 0
    assert adapter_names(backbone) == ()


def test_a_search_that_is_done_trains_and_asks_nothing_again(
    backbone: Backbone, folder: Path, found: MixtureSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mintune.tune.job.train", lambda *_, **__: pytest.fail("trained again"))
    monkeypatch.setattr(Exam, "losses", lambda _: pytest.fail("asked again"))
    assert search(backbone, folder) == found


def test_the_lowest_mixture_on_a_surface_is_found_within_bounds() -> None:
    generator = np.random.default_rng(0)
    before = {"a": 1 / 3, "bb": 1 / 3, "ccc": 1 / 3}
    mixtures = draw_mixtures(np.array([*before.values()]), FLOOR, 40, generator)
    surface = fit_surface(mixtures, 1 - mixtures[:, 2])  # the more of ccc, the better
    free = dict.fromkeys(before, 0.0), dict.fromkeys(before, 1.0)
    shares = _lowest(surface, Quest("all", before, *free, Budget(9, 9)), generator)
    assert shares[2] > 0.75
    bounded = _lowest(surface, Quest("all", before, free[0], free[1] | {"ccc": 0.5}, Budget(9, 9)), generator)
    assert 0.45 < bounded[2] <= 0.5


def test_bounds_of_tasks_are_kept(backbone: Backbone, folder: Path, found: MixtureSearch) -> None:
    quest = quest_of(make_job(backbone))
    most = quest.most | {"a": found.before["a"] + 0.01}
    least = quest.least | {"ccc": found.before["ccc"] - 0.01}
    bounded = search(backbone, folder, replace(quest, least=least, most=most)).found
    assert bounded["a"] <= most["a"]
    assert bounded["ccc"] >= least["ccc"]


def test_where_no_other_mixture_keeps_to_the_bounds_the_one_to_beat_stays(backbone: Backbone, folder: Path) -> None:
    quest = quest_of(make_job(backbone))
    kept = search(backbone, folder, replace(quest, least=quest.before, most=quest.before))
    assert kept.found == kept.shares == kept.before
    assert (kept.gain.value, kept.is_taken) == (0, False)


def test_a_merge_by_one_task_alone_is_that_task_s_adapter(backbone: Backbone, tmp_path: Path) -> None:
    from mintune.models.adapters import attached_weights

    job = make_job(backbone)
    parts, exam = train_parts(job, quest_of(job), tmp_path, None), Exam(job, SUITE.tasks)
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
    backbone: Backbone, folder: Path, found: MixtureSearch
) -> None:
    job = make_job(backbone)
    exam = Exam(job, SUITE.tasks)
    merges = Merges(job, train_parts(job, quest_of(job), folder, None), exam, folder)
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
def test_a_gain_is_claimed_only_where_its_whole_interval_is_above_zero(
    found: MixtureSearch, low: float, says: str
) -> None:
    gain = found.gain.model_copy(update={"value": 0.05, "low": low, "high": 0.08})
    told = found.model_copy(update={"gain": gain})
    assert told.is_taken == (low > 0)
    assert told.shares == (told.found if low > 0 else told.before)
    assert says in sentence_of_search(told)
