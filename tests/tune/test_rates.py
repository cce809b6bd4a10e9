"""A learning rate is chosen on validation loss, with the same rates and budget for every strategy, nothing by luck."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.tune.cases import SETTINGS, InterruptedHereError, artefacts, interrupt_at, make_grouping, make_task, never

from mintune.config import RateSearchSettings, TuneSettings
from mintune.errors import TrainingError
from mintune.models.adapters import adapter_names, loaded
from mintune.models.backbone import Backbone
from mintune.models.encoding import Encoder
from mintune.models.loss import answer_losses
from mintune.models.showing import show
from mintune.records import Grouping, RateSearch, RateTrial, Suite
from mintune.tune.budget import Budget, budget_of
from mintune.tune.job import make_job
from mintune.tune.loop import Progress
from mintune.tune.rates import TRIALS, _best, saved_search, search_inputs, search_rate, trial_budget
from mintune.tune.stage import tune_grouping

RATES = (1e-4, 1e-2)
SEARCH = SETTINGS.model_copy(
    update={"learning_rate": None, "rate_search": RateSearchSettings(rates=RATES, share=0.5), "trunk": 0.5}
)
GROUPINGS = [make_grouping("all", all=("a", "bb", "ccc")), make_grouping("pairs")]


def make_suite() -> Suite:
    return Suite(tuple(make_task(name, size, validation=3) for name, size in (("a", 8), ("bb", 6), ("ccc", 4))))


def search(
    backbone: Backbone,
    folder: Path,
    grouping: Grouping = GROUPINGS[1],
    progress: Progress | None = None,
    settings: TuneSettings = SEARCH,
    suite: Suite | None = None,
) -> RateSearch:
    return search_rate(
        make_job(backbone, suite or make_suite(), settings, seed=0, rank=2),
        grouping,
        folder=folder / grouping.strategy,
        progress=progress,
    )


@pytest.fixture(scope="module")
def searched(backbone: Backbone, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RateSearch]:
    folder = tmp_path_factory.mktemp("search")
    return folder, search(backbone, folder)


def test_a_trial_has_its_share_of_the_budget() -> None:
    assert budget_of(make_suite(), SEARCH) == Budget(72, 18)
    assert trial_budget(make_suite(), SEARCH) == Budget(36, 9)


def test_every_strategy_is_tried_at_the_same_rates_for_the_same_examples(
    backbone: Backbone, searched: tuple[Path, RateSearch], tmp_path: Path
) -> None:
    for found in (searched[1], search(backbone, tmp_path, GROUPINGS[0])):
        assert [trial.learning_rate for trial in found.trials] == list(RATES)
        assert found.examples == 36
        assert (found.cost.examples, found.cost.steps) == (2 * 36, 2 * 9)


def test_the_rate_with_the_least_validation_loss_is_taken(
    backbone: Backbone, searched: tuple[Path, RateSearch]
) -> None:
    folder, found = searched
    assert found.chosen == min(found.trials, key=lambda trial: trial.validation_loss or 0.0).learning_rate
    suite, encoder = make_suite(), Encoder(backbone)
    for trial in found.trials:
        losses = []
        for group, tasks in (("first", ["a"]), ("second", ["bb", "ccc"])):
            place = folder / TRIALS / f"pairs-{trial.learning_rate:g}" / group
            with loaded(backbone, place, "looked-at"), torch.no_grad():
                for name in tasks:
                    held = suite[name].validation
                    shown = [show(suite[name], example, "both") for example in held]
                    batch = encoder.collate(encoder.with_answers(shown, [example.targets[0] for example in held]))
                    losses.append(float(answer_losses(backbone, batch).mean()))
        assert trial.validation_loss == pytest.approx(sum(losses) / 3, rel=1e-4)


def test_test_examples_are_not_read(backbone: Backbone, searched: tuple[Path, RateSearch], tmp_path: Path) -> None:
    class Secret(tuple[Any, ...]):
        __slots__ = ()

        def __getitem__(self, _key: object) -> Any:
            pytest.fail("a test example was read")

        def __iter__(self) -> Any:
            pytest.fail("test examples were read")

    secret = Secret(make_task("a", 1).train)
    tasks = tuple(replace(task, splits={**task.splits, "test": secret}) for task in make_suite().tasks)
    assert search(backbone, tmp_path, suite=Suite(tasks)).trials == searched[1].trials


def test_what_is_found_is_not_searched_again(
    backbone: Backbone, searched: tuple[Path, RateSearch], tmp_path: Path
) -> None:
    shutil.copytree(searched[0], tmp_path, dirs_exist_ok=True)

    assert search(backbone, tmp_path, progress=never) == searched[1]
    shutil.rmtree(tmp_path / TRIALS)
    assert search(backbone, tmp_path, progress=never) == searched[1]


def test_other_rates_or_data_are_searched_anew(backbone: Backbone, searched: tuple[Path, RateSearch]) -> None:
    def inputs(settings: TuneSettings, suite: Suite | None = None) -> str:
        return search_inputs(make_job(backbone, suite or make_suite(), settings, seed=0, rank=2), GROUPINGS[1])

    folder = searched[0] / "pairs"
    assert saved_search(folder, inputs(SEARCH)) == searched[1]
    assert saved_search(searched[0] / "all", inputs(SEARCH)) is None
    more = SEARCH.model_copy(update={"rate_search": RateSearchSettings(rates=(1e-4, 3e-3), share=0.5)})
    longer = SEARCH.model_copy(update={"rate_search": RateSearchSettings(rates=RATES, share=0.6)})
    fewer = Suite(tuple(make_task(name, size, validation=2) for name, size in (("a", 8), ("bb", 6), ("ccc", 4))))
    for other in (inputs(more), inputs(longer), inputs(SEARCH, fewer)):
        assert saved_search(folder, other) is None


def test_an_interruption_leaves_no_trace(backbone: Backbone, searched: tuple[Path, RateSearch], tmp_path: Path) -> None:
    for step in (2, 8, 15):
        with pytest.raises(InterruptedHereError):
            search(backbone, tmp_path, progress=interrupt_at(step))
    totals: set[int] = set()
    again = search(backbone, tmp_path, progress=lambda _done, total, _loss: totals.add(total))
    assert totals == {18}
    assert (again.chosen, again.trials) == (searched[1].chosen, searched[1].trials)

    def trained(folder: Path) -> dict[str, bytes]:
        return {path: data for path, data in artefacts(folder).items() if path.endswith(".safetensors")}

    assert trained(tmp_path) == trained(searched[0])
    assert adapter_names(backbone) == ()


def test_a_rate_at_which_training_diverges_is_out(backbone: Backbone, tmp_path: Path) -> None:
    wild = SEARCH.model_copy(update={"rate_search": RateSearchSettings(rates=(1e-3, 1e38), share=0.5)})
    found = search(backbone, tmp_path, settings=wild)
    assert found.chosen == 1e-3
    assert found.trials[1] == RateTrial(learning_rate=1e38, validation_loss=None)


def test_of_rates_alike_the_lower_is_taken_and_none_where_all_diverged() -> None:
    def trials(*losses: float | None) -> list[RateTrial]:
        return [RateTrial(learning_rate=10.0**place, validation_loss=loss) for place, loss in enumerate(losses)]

    assert _best(trials(None, 0.5, 0.5)) == 10
    with pytest.raises(TrainingError, match=r"diverged at every rate \(1, 10\)"):
        _best(trials(None, None))


def test_trials_with_fewer_steps_than_groups_are_refused(backbone: Backbone, tmp_path: Path) -> None:
    short = SEARCH.model_copy(update={"rate_search": RateSearchSettings(rates=RATES, share=0.01)})
    with pytest.raises(TrainingError, match=r"too short: 1 optimiser step cannot .*raise tune\.rate_search\.share"):
        search(backbone, tmp_path, settings=short.model_copy(update={"trunk": 0.0}))


def test_the_card_tells_the_trials_and_other_trials_make_another(backbone: Backbone, tmp_path: Path) -> None:
    def tune(*trials: RateTrial) -> Any:
        return tune_grouping(
            replace(make_job(backbone, make_suite(), SETTINGS, seed=0, rank=2), trials=trials),
            GROUPINGS[0],
            folder=tmp_path / "all",
        )[0]

    first = RateTrial(learning_rate=1e-2, validation_loss=0.25)
    assert (tune().trials, tune().learning_rate) == ((), 1e-2)
    card = tune(first, RateTrial(learning_rate=3e-2, validation_loss=None))
    assert card.trials[0] == first
    said = "chosen by validation loss after short trials: 0.01 (0.2500), 0.03 (diverged)."
    assert said in (tmp_path / "all" / "all" / "README.md").read_text()
