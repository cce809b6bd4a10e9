"""The way of the data: the five stages in their order, and the only place where they are wired together.

    suite of tasks -> profile -> group -> tune -> evaluate -> explain

Each function here is one verb. It looks whether its artefact is fresh, and if not loads what it needs, calls the
stage, and writes the record. Stages themselves neither read a run folder nor know of one another. Nothing is computed
here that is not bookkeeping: digests, seconds, which adapter answers for which example.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mintune.errors import ConfigError
from mintune.progress import Silent
from mintune.records import (
    AdapterCard,
    Cost,
    Grouping,
    Prediction,
    ProfileTable,
    Provenance,
    Score,
    ScoreTable,
    Suite,
    Task,
)
from mintune.run import RunFolder, digest, provenance

if TYPE_CHECKING:
    from mintune.config import Config
    from mintune.explain.evidence import ReportData
    from mintune.models.answering import AnswerCache, Question
    from mintune.models.backbone import Backbone
    from mintune.progress import Watch


# Names under which adapters stand on the backbone while they answer.
VIEW_ADAPTER = "view"
TEST_ADAPTER = "test"


@dataclass
class Way:
    """One run on its way: configuration, folder, and data and backbone, which are loaded when first asked for."""

    config: Config
    run: RunFolder
    watch: Watch = field(default_factory=Silent)

    def read_suite(self) -> Suite:
        """The tasks as they lie in the data, with the rows that were set aside while reading."""
        from mintune.tasks.suite import load_suite

        return load_suite(self.config.suite, seed=self.config.seed, cache=self.run / "cache")

    @cached_property
    def suite(self) -> Suite:
        """The tasks without training examples whose picture is in another task's test split."""
        from mintune.tasks.leaks import drop_leaks

        return drop_leaks(self.read_suite())

    @cached_property
    def backbone(self) -> Backbone:
        """The model that everything runs on."""
        from mintune.models.backbone import load_backbone

        return load_backbone(self.config.backbone, features=self.run / "cache" / "features")

    @cached_property
    def answers(self) -> AnswerCache:
        """Everything that was asked before, by content."""
        from mintune.models.answering import AnswerCache

        return AnswerCache(self.run / "cache" / "answers.jsonl")

    @cached_property
    def data(self) -> dict[str, str]:
        """The fingerprint of each task."""
        return {task.name: task.fingerprint for task in self.suite.tasks}

    def provenance(self, stage: str, inputs: str) -> Provenance:
        """Where an artefact made now comes from."""
        return provenance(
            stage,
            inputs,
            config=self.config,
            seed=self.config.seed,
            data=self.data,
            backbone=f"{self.config.backbone} {self.backbone.fingerprint}",
        )

    def ask(self, label: str, questions: Sequence[Question], *, adapter: str | None = None) -> list[Prediction]:
        """Answers to the questions, in their order; what was asked before is not asked again."""
        from mintune.models.answering import Tally, answer

        tally = Tally()
        with self.watch.track(label, len(questions)) as advance:
            predictions = answer(
                self.backbone,
                questions,
                batch_size=self.config.batch_size,
                cache=self.answers,
                adapter=adapter,
                progress=advance,
                tally=tally,
            )
        if tally.num_truncated:
            self.watch.say(
                f"{tally.num_truncated} of {len(questions)} prompts were too long and lost part of their text"
            )
        return predictions


# ---------------------------------------------------------------------------------------------------------- profile


