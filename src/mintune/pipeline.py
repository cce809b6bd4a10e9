"""The way of the data: the five stages in their order, and the only place where they are wired together.

    suite of tasks -> profile -> group -> tune -> evaluate -> explain

Each function here is one verb. It looks whether its artefact is fresh, and if not checks what can be checked, calls the
stage, and writes the record. Stages themselves neither read a run folder nor know of one another. Nothing is computed
here that is not bookkeeping: what is fresh, seconds, which adapter answers for which example.

Verbs that write hold the run folder while they work. `explain` only reads what the others made: it asks and trains
nothing, and says which verb to run where something is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from mintune import preflight
from mintune.errors import RunError
from mintune.records import (
    VIEWS,
    AdapterCard,
    Cost,
    Grouping,
    Prediction,
    ProfileTable,
    Record,
    Score,
    ScoreTable,
    Task,
)
from mintune.way import (
    Way,
    evaluate_inputs,
    group_inputs,
    group_name,
    label,
    planned_runs,
    profile_inputs,
    profile_name,
)

if TYPE_CHECKING:
    from mintune.explain.evidence import ReportData
    from mintune.models.answering import Question
    from mintune.profile.sequential import Settlement
    from mintune.tune.adapt import HeldOut

    Ask = Callable[[str, Sequence[Question]], tuple[list[Prediction], Cost]]

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Record)

# Names under which adapters stand on the backbone while they answer.
VIEW_ADAPTER = "view"
TEST_ADAPTER = "test"

REFERENCE = "interaction"
"""The strategy whose adapters together have as many parameters as every other strategy gets."""

ASKED = "predictions/cost.json"
"""What the answers in `predictions/` cost, and whose they are."""

SCORES = "evaluate/scores.json"


def alone(verb: Callable[Concatenate[Way, P], T]) -> Callable[Concatenate[Way, P], T]:
    """The verb, with its run folder held while it works. RunError where another process works there."""

    @wraps(verb)
    def held(way: Way, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with way.run.held():
            return verb(way, *args, **kwargs)

    return held


# ---------------------------------------------------------------------------------------------------------- profile


@alone
def profile(way: Way) -> ProfileTable:
    """How image and text interact in each task: `profile/<estimator>.json` and `predictions/<task>/<view>.parquet`."""
    name, inputs = profile_name(way), profile_inputs(way)
    if way.run.is_fresh(name, inputs):
        return way.run.read_record(name, ProfileTable)
    from mintune.profile.predictions import write_task

    preflight.check_profile(way)
    if way.config.profile.predictions is not None:
        table, predictions = profile_brought(way)
    elif way.config.profile.server is not None:
        table, predictions = profile_served(way, inputs)
    elif way.config.is_probed:
        table, predictions = profile_probed(way)
    else:
        table, predictions = profile_asked(way, inputs)
    (way.run / ASKED).unlink(missing_ok=True)
    for task in way.suite.tasks:
        write_task(way.run / "predictions" / task.name, with_gold(task, predictions[task.name]))
    origin = way.provenance("profile", inputs)
    way.run.write_record(ASKED, table.cost, origin)
    way.run.write_record(name, table, origin)
    return table


def profile_brought(way: Way) -> tuple[ProfileTable, Mapping[str, Sequence[Prediction]]]:
    """Profiles from predictions made elsewhere, and these by task; nothing is asked."""
    from mintune.profile.predictions import read_for
    from mintune.profile.stage import profile_suite

    settings = way.config.profile
    assert settings.predictions is not None
    names = [task.name for task in way.suite.tasks]
    predictions, aside = read_for(names, settings.predictions, without=way.run.path)
    suite = replace(way.suite, quarantined=(*way.suite.quarantined, *aside))
    table = profile_suite(suite, predictions, settings, seed=way.config.seed, cost=Cost(), adapted=False)
    return table, predictions


def profile_served(way: Way, inputs: str) -> tuple[ProfileTable, Mapping[str, Sequence[Prediction]]]:
    """Profiles from a server's answers under four views, and these by task; no backbone is loaded."""
    from mintune.models.replies import Account
    from mintune.profile.asking import questions
    from mintune.profile.stage import noted, profile_suite

    settings, server, seed = way.config.profile, way.config.profile.server, way.config.seed
    assert server is not None
    asked = {task.name: questions(task, settings, seed=seed) for task in way.suite.tasks}
    accounts: dict[str, Account] = {}

    def ask(label: str, turn: Sequence[Question]) -> tuple[list[Prediction], Cost]:
        answered, cost, found = way.ask_server(server, label, turn, inputs)
        for task, account in found.items():
            accounts[task] = accounts.get(task, Account()) + account
        return answered, cost

    found = collect(way, asked, ask)
    way.watch.say(f"{server.url}: {sum(accounts.values(), Account()).sentence or 'all answers are open'}")
    table = profile_suite(
        way.suite, found.predictions, settings, seed=seed, cost=found.cost, adapted=False, settled=found.settled
    )
    return noted(table, {task: account.sentence for task, account in accounts.items()}), found.predictions


