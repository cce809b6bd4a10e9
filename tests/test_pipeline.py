"""The pipeline on a real, random-weight backbone: what is planned, what is fresh, who answers for whom."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.models.tiny_models import make_qwen

from mintune import handover, jobs, pipeline, preflight
from mintune.config import (
    MERGED_BY,
    Config,
    EvaluateSettings,
    ExplainSettings,
    GroupSettings,
    ProfileSettings,
    RateSearchSettings,
    RepeatsSettings,
    RoundsSettings,
    SuiteSettings,
    TuneSettings,
    ValidationSettings,
    WorldSettings,
)
from mintune.errors import BackboneError, ConfigError, MintuneError, RunError, TrainingError
from mintune.models.answering import Question
from mintune.models.showing import show
from mintune.plan import plan, plan_profile, plan_tune
from mintune.profile.examples import read_examples
from mintune.profile.predictions import write
from mintune.progress import Silent, number_of
from mintune.records import VIEWS, Estimate, MixtureSearch, Prediction, Quarantined, Suite
from mintune.run import RunFolder
from mintune.tune.budget import budget_of
from mintune.way import Way, evaluate_inputs, group_inputs, planned_runs, profile_inputs

KNOWS: dict[str, tuple[str, ...]] = {
    "redundancy": ("image", "text", "both"),
    "unique_image": ("image", "both"),
    "unique_text": ("text", "both"),
    "synergy": ("both",),
}


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Way:
    """A run of four world tasks on two layers of random weights, ready to go."""
    folder = tmp_path_factory.mktemp("pipeline")
    backbone = make_qwen()
    backbone.model.save_pretrained(folder / "model")
    backbone.processor.save_pretrained(folder / "model")
    config = Config(
        backbone=str(folder / "model"),
        suite=SuiteSettings(
            world=WorldSettings(
                examples=40, test_examples=10, tasks=("part_colour", "key_colour", "for_mia", "right_word")
            )
        ),
        profile=ProfileSettings(examples=30, adapt="always", adapt_epochs=1),
        group=GroupSettings(random_draws=2),
        tune=TuneSettings(rank=2, epochs=2, batch_size=8),
        evaluate=EvaluateSettings(compare=("all", "random"), seeds=2),
        explain=ExplainSettings(exemplars=1),
    )
    return Way(config, RunFolder(folder / "run"))


@pytest.fixture(scope="module")
def outcome(way: Way) -> pipeline.Outcome:
    return pipeline.run(way)


def test_every_strategy_has_every_seed_and_random_a_new_draw_for_each(way: Way) -> None:
    assert planned_runs(way) == [
        *(("interaction", seed) for seed in (0, 1)),
        *(("all", seed) for seed in (0, 1)),
        *(("random", seed) for seed in (0, 1, 2, 3)),
    ]


def test_the_plan_counts_the_training_that_the_run_then_does(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path
) -> None:
    training = sum(len(task.train) for task in way.suite.tasks)
    done = sum(cost.examples for cost in outcome.scores.costs.values())
    assert done == 2 * training * len(planned_runs(way))
    views = outcome.profiles.cost.examples - sum(profile.num_examples for profile in outcome.profiles.profiles) * len(
        VIEWS
    )
    assert plan(Way(way.config, RunFolder(tmp_path))).num_training == pytest.approx(done + views, abs=4)
    assert plan(way).num_training == done  # the profile is there


def test_the_plan_of_tuning_alone_counts_one_strategy_and_what_has_to_come_first(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path
) -> None:
    planned = plan_tune(way)
    num_groups = len(outcome.grouping.groups)
    assert planned.num_groups == num_groups
    assert planned.num_training == outcome.scores.costs["interaction"].examples / 2  # seeds
    assert planned.num_steps == outcome.scores.costs["interaction"].steps / 2
    assert planned.profiling is None
    assert f"in {number_of(num_groups, 'group')}," in planned.sentence
    fresh = Way(way.config, RunFolder(tmp_path))
    before = plan_tune(fresh)
    assert (before.num_groups, before.num_training) == (None, planned.num_training)
    assert before.profiling is not None
    assert before.profiling == replace(plan_profile(fresh), seconds=before.profiling.seconds)
    assert pipeline.is_tuned(way)
    assert not pipeline.is_tuned(fresh)
    assert plan_tune(way, is_done=True).seconds == plan_tune(way, is_done=True).num_training == 0


def test_all_strategies_get_the_same_examples_and_steps(outcome: pipeline.Outcome) -> None:
    spent = {
        strategy: (cost.examples / seeds, cost.steps / seeds)
        for strategy, cost in outcome.scores.costs.items()
        for seeds in [len({score.seed for score in outcome.scores.scores if score.strategy == strategy})]
    }
    assert len(set(spent.values())) == 1, spent


def times(folder: Path) -> dict[Path, int]:
    """When each artefact was written, but for reports."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {path: path.stat().st_mtime_ns for path in files if "explain" not in path.parts}


def test_what_is_fresh_is_not_made_again(way: Way, outcome: pipeline.Outcome) -> None:
    before = times(way.run.path)
    assert pipeline.run(Way(way.config, way.run)).as_json() == outcome.as_json()
    assert times(way.run.path) == before


def test_other_tuning_makes_other_scores_but_keeps_the_profile(way: Way, outcome: pipeline.Outcome) -> None:
    tune = way.config.tune.model_copy(update={"epochs": 1.0})
    other = Way(way.config.model_copy(update={"tune": tune}), way.run)
    assert profile_inputs(other) == profile_inputs(way)
    assert not way.run.is_fresh("evaluate/scores.json", evaluate_inputs(other))