def profile(way: Way) -> ProfileTable:
    """How image and text interact in each task: `profile/<estimator>.json` and `predictions/<task>/<view>.parquet`."""
    name = f"profile/{way.config.profile.estimator}.json"
    inputs = profile_inputs(way)
    if way.run.is_fresh(name, inputs):
        return way.run.read_record(name, ProfileTable)
    from mintune.models.answering import self_test
    from mintune.profile.asking import questions
    from mintune.profile.predictions import write_task
    from mintune.profile.stage import needs_adapter, profile_suite

    settings, seed = way.config.profile, way.config.seed
    started = time.monotonic()
    asked = {task.name: questions(task, settings, seed=seed) for task in way.suite.tasks}
    num_asked = sum(map(len, asked.values()))
    # A batch must not change an answer; where it does, everything after this would measure the batching.
    self_test(way.backbone, flat(asked), batch_size=way.config.batch_size)
    cost, adapted = Cost(examples=num_asked), settings.adapt == "always"
    if not adapted:
        predictions = by_task(way.ask("asking the four views", flat(asked)))
        table = profile_suite(way.suite, predictions, settings, seed=seed, cost=cost, adapted=False)
        adapted = settings.adapt == "auto" and needs_adapter(table)
    if adapted:
        predictions, training = ask_adapted(way, asked)
        cost = Cost(examples=num_asked + training.examples, tokens=training.tokens, steps=training.steps)
    cost = cost.model_copy(update={"seconds": time.monotonic() - started})
    table = profile_suite(way.suite, predictions, settings, seed=seed, cost=cost, adapted=adapted)
    for task in way.suite.tasks:
        write_task(way.run / "predictions" / task.name, with_gold(task, predictions[task.name]))
    way.run.write_record(name, table, way.provenance("profile", inputs))
    return table


def profile_inputs(way: Way) -> str:
    """Digest of all that a profile is computed from."""
    tune = way.config.tune
    training = (tune.rank, tune.learning_rate, tune.batch_size, tune.mixture, tune.objective)
    return digest("profile", way.data, way.config.profile, way.config.seed, way.backbone.fingerprint, training)


def ask_adapted(way: Way, asked: Mapping[str, Sequence[Question]]) -> tuple[dict[str, list[Prediction]], Cost]:
    """Answers of adapters trained over all tasks, each example's from the adapter that has not seen it."""
    from mintune.models.adapters import drop_adapter, load_adapter
    from mintune.tune.adapt import train_view_adapters

    settings = way.config.profile
    found: dict[tuple[str, str, str], Prediction] = {}
    spent = Cost()
    with way.watch.track("adapting the views", 100) as advance:
        folds = train_view_adapters(
            way.backbone,
            way.suite,
            epochs=settings.adapt_epochs,
            settings=way.config.tune,
            seed=way.config.seed,
            folder=way.run / "profile" / "adapters",
            hiding=settings.hiding,
            progress=percent(advance),
        )
    for number, (card, held_out) in enumerate(folds, start=1):
        load_adapter(way.backbone, way.run / "profile" / "adapters" / card.folder, VIEW_ADAPTER)
        turn = [question for question in flat(asked) if question.example_id in held_out[question.task]]
        for prediction in way.ask(f"asking fold {number} of {len(folds)}", turn, adapter=VIEW_ADAPTER):
            found[prediction.task, prediction.example_id, prediction.view] = prediction
        drop_adapter(way.backbone, VIEW_ADAPTER)
        spent += card.cost
    ordered = (found[question.task, question.example_id, question.view] for question in flat(asked))
    return by_task(ordered), spent


# ------------------------------------------------------------------------------------------------------------ group


def group(way: Way, strategy: str, *, seed: int | None = None) -> Grouping:
    """Which tasks learn together by one strategy: `group/<strategy>.json`."""
    from mintune.group.stage import group_tasks

    seed = way.config.seed if seed is None else seed
    name = f"group/{label(way, strategy, seed)}.json"
    inputs = digest("group", profile_inputs(way), way.config.group, strategy, seed)
    if way.run.is_fresh(name, inputs):
        return way.run.read_record(name, Grouping)
    grouping = group_tasks(way.suite, profile(way), way.config.group, strategy=strategy, seed=seed)
    way.run.write_record(name, grouping, way.provenance("group", inputs))
    return grouping


def label(way: Way, strategy: str, seed: int) -> str:
    """The name under which a strategy's artefacts of one seed lie: the strategy's own for the run's own seed."""
    return strategy if seed == way.config.seed else f"{strategy}-seed{seed}"


# ------------------------------------------------------------------------------------------------------------- tune


def tune(way: Way) -> list[AdapterCard]:
    """One adapter a group of the configured strategy: `tune/<strategy>/<group>/`."""
    strategy, seed = way.config.group.strategy, way.config.seed
    return tune_strategy(way, group(way, strategy), seed=seed, rank=ranks(way, [(strategy, seed)])[strategy])