def profile_probed(way: Way) -> tuple[ProfileTable, Mapping[str, Sequence[Prediction]]]:
    """Profiles from cross-fitted classifiers in place of a backbone, and their answers by task."""
    from mintune.profile.probes.stage import answer_suite, features
    from mintune.profile.stage import profile_suite

    settings, seed = way.config.profile, way.config.seed
    with way.watch.track("probing tasks", len(way.suite.tasks)) as advance:
        found = answer_suite(way.suite, settings, seed=seed, advance=advance)
    suite = replace(way.suite, quarantined=(*way.suite.quarantined, *found.aside))
    table = profile_suite(
        suite, found.predictions, settings, seed=seed, cost=found.cost, adapted=False, probes=features()
    )
    return table, found.predictions


def profile_asked(way: Way, inputs: str) -> tuple[ProfileTable, Mapping[str, Sequence[Prediction]]]:
    """Profiles from the backbone's answers under four views, with a short adapter where it cannot do the tasks.

    Returns the answers too, by task.
    """
    from mintune.models.checking import self_test
    from mintune.profile.asking import questions
    from mintune.profile.stage import needs_adapter, profile_suite

    settings, seed = way.config.profile, way.config.seed
    asked = {task.name: questions(task, settings, seed=seed) for task in way.suite.tasks}
    # A batch must not change an answer; where it does, everything after this would measure the batching.
    self_test(way.backbone, flat(asked), batch_size=way.config.batch_size)
    cost, adapts = Cost(), settings.adapt == "always"
    if not adapts:
        found = collect(way, asked, lambda label, turn: way.ask(label, turn, inputs))
        cost = found.cost
        table = profile_suite(
            way.suite, found.predictions, settings, seed=seed, cost=cost, adapted=False, settled=found.settled
        )
        adapts = settings.adapt == "auto" and needs_adapter(table, most_examples(asked))
    if adapts:
        folds = adapt_views(way)
        found = collect(way, asked, lambda label, turn: ask_held_out(way, folds, label, turn, inputs))
        cost += sum((card.cost for card, _ in folds), found.cost)
        table = profile_suite(
            way.suite, found.predictions, settings, seed=seed, cost=cost, adapted=True, settled=found.settled
        )
    return table, found.predictions


@dataclass(frozen=True)
class Answers:
    """Predictions by task, what they cost, and what rounds of asking have settled."""

    predictions: dict[str, list[Prediction]]
    cost: Cost
    settled: Mapping[str, Settlement]


def collect(way: Way, asked: Mapping[str, Sequence[Question]], ask: Ask) -> Answers:
    """Answers to all questions, or in rounds to as many as settle each task's type."""
    settings = way.config.profile
    if settings.rounds is None:
        answered, cost = ask("asking the four views", flat(asked))
        return Answers(by_task(answered), cost, {})
    from mintune.profile.rounds import in_drawn_order, next_round, settlement

    tasks = {task.name: task for task in way.suite.tasks}
    most, orders = (
        most_examples(asked),
        {name: in_drawn_order(one, seed=way.config.seed) for name, one in asked.items()},
    )
    done: dict[str, int] = {}
    found: dict[str, list[Prediction]] = {name: [] for name in asked}
    settled: dict[str, Settlement] = {}
    cost, number = Cost(), 0
    while wanted := next_round(most, done, settled, settings.rounds.examples):
        number += 1
        turn = [q for name, upto in wanted.items() for one in orders[name][done.get(name, 0) : upto] for q in one]
        answered, spent = ask(f"round {number}, {len(wanted)} tasks", turn)
        cost += spent
        for name, predictions in by_task(answered).items():
            found[name] += predictions
            settled[name] = settlement(tasks[name], found[name], settings, most[name])
        done |= wanted
        if settings.rounds.seconds is not None and cost.seconds >= settings.rounds.seconds:
            break
    return Answers(found, cost, settled)