def test_a_budget_of_time_is_measured_once_and_kept(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def machine(seconds_an_example: float) -> None:
        for place in ("mintune.speed.speeds", "mintune.plan.speeds"):
            monkeypatch.setattr(place, lambda _way: (0.0, seconds_an_example))

    timed = other(way, tmp_path, tune={"budget": "2m"}, profile={"adapt": "never"})
    before = evaluate_inputs(timed)
    machine(0.5)
    preflight.fix_budget(timed)
    assert budget_of(timed.suite, timed.tuning).examples == 240
    assert evaluate_inputs(timed) != before
    machine(0.25)  # a faster machine takes the run over
    preflight.fix_budget(timed)
    again = other(timed, tmp_path)
    assert budget_of(again.suite, again.tuning).examples == 240
    assert plan(again).num_training == 240 * len(planned_runs(again))
    longer = other(timed, tmp_path, tune={"budget": "4m"})
    assert plan(longer).num_training == 960 * len(planned_runs(longer))
    assert longer.tuning.seconds == 240  # a plan fixes nothing


def test_strategies_that_are_one_trunk_are_not_compared(way: Way, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tune\.trunk: is 1, with which all groups of every strategy get copies"):
        preflight.check_evaluate(other(way, tmp_path, tune={"trunk": 1.0}))
    preflight.check_evaluate(other(way, tmp_path, tune={"trunk": 1.0}, evaluate={"compare": ()}))


def test_validation_is_planned_at_its_dearest(way: Way, tmp_path: Path) -> None:
    plain = plan(other(way, tmp_path))
    looked = other(way, tmp_path, tune={"validation": ValidationSettings(steps=1000, examples=2)})
    parts = 1 if way.config.tune.trunk in (0, 1) else 2
    examples = sum(min(2, len(task.validation)) for task in way.suite.tasks)
    assert examples > 0
    # Before the first and after the last step of trunk and branches, under each tuning.
    assert plan(looked).num_answers == plain.num_answers + 2 * parts * examples * plain.num_strategies


def test_a_learning_rate_is_chosen_planned_and_on_the_cards(way: Way, tmp_path: Path) -> None:
    search = RateSearchSettings(rates=(1e-3, 1e-2), share=0.5)
    trying = other(
        way,
        tmp_path,
        tune={"rate_search": search, "epochs": 1.0},
        group={"strategy": "domain"},
        profile={"adapt": "never"},
    )
    budget = budget_of(trying.suite, trying.config.tune).examples
    planned = plan(trying)
    assert planned.rates.num_trying == 2 * round(budget / 2) * len(planned_runs(trying))
    assert planned.num_training == budget * len(planned_runs(trying)) + planned.rates.num_trying
    assert f"chosen from 0.001, 0.01 by trials of {planned.rates.num_trying:,} of these examples" in planned.sentence
    grouping = pipeline.group(trying, "all")
    assert pipeline.cards_of(trying, grouping, seed=0, rank=2) == [None]
    cards = pipeline.tune_strategy(trying, grouping, seed=0, rank=2)
    assert cards[0].learning_rate in search.rates
    assert [trial.learning_rate for trial in cards[0].trials] == list(search.rates)
    before = times(tmp_path)
    assert pipeline.tune_strategy(trying, grouping, seed=0, rank=2) == cards
    assert times(tmp_path) == before


def test_mixtures_are_searched_planned_and_on_the_cards(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mintune.plan.speeds", lambda _: (0.01, 0.03))
    search = RateSearchSettings(rates=(1e-3, 1e-2), share=0.25)
    tune: dict[str, Any] = {"mixture": "merge_search", "rate_search": search, "epochs": 4.0}
    trying = other(way, tmp_path, tune=tune, group={"strategy": "domain"}, profile={"adapt": "never"})
    plain = other(way, tmp_path, tune=tune | {"mixture": "proportional"}, group={"strategy": "domain"})
    budget = budget_of(trying.suite, trying.config.tune).examples
    assert plan_tune(trying).num_training == plan_tune(plain).num_training + round(budget / 2)
    asked = 52 * sum(len(task.validation) for task in way.suite.tasks)
    assert plan_tune(trying).seconds - plan_tune(plain).seconds == pytest.approx(0.03 * (round(budget / 2) + asked / 3))
    grouping = pipeline.group(trying, "all")
    assert pipeline.cards_of(trying, grouping, seed=0, rank=2) == [None]
    (card,) = pipeline.tune_strategy(trying, grouping, seed=0, rank=2)
    assert card.search is not None
    assert card.mixture.shares == card.search.shares
    assert len(card.trials) == 2
    alone = other(trying, tmp_path, group={"strategy": "single"})
    assert plan_tune(alone).num_training == plan_tune(plain).num_training
    assert "Merged short adapters" in (tmp_path / "tune" / "all" / "all" / "README.md").read_text()
    before = times(tmp_path)
    assert pipeline.tune_strategy(trying, grouping, seed=0, rank=2) == [card]
    assert times(tmp_path) == before
    bare = replace(way.suite.tasks[0], splits={**way.suite.tasks[0].splits, "validation": ()})
    blind = other(way, tmp_path, suite=Suite((bare, *way.suite.tasks[1:])), tune={"mixture": "merge_search"})
    with pytest.raises(ConfigError, match=rf"tune\.mixture: no validation examples in {bare.name}"):
        preflight.check_tune(blind, [("all", 0)])


def test_an_adapter_to_begin_with_may_not_lie_where_this_run_writes(way: Way, tmp_path: Path) -> None:
    trying = other(way, tmp_path, tune={"start": tmp_path / "tune" / "all" / "all"})
    with pytest.raises(ConfigError, match=r"tune\.start: .*lies among the adapters that this run writes"):
        preflight.check_tune(trying, [("all", 0)])
    with pytest.raises(ConfigError, match=r"tune\.start: .*nothing: no such folder"):
        preflight.check_tune(other(way, tmp_path, tune={"start": tmp_path / "nothing"}), [("all", 0)])


def test_an_export_says_what_it_cannot_carry(way: Way, outcome: pipeline.Outcome, tmp_path: Path) -> None:
    for tune, says in [
        ({"start": tmp_path}, r"tune\.start: .*an export begins with fresh adapters"),
        ({"budget": "10m"}, r"tune\.budget: 10m is time, and no tuning here has told it as examples yet"),
        ({"rate_search": RateSearchSettings()}, r"tune\.rate_search: not searched yet; run `mintune tune`"),
        ({"mixture": "merge_search"}, r"tune\.mixture: not searched yet; run `mintune tune`"),
    ]:
        with pytest.raises(ConfigError, match=says):
            handover.export(other(way, tune=tune), "trl", tmp_path / "trl")


def test_only_adapters_of_these_settings_are_served(way: Way, outcome: pipeline.Outcome, tmp_path: Path) -> None:
    assert outcome.scores
    files = handover.export(way, "vllm", tmp_path / "vllm")
    assert [path.name for path in files] == ["serve.sh", "routes.json"]
    with pytest.raises(RunError, match=r"holds no adapters of these settings and data; run `mintune tune` first"):
        handover.export(other(way, tune={"epochs": 3.0}), "vllm", tmp_path / "others")


def test_a_mixture_is_exported_with_each_group_s_part_of_the_steps(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path
) -> None:
    theirs = other(way, tune={"mixture": "uniform"})
    files = handover.export(theirs, "ms-swift", tmp_path / "theirs")
    steps = [int(found[1]) for path in files if (found := re.search(r"--max_steps (\d+)", path.read_text()))]
    assert len(steps) == len(outcome.grouping.groups)
    assert sum(steps) == budget_of(way.suite, theirs.tuning).steps


@pytest.mark.parametrize("is_taken", [True, False])
def test_a_searched_mixture_is_exported_where_it_is_taken(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_taken: bool
) -> None:
    shares = {task.name: 0.1 for task in way.suite.tasks} | {"part_colour": 0.7}
    search = MixtureSearch(
        group="all",
        before=dict.fromkeys(shares, 0.25),
        found=shares,
        gain=Estimate(value=0.2, low=0.1 if is_taken else -0.1, high=0.3),
        confidence=0.95,
        correlation=0.9,
        scale=2.0,
        num_asked=100,
    )
    searching = other(way, tmp_path / "run", tune={"mixture": "merge_search"}, group={"strategy": "all"})
    shutil.copytree(way.run.path / "profile", tmp_path / "run" / "profile")
    for strategy in ("all", "interaction"):
        pipeline.group(searching, strategy)
    monkeypatch.setattr("mintune.jobs.found", lambda *_, **__: jobs.Searched(mixtures=(search,)))
    [path] = handover.export(searching, "ms-swift", tmp_path / "theirs")
    said = path.read_text()
    assert ("--interleave_prob 0.7 0.1 0.1 0.1" in said, "--max_steps" in said) == (is_taken, is_taken)
    assert ("--num_train_epochs" in said) != is_taken
    assert outcome.grouping


def test_what_is_left_out_and_what_is_trained_anew_is_said(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    leaky = Way(way.config, RunFolder(tmp_path), Listening(said))
    row = Quarantined(task="a", file="a.jsonl", line=3, reason="image: none")
    monkeypatch.setattr(Way, "read_suite", lambda _: Suite(way.suite.tasks, (row, row)))
    assert leaky.suite.quarantined == (row, row)
    assert said == ["left out: 2 rows (2 of a); `mintune check` says why"]
    plain = other(way, tmp_path, group={"strategy": "domain"}, profile={"adapt": "never"}, tune={"epochs": 1.0})
    grouping = pipeline.group(plain, "all")
    pipeline.tune_strategy(plain, grouping, seed=0, rank=2)
    longer = other(plain, tmp_path, tune={"epochs": 1.5})
    longer.watch = Listening(said)
    said.clear()
    pipeline.tune_strategy(longer, grouping, seed=0, rank=2)
    assert said[0] == "all: not what is planned now, so made anew: all"


def test_without_validation_examples_no_rate_can_be_chosen(way: Way, tmp_path: Path) -> None:
    first, *rest = way.suite.tasks
    bare = replace(first, splits={**first.splits, "validation": ()})
    trying = other(way, tmp_path, suite=Suite((bare, *rest)), tune={"rate_search": RateSearchSettings()})
    with pytest.raises(ConfigError, match=rf"tune\.rate_search: no validation examples in {first.name}"):
        preflight.check_tune(trying, [("all", 0)])


def test_every_profiled_example_is_answered_by_the_adapter_that_did_not_see_it(
    way: Way, outcome: pipeline.Outcome
) -> None:
    from mintune.profile.predictions import read

    for task in way.suite.tasks:
        found, aside = read(way.run / "predictions" / task.name)
        learnt_or_held = {example.id for example in (*task.train, *task.validation)}
        tested = {example.id for example in task.test}
        asked = {prediction.example_id for prediction in found}
        assert asked <= learnt_or_held
        assert not asked & tested
        assert aside == []
    assert outcome.profiles.adapted


def test_predictions_carry_the_gold_answers(way: Way, outcome: pipeline.Outcome) -> None:
    """So that they can be scored again by another metric, elsewhere, without the data."""
    from mintune.profile.predictions import read

    assert outcome.reports
    task = way.suite.tasks[0]
    gold = {example.id: example.targets for example in (*task.train, *task.validation)}
    found, _ = read(way.run / "predictions" / task.name)
    assert all(prediction.gold == gold[prediction.example_id] for prediction in found)


class Listening(Silent):
    """Keeps what is said."""

    def __init__(self, said: list[str]) -> None:
        self._said = said

    def say(self, line: str) -> None:
        self._said.append(line)


def other(way: Way, folder: Path | None = None, *, suite: Suite | None = None, **changes: dict[str, Any]) -> Way:
    """The same run with some settings changed, in its folder or another, over the model that is loaded already."""
    settings = {stage: getattr(way.config, stage).model_copy(update=update) for stage, update in changes.items()}
    found = Way(way.config.model_copy(update=settings), RunFolder(folder) if folder else way.run)
    found.__dict__ |= {"backbone": way.backbone, "suite": suite or way.suite}
    return found


def with_tasks(way: Way, **changes: object) -> Suite:
    return Suite(tuple(replace(task, **changes) for task in way.suite.tasks))  # type: ignore[arg-type]


def inputs(way: Way) -> tuple[str, str, str]:
    return profile_inputs(way), group_inputs(way, "domain", 0), evaluate_inputs(way)


def changed(way: Way, than: tuple[str, str, str]) -> list[bool]:
    """Whether the digests of profile, group and evaluate are others than these."""
    return [now != before for now, before in zip(inputs(way), than, strict=True)]


def test_another_metric_makes_other_scores_and_another_domain_other_groups(way: Way) -> None:
    before = inputs(way)
    assert changed(other(way), before) == [False, False, False]
    assert changed(other(way, suite=with_tasks(way, metric="anls")), before) == [False, False, True]
    assert changed(other(way, suite=with_tasks(way, domain="one")), before) == [False, True, True]


def test_what_is_tuned_with_does_not_change_what_is_measured(way: Way) -> None:
    before = inputs(way)
    for tune in ({"objective": "pcgrad"}, {"mixture": "unimax"}, {"mixture": "merge_search"}, {"trunk": 0.25}):
        assert changed(other(way, tune=tune), before) == [False, False, True]


@pytest.mark.parametrize(
    ("version", "stale"),
    [
        ("mintune.way.SCHEMA_VERSION", [True, True, True]),
        ("mintune.profile.stage.VERSION", [True, True, True]),
        ("mintune.models.answering.DECODING", [True, True, True]),
        ("mintune.group.stage.VERSION", [False, True, True]),
        ("mintune.evaluate.stage.VERSION", [False, False, True]),
    ],
)
def test_mended_code_makes_anew_what_it_had_made_and_all_that_follows(
    way: Way, monkeypatch: pytest.MonkeyPatch, version: str, stale: list[bool]
) -> None:
    before = inputs(way)
    monkeypatch.setattr(version, 1000)
    assert changed(way, before) == stale


def test_tuning_by_the_profile_reads_it_and_is_counted_in_the_plan(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path
) -> None:
    shutil.copytree(way.run.path, tmp_path / "run")
    tune = way.config.tune.model_copy(update={"interaction": 1.0})
    other = Way(way.config.model_copy(update={"tune": tune}), RunFolder(tmp_path / "run"))
    assert jobs.shares_known(way) == {}
    assert jobs.shares_known(other) == {found.task: found.shares for found in outcome.profiles.profiles}
    tuned = outcome.scores.costs.values()
    assert plan(other).num_training == plan(way).num_training + sum(cost.examples for cost in tuned)
    grouping = pipeline.group(other, "interaction")
    assert set(pipeline.cards_of(other, grouping, seed=0, rank=2)) == {None}
    cards = pipeline.tune_strategy(other, grouping, seed=0, rank=2)
    before = pipeline.cards_of(way, grouping, seed=0, rank=2)
    for card, plain in zip(cards, before, strict=True):
        assert plain is not None
        assert card.cost.examples == plain.cost.examples
        assert card.cost.tokens > plain.cost.tokens


def test_a_report_leaves_out_scores_of_other_settings_and_says_so(way: Way, outcome: pipeline.Outcome) -> None:
    fresh = pipeline.evidence(other(way))
    assert fresh.scores == outcome.scores
    assert {card.strategy for card in fresh.cards} == {"interaction", "all", "random"}
    assert fresh.stale == ()
    before = times(way.run.path)
    retuned = other(way, tune={"epochs": 1.0})
    found = pipeline.evidence(retuned)
    assert (found.scores, found.cards, found.stale) == (None, (), ("evaluate",))
    for path in pipeline.explain(retuned):
        assert "mintune evaluate" in path.read_text()
    assert times(way.run.path) == before
    pipeline.explain(way)


def test_adapters_that_are_not_those_that_were_scored_are_told_and_made_again(
    way: Way, outcome: pipeline.Outcome
) -> None:
    folder = way.run / "tune" / "interaction"
    kept = {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.safetensors"))}
    assert pipeline.is_done(other(way))
    shutil.rmtree(folder)
    assert not pipeline.is_done(other(way))
    found = pipeline.evidence(other(way))
    assert found.stale == ("tune",)
    assert ("interaction", way.config.seed) not in {(card.strategy, card.seed) for card in found.cards}
    for path in pipeline.explain(other(way), found):
        assert "mintune evaluate" in path.read_text()
    assert pipeline.evaluate(other(way)) == outcome.scores
    assert pipeline.is_done(other(way))
    assert {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*.safetensors"))} == kept


def test_merged_baselines_are_scored_like_any_strategy_and_cost_what_single_does(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path
) -> None:
    """Of the same parts as `single`, which the run tunes, too; profiles are there already."""
    shutil.copytree(way.run.path, tmp_path, dirs_exist_ok=True)
    compare = ("all", "single", *MERGED_BY)
    merging = other(way, tmp_path, evaluate={"compare": compare, "seeds": 1})
    scores = pipeline.evaluate(merging)
    assert {score.strategy for score in scores.scores} == {"interaction", *compare}
    counted = {"examples", "steps", "tokens", "truncated"}
    for strategy in MERGED_BY:
        assert scores.costs[strategy].model_dump(include=counted) == scores.costs["single"].model_dump(include=counted)
        assert scores.parameters[strategy] == scores.parameters["all"]
    found = pipeline.evidence(merging)
    assert found.stale == ()
    assert {card.strategy for card in found.cards} == {"interaction", *compare}
    assert pipeline.is_done(merging)
    for path in pipeline.explain(merging):
        assert "TIES" in path.read_text()
    training = sum(len(task.train) for task in way.suite.tasks) * way.config.tune.epochs
    assert plan(merging).num_training == 3 * training


def test_a_task_that_spans_groups_is_answered_by_a_merge_where_that_is_set(
    way: Way, outcome: pipeline.Outcome, tmp_path: Path
) -> None:
    """The same adapters are trained; only the answers to the task that spans them are asked of another."""
    shutil.copytree(way.run.path, tmp_path, dirs_exist_ok=True)
    both = other(way, tmp_path, evaluate={"spanning": "merged"})
    one = outcome.grouping.groups[0]
    two = one.model_copy(update={"name": "two", "tasks": ("for_mia",)})
    first = one.model_copy(update={"tasks": tuple(task.name for task in way.suite.tasks if task.name != "for_mia")})
    membership = {task.name: {first.name: 1.0} for task in way.suite.tasks} | {"for_mia": {"two": 0.6, first.name: 0.4}}
    grouping = outcome.grouping.model_copy(update={"groups": (first, two), "membership": membership})
    cards = pipeline.tune_strategy(both, grouping, seed=0, rank=2)
    folder = both.run / "tune" / "interaction"
    homes = pipeline.adapters_of(both, grouping, cards, folder)
    assert homes == dict.fromkeys(homes, folder / first.name) | {"for_mia": folder / "spanning" / "for_mia"}
    merged, cost = pipeline.answer_tests(both, grouping, cards, "inputs")
    own, own_cost = pipeline.answer_tests(other(way, tmp_path), grouping, cards, "inputs")
    assert cost.examples == own_cost.examples == sum(len(task.test) for task in way.suite.tasks)
    same = {task: [one.scores for one in merged[task]] == [one.scores for one in own[task]] for task in merged}
    assert same == dict.fromkeys(same, True) | {"for_mia": False}
    assert evaluate_inputs(both) != evaluate_inputs(way)


def test_the_digest_of_scores_made_before_there_was_merging_is_still_theirs(way: Way) -> None:
    """The settings of then as they were dumped then: run folders made before stay fresh."""
    from mintune.evaluate.stage import VERSION
    from mintune.run import digest

    settings = {"compare": ["all", "random"], "seeds": 2, "confidence": 0.95}
    groupings = [group_inputs(way, strategy, seed) for strategy, seed in planned_runs(way)]
    metrics = {task.name: task.metric for task in way.suite.tasks}
    tune = way.config.tune.deciding()
    rate = way.config.tune.rate_for(way.config.backbone)
    then = digest("evaluate", VERSION, way.backbone.fingerprint, groupings, metrics, tune, rate, settings)
    assert evaluate_inputs(way) == then


def test_merging_otherwise_makes_anew_what_was_merged_and_nothing_else(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    merging = other(way, tmp_path, evaluate={"compare": ("merge_ties",)})
    before, merged_before = inputs(way), inputs(merging)
    monkeypatch.setattr("mintune.models.merging.VERSION", 1000)
    assert changed(way, before) == [False, False, False]
    assert changed(merging, merged_before) == [False, False, True]


def test_the_code_on_an_adapters_card_runs_and_answers(way: Way, outcome: pipeline.Outcome) -> None:
    group = next(group for group in outcome.grouping.groups if "part_colour" in group.tasks)
    folder = way.run / "tune" / "interaction" / group.name
    code = (folder / "README.md").read_text().split("```python\n")[1].split("```")[0]
    task = way.suite["part_colour"]
    shown = show(task, task.test[0], "both")
    given: dict[str, Any] = {
        "FOLDER": str(folder),
        "PICTURES": [Image.open(io.BytesIO(picture.data)).convert("RGB") for picture in shown.images],
        "WORDS": shown.words,
    }
    exec(code, given)
    assert given["written"].shape[1] > 0
    assert isinstance(given["answer"], str)


def test_adapters_say_how_their_tasks_were_profiled_and_scored(way: Way, outcome: pipeline.Outcome) -> None:
    for score in outcome.scores.scores:
        folder = way.run / "tune" / pipeline.label(way, score.strategy, score.seed)
        cards = {path.parent.name: path.read_text() for path in folder.glob("*/README.md")}
        said = f"| {score.task} | {score.metric} | {score.value:.1%} [{score.low:.1%}, {score.high:.1%}] |"
        assert sum(said in card for card in cards.values()) == 1
        profile = outcome.profiles[score.task]
        assert sum(f"| {score.task} | {profile.type} |" in card for card in cards.values()) == 1
        assert all("Apache-2.0" in card for card in cards.values())


def test_how_often_checkpoints_are_written_changes_no_score(way: Way, outcome: pipeline.Outcome) -> None:
    assert pipeline.evidence(other(way, tune={"checkpoint_steps": 7})).scores == outcome.scores


def test_a_report_asks_nothing_and_says_which_verb_is_missing(way: Way, tmp_path: Path) -> None:
    empty = other(way, tmp_path)
    with pytest.raises(RunError, match=r"knowledge\.json: is not there yet; run `mintune profile` first"):
        pipeline.explain(empty)
    assert times(tmp_path) == {}
    with pytest.raises(RunError, match="was made from other settings or data; run `mintune profile` first"):
        pipeline.explain(other(way, profile={"examples": 29}))


@pytest.mark.parametrize(
    ("verb", "changes", "error", "says"),
    [
        (
            lambda way: pipeline.group(way, "by_lot"),
            {},
            ConfigError,
            "unknown strategy 'by_lot'; accepted: interaction",
        ),
        (pipeline.tune, {"group": {"must_link": (("for_mia", "key_color"),)}}, ConfigError, "did you mean key_colour"),
        (pipeline.evaluate, {"group": {"must_link": (("for_mia", "key_color"),)}}, ConfigError, "did you mean"),
        (
            pipeline.run,
            {"evaluate": {"compare": ("single",)}, "tune": {"epochs": 1, "batch_size": 64}},
            TrainingError,
            "cannot be shared by 4 groups",
        ),
        (
            pipeline.run,
            {"evaluate": {"compare": ("merge_ties",)}, "tune": {"epochs": 1, "batch_size": 64}},
            TrainingError,
            "cannot be shared by 4 groups",
        ),
    ],
)
def test_what_is_wrong_from_the_start_is_said_before_anything_is_spent(
    way: Way,
    tmp_path: Path,
    verb: Callable[[Way], object],
    changes: dict[str, dict[str, Any]],
    error: type[MintuneError],
    says: str,
) -> None:
    with pytest.raises(error, match=says):
        verb(other(way, tmp_path, **changes))
    assert times(tmp_path) == {}


def test_a_task_without_test_examples_is_told_before_anything_is_spent(way: Way, tmp_path: Path) -> None:
    untested = Suite(
        tuple(replace(task, splits={"train": task.train, "validation": task.validation}) for task in way.suite.tasks)
    )
    for verb in (pipeline.evaluate, pipeline.run):
        with pytest.raises(ConfigError, match="no test examples in part_colour, key_colour"):
            verb(other(way, tmp_path, suite=untested))
    assert times(tmp_path) == {}


def test_what_was_asked_before_costs_what_it_cost_then(way: Way, tmp_path: Path) -> None:
    small = Suite(way.suite.tasks[:1])
    never = {"adapt": "never"}
    first = pipeline.profile(other(way, tmp_path, suite=small, profile=never)).cost
    (tmp_path / "profile" / "knowledge.json").unlink()
    again = pipeline.profile(other(way, tmp_path, suite=small, profile=never)).cost
    assert again == first
    assert first.tokens > first.examples == 30 * len(VIEWS)
    assert first.seconds > 0


def test_asking_twice_costs_twice(way: Way, tmp_path: Path) -> None:
    """Random weights fail at most tasks, so `auto` asks the backbone and then the adapters."""
    small = Suite(way.suite.tasks[:1])
    auto = other(way, tmp_path, suite=small, profile={"adapt": "auto"})
    table = pipeline.profile(auto)
    assert table.adapted
    trained = round(way.config.profile.adapt_epochs * len(small.tasks[0].train))
    assert table.cost.examples == pytest.approx(2 * 30 * len(VIEWS) + trained, abs=2)


def test_rounds_ask_what_the_budget_allows_and_a_run_cut_short_ends_the_same(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the adapters of two folds; so few examples settle nothing, and the budget goes to its last one."""
    monkeypatch.setattr("mintune.profile.rounds.FIRST", 10)
    rounds = RoundsSettings(examples=50)
    cut, whole = (other(way, tmp_path / name, profile={"rounds": rounds}) for name in ("cut", "whole"))
    asked = 0

    def until_the_second_round(label: str, questions: Sequence[Question], *rest: Any, **more: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise KeyboardInterrupt
        return Way.ask(cut, label, questions, *rest, **more)

    cut.__dict__["ask"] = until_the_second_round
    with pytest.raises(KeyboardInterrupt):
        pipeline.profile(cut)
    del cut.__dict__["ask"]
    resumed, table = pipeline.profile(cut), pipeline.profile(whole)
    assert resumed.profiles == table.profiles
    assert sorted(profile.num_examples for profile in table.profiles) == [10, 13, 13, 13]
    paths = [run / "predictions" / "for_mia" / "both.parquet" for run in (cut.run, whole.run)]
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"rounds": RoundsSettings(), "estimator": "delta"},
            "settles types against gold answers",
        ),
        (
            {"rounds": RoundsSettings(), "predictions": Path("there")},
            "says when to stop asking",
        ),
        ({"rounds": RoundsSettings(examples=40)}, "40 do not do for 4 tasks"),
    ],
)
def test_rounds_that_cannot_be_had_are_refused(way: Way, tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    refused = other(way, tmp_path, profile=changes)
    refused.__dict__["predictions_digest"] = None
    with pytest.raises(ConfigError, match=says):
        pipeline.profile(refused)


def test_the_plan_of_a_profile_counts_what_is_then_asked(way: Way, tmp_path: Path) -> None:
    never = other(way, tmp_path, profile={"adapt": "never"})
    planned = plan_profile(never)
    assert planned.num_answers == pipeline.profile(never).cost.examples
    assert planned.num_training == 0
    assert planned.seconds > 0
    budgeted = plan_profile(other(way, tmp_path, profile={"rounds": RoundsSettings(examples=110)}))
    assert (budgeted.num_examples, budgeted.in_rounds) == (110, True)


@pytest.mark.parametrize("adapt", ["never", "always"])
def test_several_answers_to_each_example_are_asked_planned_and_kept(way: Way, tmp_path: Path, adapt: str) -> None:
    """One task in three wordings, which are three questions; the others are drawn from the scores of one."""
    from mintune.profile.predictions import read

    repeats = RepeatsSettings(
        answers=3, temperature=1.0, wordings={"part_colour": ("Which colour?", "Name its colour.")}
    )
    repeated = other(way, tmp_path, profile={"adapt": adapt, "repeats": repeats, "examples": 30})
    assert plan_profile(repeated).num_answers == (3 + 3 * 1) * 30 * len(VIEWS)
    table = pipeline.profile(repeated)
    closed = [task for task in way.suite.tasks if task.train[0].choices]
    assert len(closed) == 4
    trained = sum(len(task.train) for task in way.suite.tasks) if adapt == "always" else 0
    assert table.cost.examples == pytest.approx((3 + 3 * 1) * 30 * len(VIEWS) + trained, abs=8)
    for task in closed:
        found = read(tmp_path / "predictions" / task.name)[0]
        assert {one.draw for one in found} == {0, 1, 2}
        assert len(found) == len({(one.example_id, one.view, one.draw) for one in found}) == 3 * 30 * len(VIEWS)
    notes = [note for profile in table.profiles for note in profile.notes if note.startswith("reliability")]
    assert all(note.endswith(", from 3 answers an example") for note in notes)
    assert profile_inputs(repeated) != profile_inputs(other(way, tmp_path, profile={"adapt": adapt, "examples": 30}))


def test_wordings_of_an_unknown_task_are_told_before_anything_is_spent(way: Way, tmp_path: Path) -> None:
    repeats = RepeatsSettings(wordings={"part_color": ("a", "b")})
    with pytest.raises(ConfigError, match=r"profile.repeats.wordings.part_color: the suite has no such task"):
        pipeline.profile(other(way, tmp_path, profile={"repeats": repeats}))
    assert times(tmp_path) == {}


def test_other_ways_of_hiding_are_asked_of_who_answered_and_both_is_not_asked_again(way: Way, tmp_path: Path) -> None:
    """With view adapters: each way asks its three views of the examples, and the profile itself stays as it was."""
    from mintune.profile.predictions import read

    small = Suite(way.suite.tasks[:1])
    plain = pipeline.profile(other(way, tmp_path / "plain", suite=small))
    also = other(way, tmp_path / "also", suite=small, profile={"also_hiding": ("blank", "shuffle")})
    table = pipeline.profile(also)
    (profile,) = table.profiles
    assert profile.model_copy(update={"robustness": {}}) == plain.profiles[0]
    assert list(profile.robustness) == ["drop", "blank", "shuffle"]
    assert table.cost.examples - plain.cost.examples == 2 * 3 * 30
    assert read(also.run / "predictions" / "part_colour")[0] == read(tmp_path / "plain/predictions/part_colour")[0]
    hidden, aside = read(also.run / "predictions" / "_blank")
    assert ({one.view for one in hidden}, {one.hiding for one in hidden}, aside) == (
        {"none", "image", "text"},
        {"blank"},
        [],
    )
    alone = other(way, tmp_path / "also", suite=small, profile={"also_hiding": ("noise",)})
    pipeline.profile(alone)
    assert [path.name for path in (alone.run / "predictions").glob("_*")] == ["_noise"]


def test_in_rounds_the_examples_that_were_asked_are_asked_hidden_otherwise(
    way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mintune.profile.rounds.FIRST", 10)
    settings = {"adapt": "never", "rounds": RoundsSettings(examples=50), "also_hiding": ("noise",)}
    in_rounds = other(way, tmp_path, profile=settings)
    planned = plan_profile(in_rounds)
    table = pipeline.profile(in_rounds)
    assert [one.num_examples for one in table.profiles] == [
        one.robustness["noise"].num_examples for one in table.profiles
    ]
    assert table.cost.examples == sum(one.num_examples for one in table.profiles) * (4 + 3)
    assert planned.num_answers == 50 * (4 + 3)
    assert "4 views, hidden in 2 ways: up to 350 answers" in planned.sentence


def test_the_plan_counts_other_ways_of_hiding_once_and_outside_the_budget(way: Way, tmp_path: Path) -> None:
    auto = {"adapt": "auto", "rounds": RoundsSettings(seconds=1e-9), "also_hiding": ("blank", "noise")}
    planned = plan_profile(other(way, tmp_path, profile=auto))
    assert planned.num_answers == 4 * 30 * (2 * 4 + 2 * 3)
    assert planned.seconds > 1e-3
    more = plan(other(way, tmp_path, profile={"also_hiding": ("blank",)}))
    assert more.num_answers - plan(other(way, tmp_path)).num_answers == 360


def test_nobody_to_swap_with_is_told_before_anything_is_asked(way: Way, tmp_path: Path) -> None:
    lonely = other(way, tmp_path, profile={"examples": 1, "also_hiding": ("shuffle",)})
    with pytest.raises(ConfigError, match="shuffle takes 2 examples or more; task part_colour asks 1"):
        pipeline.profile(lonely)
    assert times(tmp_path) == {}


def test_predictions_made_elsewhere_are_profiled_grouped_and_explained_without_a_backbone(tmp_path: Path) -> None:
    """A predictor that knows what it sees: the built types, from a CSV file and with no model of the name given."""
    suite = SuiteSettings(
        world=WorldSettings(examples=60, test_examples=10, tasks=("part_colour", "key_colour", "for_mia", "right_word"))
    )
    config = Config(backbone="no/such/model", suite=suite)
    tasks = Way(config, RunFolder(tmp_path / "data")).suite.tasks
    rows = ["task,example_id,view,answer"]
    for task in tasks:
        for example in (*task.train, *task.validation):
            wrong = next(choice for choice in example.choices or ("?",) if choice not in example.targets)
            knows = KNOWS[task.built_type or "mixture"]
            rows += [
                f"{task.name},{example.id},{view},{example.targets[0] if view in knows else wrong}" for view in VIEWS
            ]
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    way = Way(config.with_predictions(tmp_path / "mine.csv"), RunFolder(tmp_path / "run"))
    table = pipeline.profile(way)
    assert {profile.task: profile.type for profile in table.profiles} == {task.name: task.built_type for task in tasks}
    assert table.cost.examples == 0
    assert len(pipeline.group(way, "interaction").groups) == len({task.built_type for task in tasks})
    report = pipeline.explain(way)[0]
    assert "part_colour" in report.read_text()
    told = read_examples(way.run / pipeline.EXAMPLES)
    assert {task: {one.likeliest[0] for one in found.values()} for task, found in told.items()} == {
        task.name: {task.built_type} for task in tasks
    }
    assert "This example is most likely: " in report.read_text()
    assert way.run.read_provenance("profile/knowledge.json").backbone.startswith("predictions ")
    with pytest.raises(BackboneError, match="no/such/model cannot be loaded"):
        pipeline.tune(way)
    forgotten = Way(Config(backbone="none", suite=suite), way.run)
    with pytest.raises(RunError, match=r"was made with profile\.predictions, which is not set now; give --predictions"):
        pipeline.group(forgotten, "interaction")


def test_a_task_without_a_view_is_undetermined_and_keeps_no_other_from_its_type(tmp_path: Path) -> None:
    rows = ["task,example_id,view,answer,gold"]
    without = [view for view in VIEWS if view != "image"]
    for task, side, views in (("seen", "image", VIEWS), ("read", "text", VIEWS), ("lacking", "image", without)):
        for number in range(60):
            gold = "red" if number % 2 else "blue"
            for view in views:
                answer = gold if view in (side, "both") else "red" if number % 3 else "blue"
                rows.append(f"{task},{number},{view},{answer},{gold}")
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    way = Way(Config().with_predictions(tmp_path / "mine.csv"), RunFolder(tmp_path / "run"))
    found = {profile.task: profile for profile in pipeline.profile(way).profiles}
    assert (found["seen"].type, found["read"].type) == ("unique_image", "unique_text")
    assert found["lacking"].type == "undetermined"
    assert found["lacking"].num_examples == 0
    pipeline.group(way, "interaction")
    report = pipeline.explain(way)[0].read_text()
    assert "none (predictions made elsewhere)" in report
    assert "mintune/tiny" not in report.split("<table")[0]
    assert "Gold answers alone cannot be tuned on" in report
    assert "how they hid a modality is not known here" in report


def test_a_report_speaks_of_single_examples_where_their_probabilities_are_of_its_profile(tmp_path: Path) -> None:
    write(tmp_path / "mine.parquet", one_task())
    ways = {
        estimator: Way(
            Config(profile=ProfileSettings(estimator=estimator, predictions=tmp_path / "mine.parquet")),
            RunFolder(tmp_path / "run"),
        )
        for estimator in ("knowledge", "delta")
    }
    said = []
    for estimator in ("knowledge", "delta", "knowledge"):
        pipeline.group(ways[estimator], "interaction")
        said.append(bool(pipeline.evidence(ways[estimator]).example_types))
    # By the third turn the profile by `knowledge` is still fresh, and the file is delta's.
    assert said == [True, False, False]


def test_a_report_right_after_the_profile_makes_its_groups_and_keeps_none(tmp_path: Path) -> None:
    write(tmp_path / "mine.parquet", one_task())
    profiled = ProfileSettings(predictions=tmp_path / "mine.parquet")
    way = Way(Config(profile=profiled), RunFolder(tmp_path / "run"))
    pipeline.profile(way)
    found = pipeline.evidence(way)
    assert [made.stage for made in found.provenance] == ["profile"]
    assert "mine" in pipeline.explain(way, found)[0].read_text()
    assert not (tmp_path / "run" / "group").exists()
    assert pipeline.group(way, "interaction") == found.grouping
    assert [made.stage for made in pipeline.evidence(way).provenance] == ["profile", "group"]
    # Groups that were made from other settings are no hindrance either.
    otherwise = Way(Config(profile=profiled, group=GroupSettings(strategy="single")), way.run)
    assert pipeline.evidence(otherwise).grouping.strategy == "single"
    with pytest.raises(RunError, match="run `mintune profile` first"):
        pipeline.evidence(Way(Config(seed=1, profile=profiled), way.run))


def one_task() -> list[Prediction]:
    """Sixty examples that are known from the image, with gold."""
    golds = [f"answer {number % 3}" for number in range(60)]
    return [
        Prediction("mine", f"{number:02d}", view, gold if view in ("image", "both") else "answer 0", gold=(gold,))
        for number, gold in enumerate(golds)
        for view in VIEWS
    ]


def test_other_predictions_make_a_new_profile(tmp_path: Path) -> None:
    suite = SuiteSettings(world=WorldSettings(examples=20, test_examples=10, tasks=("for_mia",)))
    inputs = []
    for answer in ("red", "blue"):
        (tmp_path / "mine.csv").write_text(f"task,example_id,view,answer\nfor_mia,1,both,{answer}\n")
        config = Config(backbone="no/such/model", suite=suite).with_predictions(tmp_path / "mine.csv")
        inputs.append(profile_inputs(Way(config, RunFolder(tmp_path / "run"))))
    assert inputs[0] != inputs[1]


def test_probes_are_part_of_what_a_profile_is_made_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = SuiteSettings(world=WorldSettings(examples=20, test_examples=10, tasks=("for_mia",)))
    way = Way(Config(backbone="none", suite=suite), RunFolder(tmp_path))
    before = profile_inputs(way)
    assert profile_inputs(way) == before
    assert way.provenance("profile", before).backbone.startswith("probes 2 (HOG, colour; TF-IDF")
    monkeypatch.setattr("mintune.profile.probes.stage.VERSION", 1000)
    mended = profile_inputs(way)
    monkeypatch.setattr("mintune.profile.probes.words.has_minilm", lambda: False)
    assert len({before, mended, profile_inputs(way)}) == 3
    assert way.provenance("profile", before).backbone == "probes 1000 (HOG, colour; TF-IDF)"


def test_without_a_backbone_predictions_made_elsewhere_still_count(tmp_path: Path) -> None:
    suite = SuiteSettings(world=WorldSettings(examples=20, test_examples=10, tasks=("for_mia",)))
    (tmp_path / "mine.csv").write_text("task,example_id,view,answer\nfor_mia,1,both,red\n")
    config = Config(backbone="none", suite=suite).with_predictions(tmp_path / "mine.csv")
    table = pipeline.profile(Way(config, RunFolder(tmp_path / "run")))
    assert (table.probes, table.cost.examples) == ("", 0)


@pytest.mark.parametrize(
    ("profile", "says"),
    [
        ({"hiding": "blank"}, "profile.hiding"),
        ({"also_hiding": ("blank",)}, "profile.also_hiding"),
        ({"adapt": "always"}, "profile.adapt"),
    ],
)
def test_what_probes_cannot_do_is_said_before_anything_is_spent(
    tmp_path: Path, profile: dict[str, str], says: str
) -> None:
    suite = SuiteSettings(world=WorldSettings(examples=20, test_examples=10, tasks=("for_mia",)))
    config = Config(backbone="none", suite=suite, profile=ProfileSettings.model_validate(profile))
    for verb in (pipeline.profile, lambda way: pipeline.group(way, "interaction")):
        with pytest.raises(ConfigError, match=says):
            verb(Way(config, RunFolder(tmp_path)))
