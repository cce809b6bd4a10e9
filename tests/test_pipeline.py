"""The pipeline on a real, random-weight backbone: what is planned, what is fresh, who answers for whom."""

from __future__ import annotations

import pytest
from tests.models.tiny_models import make_qwen

from mintune import pipeline
from mintune.config import (
    Config,
    EvaluateSettings,
    ExplainSettings,
    GroupSettings,
    ProfileSettings,
    SuiteSettings,
    TuneSettings,
    WorldSettings,
)
from mintune.plan import plan
from mintune.records import VIEWS
from mintune.run import RunFolder


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Way:
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
    return pipeline.Way(config, RunFolder(folder / "run"))


@pytest.fixture(scope="module")
def outcome(way: pipeline.Way) -> pipeline.Outcome:
    return pipeline.run(way)


def test_every_strategy_has_every_seed_and_random_a_new_draw_for_each(way: pipeline.Way) -> None:
    assert pipeline.planned_runs(way) == [
        *(("interaction", seed) for seed in (0, 1)),
        *(("all", seed) for seed in (0, 1)),
        *(("random", seed) for seed in (0, 1, 2, 3)),
    ]


def test_the_plan_counts_the_training_that_the_run_then_does(way: pipeline.Way, outcome: pipeline.Outcome) -> None:
    training = sum(len(task.train) for task in way.suite.tasks)
    done = sum(cost.examples for cost in outcome.scores.costs.values())
    assert done == 2 * training * len(pipeline.planned_runs(way))
    views = outcome.profiles.cost.examples - sum(profile.num_examples for profile in outcome.profiles.profiles) * len(
        VIEWS
    )
    assert plan(way).num_training == pytest.approx(done + views, abs=4)


def test_all_strategies_get_the_same_examples_and_steps(outcome: pipeline.Outcome) -> None:
    spent = {
        strategy: (cost.examples / seeds, cost.steps / seeds)
        for strategy, cost in outcome.scores.costs.items()
        for seeds in [len({score.seed for score in outcome.scores.scores if score.strategy == strategy})]
    }
    assert len(set(spent.values())) == 1, spent


def test_what_is_fresh_is_not_made_again(way: pipeline.Way, outcome: pipeline.Outcome) -> None:
    folder = way.run.path
    before = {
        path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and "explain" not in path.parts
    }
    again = pipeline.Way(way.config, way.run)
    assert pipeline.run(again).as_json() == outcome.as_json()
    after = {
        path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and "explain" not in path.parts
    }
    assert after == before


def test_other_tuning_makes_other_scores_but_keeps_the_profile(way: pipeline.Way, outcome: pipeline.Outcome) -> None:
    tune = way.config.tune.model_copy(update={"epochs": 1.0})
    other = pipeline.Way(way.config.model_copy(update={"tune": tune}), way.run)
    assert pipeline.profile_inputs(other) == pipeline.profile_inputs(way)
    assert not way.run.is_fresh("evaluate/scores.json", pipeline.evaluate_inputs(other))


def test_every_profiled_example_is_answered_by_the_adapter_that_did_not_see_it(
    way: pipeline.Way, outcome: pipeline.Outcome
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


def test_predictions_carry_the_gold_answers(way: pipeline.Way, outcome: pipeline.Outcome) -> None:
    """So that they can be scored again by another metric, elsewhere, without the data."""
    from mintune.profile.predictions import read

    assert outcome.reports
    task = way.suite.tasks[0]
    gold = {example.id: example.targets for example in (*task.train, *task.validation)}
    found, _ = read(way.run / "predictions" / task.name)
    assert all(prediction.gold == gold[prediction.example_id] for prediction in found)