def most_examples(asked: Mapping[str, Sequence[Question]]) -> dict[str, int]:
    """How many examples there are to ask, by task."""
    return {name: len(questions) // len(VIEWS) for name, questions in asked.items()}


def adapt_views(way: Way) -> list[tuple[AdapterCard, HeldOut]]:
    """Adapters trained over all tasks, each with the examples it has not seen and may answer."""
    from mintune.tune.adapt import train_view_adapters

    settings = way.config.profile
    with way.watch.track("adapting the views", 100) as advance:
        return train_view_adapters(
            way.backbone,
            way.suite,
            epochs=settings.adapt_epochs,
            settings=way.config.tune,
            seed=way.config.seed,
            folder=way.run / "profile" / "adapters",
            hiding=settings.hiding,
            progress=percent(advance),
        )


def ask_held_out(
    way: Way, folds: Sequence[tuple[AdapterCard, HeldOut]], label: str, asked: Sequence[Question], inputs: str
) -> tuple[list[Prediction], Cost]:
    """Answers in the order of the questions, each from the adapter that has not seen the example, and their cost."""
    from mintune.models.adapters import loaded

    found: dict[tuple[str, str, str], Prediction] = {}
    spent = Cost()
    for number, (card, held_out) in enumerate(folds, start=1):
        turn = [question for question in asked if question.example_id in held_out[question.task]]
        with loaded(way.backbone, way.run / "profile" / "adapters" / card.folder, VIEW_ADAPTER):
            answered, cost = way.ask(f"{label}, fold {number} of {len(folds)}", turn, inputs, adapter=VIEW_ADAPTER)
        for prediction in answered:
            found[prediction.task, prediction.example_id, prediction.view] = prediction
        spent += cost
    return [found[question.task, question.example_id, question.view] for question in asked], spent


# ------------------------------------------------------------------------------------------------------------ group


@alone
def group(way: Way, strategy: str, *, seed: int | None = None) -> Grouping:
    """Which tasks learn together by one strategy: `group/<strategy>.json`."""
    from mintune.group.stage import group_tasks

    preflight.check_group(way, [strategy])
    seed = way.config.seed if seed is None else seed
    name, inputs = group_name(way, strategy, seed), group_inputs(way, strategy, seed)
    if way.run.is_fresh(name, inputs):
        return way.run.read_record(name, Grouping)
    grouping = group_tasks(way.suite, profile(way), way.config.group, strategy=strategy, seed=seed)
    way.run.write_record(name, grouping, way.provenance("group", inputs))
    return grouping


# ------------------------------------------------------------------------------------------------------------- tune


@alone
def tune(way: Way) -> list[AdapterCard]:
    """One adapter a group of the configured strategy: `tune/<strategy>/<group>/`."""
    strategy, seed = way.config.group.strategy, way.config.seed
    preflight.check_tune(way, [(strategy, seed)])
    grouping = group(way, strategy)
    rank = ranks(way, {strategy: grouping}, group(way, REFERENCE))[strategy]
    return tune_strategy(way, grouping, seed=seed, rank=rank)


def tune_strategy(way: Way, grouping: Grouping, *, seed: int, rank: int) -> list[AdapterCard]:
    """One adapter a group of the given grouping."""
    from mintune.tune.stage import tune_grouping

    name = label(way, grouping.strategy, seed)
    with way.watch.track(f"tuning {name}, {len(grouping.groups)} groups", 100) as advance:
        cards = tune_grouping(
            way.backbone,
            way.suite,
            grouping,
            way.config.tune,
            seed=seed,
            folder=way.run / "tune" / name,
            rank=rank,
            progress=percent(advance),
        )
    cost = sum((card.cost for card in cards), Cost())
    if cost.truncated:
        way.watch.say(f"{cost.truncated:,} of {cost.examples:,} examples were too long and lost part of their text")
    return cards


def ranks(way: Way, groupings: Mapping[str, Grouping], reference: Grouping) -> dict[str, int]:
    """The LoRA rank of each strategy at which all train about as many parameters in total as `reference`."""
    from mintune.evaluate.budget import ranks as equal_ranks

    return equal_ranks({**groupings, REFERENCE: reference}, way.config.tune.rank)


# --------------------------------------------------------------------------------------------------------- evaluate


@alone
def evaluate(way: Way) -> ScoreTable:
    """Scores of every strategy on test examples at equal budget: `evaluate/scores.json` and `.parquet`."""
    planned, inputs = planned_runs(way), evaluate_inputs(way)
    if way.run.is_fresh(SCORES, inputs):
        return way.run.read_record(SCORES, ScoreTable)
    from mintune.evaluate.comparison import compare
    from mintune.evaluate.interference import interference
    from mintune.evaluate.stage import questions, score_predictions, set_exams
    from mintune.evaluate.table import write_scores

    preflight.check_evaluate(way)
    groupings = {(strategy, seed): group(way, strategy, seed=seed) for strategy, seed in planned}
    rank = ranks(way, {strategy: grouping for (strategy, _), grouping in groupings.items()}, group(way, REFERENCE))
    for (strategy, seed), grouping in groupings.items():
        preflight.plan_tuning(way, grouping, seed=seed, rank=rank[strategy])
    confidence = way.config.evaluate.confidence
    blind, testing = way.ask("chance levels", [q for task in way.suite.tasks for q in questions(task, "none")], inputs)
    exams = set_exams(way.suite, by_task(blind))
    scores: list[Score] = []
    costs: dict[str, Cost] = {}
    parameters: dict[str, int] = {}
    companies: dict[str, dict[str, str]] = {}
    for (strategy, seed), grouping in groupings.items():
        cards = tune_strategy(way, grouping, seed=seed, rank=rank[strategy])
        predictions, cost = answer_tests(way, grouping, cards, inputs)
        testing += cost
        scores += score_predictions(exams, predictions, strategy=strategy, seed=seed, confidence=confidence)
        costs[strategy] = sum((card.cost for card in cards), costs.get(strategy, Cost()))
        parameters[strategy] = sum(card.trainable_parameters for card in cards)
        companies[strategy] = {task.name: grouping.group_of(task.name).name for task in way.suite.tasks}
    comparisons = compare(scores, strategy=way.config.group.strategy, confidence=confidence, seed=way.config.seed)
    table = ScoreTable(
        scores=tuple(scores),
        comparisons=comparisons,
        interference=tuple(interference(scores, companies)),
        costs=costs,
        testing=testing,
        parameters=parameters,
    )
    origin = way.provenance("evaluate", inputs)
    write_scores(way.run / "evaluate" / "scores.parquet", table, origin)
    way.run.write_record(SCORES, table, origin)
    return table


def answer_tests(
    way: Way, grouping: Grouping, cards: Sequence[AdapterCard], inputs: str
) -> tuple[dict[str, list[Prediction]], Cost]:
    """Every task's test examples under the view `both`, answered by the adapter of the task's group, and the cost."""
    from mintune.evaluate.stage import questions
    from mintune.models.adapters import loaded

    found: dict[str, list[Prediction]] = {}
    spent = Cost()
    homes = {task.name: grouping.group_of(task.name).name for task in way.suite.tasks}
    for card in cards:
        name = label(way, card.strategy, card.seed)
        asked = [
            question
            for task in way.suite.tasks
            if homes[task.name] == card.group
            for question in questions(task, "both")
        ]
        with loaded(way.backbone, way.run / "tune" / name / card.folder, TEST_ADAPTER):
            answered, cost = way.ask(f"testing {name}, {card.group}", asked, inputs, adapter=TEST_ADAPTER)
        found |= by_task(answered)
        spent += cost
    return found, spent


# ---------------------------------------------------------------------------------------------------------- explain


def explain(way: Way, report: ReportData | None = None) -> list[Path]:
    """The report in each language: `explain/report.<language>.html`, of what the run folder has already.

    RunError where profiles or groups are missing, or were made from something else. Scores and adapters of other
    settings or data are left out, and the report says so. `report` is the evidence, where it was gathered already.
    """
    from mintune.explain.stage import write_reports

    return write_reports(report or evidence(way), way.run / "explain", way.config.explain)


def evidence(way: Way) -> ReportData:
    """What a report is made from: what is fresh in the run folder. RunError as `explain`."""
    from mintune.explain.evidence import ReportData
    from mintune.profile.predictions import read

    strategy, seed = way.config.group.strategy, way.config.seed
    profiles = made_before(way, profile_name(way), profile_inputs(way), ProfileTable, "profile")
    main = made_before(way, group_name(way, strategy, seed), group_inputs(way, strategy, seed), Grouping, "group")
    # Without a backbone nothing can be scored; what lies there is of another configuration.
    scored = way.run.has(SCORES) and way.config.has_backbone and way.run.is_fresh(SCORES, evaluate_inputs(way))
    scores = way.run.read_record(SCORES, ScoreTable) if scored else None
    groupings = saved_groupings(way) if scored else {}
    artefacts = (profile_name(way), group_name(way, strategy, seed), *([SCORES] if scored else []))
    spent = {"tune": sum(scores.costs.values(), Cost()), "evaluate": scores.testing} if scores else {}
    is_asked = way.run.is_fresh(ASKED, profile_inputs(way))
    return ReportData(
        config=way.config,
        suite=way.suite,
        profiles=profiles,
        grouping=main,
        other_groupings=tuple(
            grouping for (other, of), grouping in groupings.items() if of == seed and other != strategy
        ),
        scores=scores,
        predictions={
            task.name: read(folder)[0]
            for task in way.suite.tasks
            if is_asked and any((folder := way.run / "predictions" / task.name).glob("*.parquet"))
        },
        cards=saved_cards(way, groupings),
        costs={"profile": profiles.cost, **spent},
        provenance=tuple(way.run.read_provenance(name) for name in artefacts),
        stale=("evaluate",) if way.run.has(SCORES) and not scored else (),
    )


def made_before(way: Way, name: str, inputs: str, kind: type[R], verb: str) -> R:
    """A record of the run folder that is fresh. RunError where it is not, with the verb that makes it."""
    if way.run.is_fresh(name, inputs):
        return way.run.read_record(name, kind)
    fault = "was made from other settings or data" if way.run.has(name) else "is not there yet"
    raise RunError(f"{way.run / name}: {fault}; run `mintune {verb}` first, with the same -c and --run")


def saved_groupings(way: Way) -> dict[tuple[str, int], Grouping]:
    """The grouping of each planned strategy and seed, and the reference, of those that are fresh."""
    return {
        (strategy, seed): way.run.read_record(group_name(way, strategy, seed), Grouping)
        for strategy, seed in dict.fromkeys((*planned_runs(way), (REFERENCE, way.config.seed)))
        if way.run.is_fresh(group_name(way, strategy, seed), group_inputs(way, strategy, seed))
    }


def saved_cards(way: Way, groupings: Mapping[tuple[str, int], Grouping]) -> tuple[AdapterCard, ...]:
    """The cards of these groupings' adapters, of those that are fresh."""
    from mintune.tune.card import fresh_card

    reference = groupings.get((REFERENCE, way.config.seed))
    if reference is None:
        return ()
    rank = ranks(way, {strategy: grouping for (strategy, _), grouping in groupings.items()}, reference)
    cards = [
        fresh_card(way.run / "tune" / label(way, strategy, seed) / branch.group.name, branch.inputs)
        for (strategy, seed), grouping in groupings.items()
        if (strategy, seed) in planned_runs(way)
        for branch in preflight.plan_tuning(way, grouping, seed=seed, rank=rank[strategy])
    ]
    return tuple(card for card in cards if card is not None)


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


@alone
def run(way: Way) -> Outcome:
    """All five stages; what is done already is not done again."""
    preflight.check_evaluate(way)
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
    from mintune.tasks.outlines import outlines

    gold = {outline.id: outline.targets for split in (task.train, task.validation) for outline in outlines(split)}
    return [replace(prediction, gold=gold.get(prediction.example_id, prediction.gold)) for prediction in predictions]


def flat(asked: Mapping[str, Sequence[Question]]) -> list[Question]:
    """All questions of all tasks in one list."""
    return [question for questions in asked.values() for question in questions]


def by_task(predictions: Iterable[Prediction]) -> dict[str, list[Prediction]]:
    """Predictions of each task, in their order."""
    found: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        found.setdefault(prediction.task, []).append(prediction)
    return found
