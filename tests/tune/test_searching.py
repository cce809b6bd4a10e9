"""Each group's mixture is searched within its part of the budget, and training goes by what was found, or stays."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from tests.tune.cases import SETTINGS, InterruptedHereError, interrupt_at, make_grouping, make_suite, make_task, never

from mintune.config import TuneSettings, ValidationSettings
from mintune.errors import DataError, TrainingError
from mintune.models.adapters import adapter_names
from mintune.models.backbone import Backbone
from mintune.records import Estimate, Grouping, MixtureSearch, MixtureSearches, Suite
from mintune.tune.budget import budget_of
from mintune.tune.job import Job, make_job
from mintune.tune.loop import Progress
from mintune.tune.merge_search import MEASURED, SCALES, Exam, Losses
from mintune.tune.searching import SEARCHES, quests_of, saved_searches, search_mixtures, searches_inputs
from mintune.tune.stage import plan_branches, tune_grouping

SIZES = {"a": 8, "bb": 6, "ccc": 4}
SUITE = Suite(tuple(make_task(name, size, validation=6) for name, size in SIZES.items()))
SEARCH = SETTINGS.model_copy(update={"mixture": "merge_search", "trunk": 0.0})
PAIRS = make_grouping("pairs")


def job_of(backbone: Backbone, settings: TuneSettings = SEARCH, suite: Suite = SUITE) -> Job:
    return make_job(backbone, suite, settings, seed=0, rank=2)


def search(
    backbone: Backbone, folder: Path, grouping: Grouping = PAIRS, progress: Progress | None = None
) -> MixtureSearches:
    return search_mixtures(job_of(backbone), grouping, folder=folder / grouping.strategy, progress=progress)


@pytest.fixture(scope="module")
def searched(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MixtureSearches]:
    folder = tmp_path_factory.mktemp("searching")
    return folder, search(backbone, folder)


def surely(search: MixtureSearch) -> MixtureSearch:
    """The same where validation says for sure that another mixture is better."""
    found = {"bb": 0.3, "ccc": 0.7}
    return search.model_copy(update={"found": found, "gain": Estimate(value=0.2, low=0.1, high=0.3)})


def test_progress_counts_steps_and_merges(backbone: Backbone, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    search(backbone, tmp_path, progress=lambda done, total, _loss: heard.append((done, total)))
    (quest,) = quests_of(job_of(backbone), PAIRS)
    whole = quest.budget.steps + MEASURED + len(SCALES)
    assert {total for _, total in heard} == {whole}
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[0][0] == 1
    assert heard[-1][0] in (whole - 1, whole)  # where the mixture to beat is the lowest it is not asked again


def test_a_group_of_one_task_has_nothing_to_search(searched: tuple[Path, MixtureSearches]) -> None:
    assert [one.group for one in searched[1].groups] == ["second"]
    assert searched[1].groups[0].before == pytest.approx({"bb": 0.6, "ccc": 0.4})


def test_short_adapters_have_half_of_the_group_s_part_of_the_budget(
    backbone: Backbone, searched: tuple[Path, MixtureSearches]
) -> None:
    whole = budget_of(SUITE, SEARCH)
    (one,) = searched[1].groups
    assert one.cost.examples == round(0.5 * 10 / 18 * whole.examples)
    assert one.cost.steps == round(0.5 * 10 / 18 * whole.steps)
    assert adapter_names(backbone) == ()


def test_floors_and_ceilings_of_the_suite_are_scaled_to_the_group(backbone: Backbone) -> None:
    settings = SEARCH.model_copy(update={"floor": {"ccc": 0.2}, "ceiling": {"bb": 0.5}})
    (quest,) = quests_of(job_of(backbone, settings), PAIRS)
    assert quest.before == pytest.approx({"bb": 0.6, "ccc": 0.4})
    assert quest.least["ccc"] == pytest.approx(0.2 / (10 / 18))
    assert quest.most["bb"] == pytest.approx(0.5 / (10 / 18))
    assert quest.least["bb"] == 0


def test_a_mixture_that_is_better_for_sure_is_trained_on_and_told(
    backbone: Backbone, searched: tuple[Path, MixtureSearches], tmp_path: Path
) -> None:
    job, sure = job_of(backbone), surely(searched[1].groups[0])
    unsure = sure.model_copy(update={"gain": Estimate(value=0.2, low=-0.1, high=0.3)})
    plain, other = (
        [*plan_branches(replace(job, searches=(one,)), PAIRS, budget_of(SUITE, SEARCH), None)] for one in (unsure, sure)
    )
    assert plain[0].mixture == other[0].mixture
    assert plain[0].mixture.decided_by == "proportional"
    assert plain[1].mixture.shares == sure.before
    assert other[1].mixture.shares == sure.found
    assert plain[1].lesson.sampler.budget == other[1].lesson.sampler.budget
    first, second = tune_grouping(replace(job, searches=(sure,)), PAIRS, folder=tmp_path / "pairs")
    assert (first.search, first.mixture.decided_by) == (None, "proportional")
    assert (second.search, second.mixture.decided_by) == (sure, "merge_search")
    said = (tmp_path / "pairs" / "second" / "README.md").read_text()
    assert "predict a gain of 0.200 (0.100 to 0.300) nats" in said
    assert "most more of ccc (40% to 70%)" in said


def test_what_is_found_is_not_searched_again_and_other_data_is(
    backbone: Backbone, searched: tuple[Path, MixtureSearches], tmp_path: Path
) -> None:
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / SEARCHES)
    assert search(backbone, tmp_path, progress=never) == searched[1]
    folder = tmp_path / "pairs"
    fewer = Suite(tuple(make_task(name, size, validation=5) for name, size in SIZES.items()))
    longer = SEARCH.model_copy(update={"epochs": 5.0})
    looked_at = SEARCH.model_copy(update={"validation": ValidationSettings()})
    assert saved_searches(folder, searches_inputs(job_of(backbone, looked_at), PAIRS)) == searched[1]
    for other in (job_of(backbone, longer), job_of(backbone, suite=fewer)):
        assert saved_searches(folder, searches_inputs(other, PAIRS)) is None


def test_an_interruption_leaves_no_trace(
    backbone: Backbone, searched: tuple[Path, MixtureSearches], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in (1, 3):
        with pytest.raises(InterruptedHereError):
            search(backbone, tmp_path, progress=interrupt_at(step))
    asked, of_exam = [], Exam.losses

    def stopped(exam: Exam) -> Losses:
        """The losses, but of one merge in seven, which is interrupted."""
        asked.append(exam)
        if len(asked) % 7 == 0:
            raise InterruptedHereError
        return of_exam(exam)

    monkeypatch.setattr(Exam, "losses", stopped)
    for _ in range(3):
        with pytest.raises(InterruptedHereError):
            search(backbone, tmp_path)
    monkeypatch.undo()
    (again,), (before,) = search(backbone, tmp_path).groups, searched[1].groups
    assert len(asked) == 21
    assert again.model_copy(update={"cost": before.cost}) == before


def test_too_few_steps_and_missing_validation_are_told(backbone: Backbone, tmp_path: Path) -> None:
    short = SEARCH.model_copy(update={"epochs": 0.25})
    with pytest.raises(
        TrainingError, match=r"merge_search trains a short adapter for each of the 2 tasks of group sec"
    ):
        searches_inputs(job_of(backbone, short), PAIRS)
    with pytest.raises(DataError, match=r"task bb: 0 validation examples.*raise suite\.validation"):
        search_mixtures(job_of(backbone, suite=make_suite()), PAIRS, folder=tmp_path)


def test_it_neither_begins_with_an_adapter_nor_ends_with_the_trunk(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="merge_search begins with fresh adapters; leave start out"):
        TuneSettings(mixture="merge_search", start=tmp_path)
    with pytest.raises(ValueError, match="trunk: 1 leaves nothing to train on a searched mixture"):
        TuneSettings(mixture="merge_search", trunk=1.0)