def tune_strategy(way: Way, grouping: Grouping, *, seed: int, rank: int) -> list[AdapterCard]:
    """One adapter a group of the given grouping."""
    from mintune.tune.stage import tune_grouping

    name = label(way, grouping.strategy, seed)
    with way.watch.track(f"tuning {name}, {len(grouping.groups)} groups", 100) as advance:
        return tune_grouping(
            way.backbone,
            way.suite,
            grouping,
            way.config.tune,
            seed=seed,
            folder=way.run / "tune" / name,
            rank=rank,
            progress=percent(advance),
        )


def ranks(way: Way, planned: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The LoRA rank of each strategy at which all train about as many parameters in total."""
    from mintune.evaluate.budget import ranks as equal_ranks

    groupings = {strategy: group(way, strategy, seed=seed) for strategy, seed in planned}
    reference = group(way, "interaction")
    return equal_ranks({**groupings, "interaction": reference}, way.config.tune.rank)


# --------------------------------------------------------------------------------------------------------- evaluate


def evaluate(way: Way) -> ScoreTable:
    """Scores of every strategy on test examples at equal budget: `evaluate/scores.json` and `.parquet`."""
    planned = planned_runs(way)
    inputs = evaluate_inputs(way)
    if way.run.is_fresh("evaluate/scores.json", inputs):
        return way.run.read_record("evaluate/scores.json", ScoreTable)
    from mintune.evaluate.comparison import compare
    from mintune.evaluate.interference import interference
    from mintune.evaluate.stage import questions, score_predictions
    from mintune.evaluate.table import write_scores

    without_data = [task.name for task in way.suite.tasks if not task.test]
    if without_data:
        raise ConfigError(
            f"no test examples in {', '.join(without_data)}; give them a test split, or stop after `tune`"
        )
    confidence = way.config.evaluate.confidence
    prior = by_task(way.ask("chance levels", [q for task in way.suite.tasks for q in questions(task, ["none"])]))
    rank = ranks(way, planned)
    scores: list[Score] = []
    costs: dict[str, Cost] = {}
    parameters: dict[str, int] = {}
    companies: dict[str, dict[str, str]] = {}
    for strategy, seed in planned:
        grouping = group(way, strategy, seed=seed)
        cards = tune_strategy(way, grouping, seed=seed, rank=rank[strategy])
        predictions = answer_tests(way, grouping, cards)
        scores += score_predictions(
            way.suite, predictions, strategy=strategy, seed=seed, none_predictions=prior, confidence=confidence
        )
        costs[strategy] = sum((card.cost for card in cards), costs.get(strategy, Cost()))
        parameters[strategy] = sum(card.trainable_parameters for card in cards)
        companies[strategy] = {task.name: grouping.group_of(task.name).name for task in way.suite.tasks}
    comparisons = compare(scores, strategy=way.config.group.strategy, confidence=confidence, seed=way.config.seed)
    table = ScoreTable(
        scores=tuple(scores),
        comparisons=comparisons,
        interference=tuple(interference(scores, companies)),
        costs=costs,
        parameters=parameters,
    )
    origin = way.provenance("evaluate", inputs)
    write_scores(way.run / "evaluate" / "scores.parquet", table, origin)
    way.run.write_record("evaluate/scores.json", table, origin)
    return table


def evaluate_inputs(way: Way) -> str:
    """Digest of all that scores are computed from."""
    return digest("evaluate", profile_inputs(way), way.config.group, way.config.tune, way.config.evaluate)


def planned_runs(way: Way) -> list[tuple[str, int]]:
    """Each strategy with each of its seeds: the strategy in use first; `random` draws a new grouping for every seed."""
    settings, first = way.config.evaluate, way.config.seed
    strategies = dict.fromkeys((way.config.group.strategy, *settings.compare))
    draws = {"random": way.config.group.random_draws}
    return [
        (strategy, first + number)
        for strategy in strategies
        for number in range(settings.seeds * draws.get(strategy, 1))
    ]


def answer_tests(way: Way, grouping: Grouping, cards: Sequence[AdapterCard]) -> dict[str, list[Prediction]]:
    """Every task's test examples under the view `both`, answered by the adapter of the task's group."""
    from mintune.evaluate.stage import questions
    from mintune.models.adapters import drop_adapter, load_adapter

    found: dict[str, list[Prediction]] = {}
    folder = {card.group: way.run / "tune" / label(way, card.strategy, card.seed) / card.folder for card in cards}
    for place in grouping.groups:
        tasks = [task for task in way.suite.tasks if grouping.group_of(task.name).name == place.name]
        load_adapter(way.backbone, folder[place.name], TEST_ADAPTER)
        asked = [question for task in tasks for question in questions(task, ["both"])]
        found |= by_task(way.ask(f"testing {grouping.strategy}, {place.name}", asked, adapter=TEST_ADAPTER))
        drop_adapter(way.backbone, TEST_ADAPTER)
    return found


# ---------------------------------------------------------------------------------------------------------- explain


def explain(way: Way) -> list[Path]:
    """The report in each language: `explain/report.<language>.html`."""
    from mintune.explain.stage import write_reports

    return write_reports(evidence(way), way.run / "explain", way.config.explain)


def evidence(way: Way) -> ReportData:
    """What a report is made from, of as much as the run has: scores and adapters only where they were made."""
    from mintune.explain.evidence import ReportData
    from mintune.profile.predictions import read

    profiles, main = profile(way), group(way, way.config.group.strategy)
    scores = way.run.read_record("evaluate/scores.json", ScoreTable) if way.run.has("evaluate/scores.json") else None
    artefacts = (f"profile/{profiles.estimator}.json", f"group/{main.strategy}.json", "evaluate/scores.json")
    others = [strategy for strategy, seed in planned_runs(way) if seed == way.config.seed and strategy != main.strategy]
    return ReportData(
        config=way.config,
        suite=way.suite,
        profiles=profiles,
        grouping=main,
        other_groupings=tuple(group(way, strategy) for strategy in others) if scores else (),
        scores=scores,
        predictions={task.name: read(way.run / "predictions" / task.name)[0] for task in way.suite.tasks},
        cards=saved_cards(way) if scores else (),
        costs={"profile": profiles.cost, **({"tune": sum(scores.costs.values(), Cost())} if scores else {})},
        provenance=tuple(way.run.read_provenance(name) for name in artefacts if way.run.has(name)),
    )


def saved_cards(way: Way) -> tuple[AdapterCard, ...]:
    """The cards of all strategies' adapters, of those that were tuned."""
    names = [
        f"tune/{label(way, strategy, seed)}/{place.name}/card.json"
        for strategy, seed in planned_runs(way)
        for place in group(way, strategy, seed=seed).groups
    ]
    return tuple(way.run.read_record(name, AdapterCard) for name in names if way.run.has(name))


# -------------------------------------------------------------------------------------------------------------- run


@dataclass(frozen=True)
class Outcome:
    """What a whole run found."""

    profiles: ProfileTable
    grouping: Grouping
    scores: ScoreTable
    reports: list[Path]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain data; bootstrap replicates stay in the run folder."""
        return {
            "profile": self.profiles.model_dump(mode="json", exclude={"profiles": {"__all__": {"replicates"}}}),
            "group": self.grouping.model_dump(mode="json"),
            "evaluate": self.scores.model_dump(mode="json"),
            "reports": [str(path) for path in self.reports],
        }


def run(way: Way) -> Outcome:
    """All five stages; what is done already is not done again."""
    profiles = profile(way)
    grouping = group(way, way.config.group.strategy)
    scores = evaluate(way)
    return Outcome(profiles, grouping, scores, explain(way))


# ------------------------------------------------------------------------------------------------------ bookkeeping


def percent(advance: Any) -> Any:
    """A callback for (done, total, loss) that moves a bar of one hundred units."""
    shown = 0

    def report(done: int, total: int, _loss: float) -> None:
        nonlocal shown
        now = 100 * done // max(total, 1)
        advance(now - shown)
        shown = now

    return report


def with_gold(task: Task, predictions: Iterable[Prediction]) -> list[Prediction]:
    """Predictions with their examples' accepted answers, so that they can be scored again without the data."""
    gold = {example.id: example.targets for example in (*task.train, *task.validation)}
    return [replace(prediction, gold=gold[prediction.example_id]) for prediction in predictions]


def flat(asked: Mapping[str, Sequence[Question]]) -> list[Question]:
    """All questions of all tasks in one list."""
    return [question for questions in asked.values() for question in questions]


def by_task(predictions: Iterable[Prediction]) -> dict[str, list[Prediction]]:
    """Predictions of each task, in their order."""
    found: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        found.setdefault(prediction.task, []).append(prediction)
    return found
