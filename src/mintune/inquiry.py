"""Who answers the questions of a profile: predictions made elsewhere, a server, probes, or the backbone.

A backbone that cannot do the tasks answers with a short adapter. Questions are asked all at once, or in rounds.
`pipeline.profile` calls one of these and writes what it returns: the table of profiles, and the answers by task. Where
further ways of hiding are asked (`profile.also_hiding`), whoever answered the four views answers these too, afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from mintune.progress import number_of, once_begun, percent
from mintune.records import AdapterCard, Cost, Hiding, Prediction, ProfileTable
from mintune.way import ANSWERS, ASKED, REPLIES, Way, asking_inputs, profile_inputs, profile_name

if TYPE_CHECKING:
    from mintune.models.answering import Question
    from mintune.models.replies import Account
    from mintune.profile.probes.stage import Answered
    from mintune.profile.sequential import Settlement
    from mintune.profile.stage import Gathered
    from mintune.tune.adapt import HeldOut

    Ask = Callable[[str, Sequence[Question]], tuple[list[Prediction], Cost]]

ByTask = Mapping[str, Sequence[Prediction]]

VIEW_ADAPTER = "view"
"""The name under which an adapter stands on the backbone while it answers."""


@dataclass(frozen=True)
class Profiled:
    """The table of profiles, the evidence and answers that it was made from, and answers under other ways of hiding."""

    table: ProfileTable
    gathered: Gathered
    predictions: ByTask
    hidden: Mapping[Hiding, ByTask] = field(default_factory=dict)


def brought(way: Way) -> Profiled:
    """Profiles from predictions made elsewhere, and these; nothing is asked."""
    from mintune.profile.predictions import read_for
    from mintune.profile.robustness import apart, under_each_hiding
    from mintune.profile.stage import gather_suite, profile_suite

    settings = way.config.profile
    assert settings.predictions is not None
    names = [task.name for task in way.suite.tasks]
    golden = way.golden(way.suite)
    found, aside = read_for(names, settings.predictions, without=way.run.path, hiding=settings.hiding, golden=golden)
    predictions, hidden, unasked = apart(found, settings)
    suite = replace(way.suite, quarantined=(*way.suite.quarantined, *aside, *unasked))
    gathered = gather_suite(suite, predictions, settings)
    table = profile_suite(gathered, settings, seed=way.config.seed, cost=Cost(), adapted=False)
    table = under_each_hiding(table, suite, predictions, hidden, settings, seed=way.config.seed)
    return Profiled(table, gathered, predictions, hidden)


def served(way: Way) -> Profiled:
    """Profiles from a server's answers under four views, and these; no backbone is loaded."""
    from mintune.models.replies import Account
    from mintune.profile.asking import questions
    from mintune.profile.robustness import under_each_hiding
    from mintune.profile.stage import gather_suite, noted, profile_suite

    settings, server, seed = way.config.profile, way.config.profile.server, way.config.seed
    assert server is not None
    asked = {task.name: questions(task, settings, seed=seed) for task in way.suite.tasks}
    inputs = asking_inputs(way)
    accounts: dict[str, Account] = {}

    def ask(label: str, turn: Sequence[Question]) -> tuple[list[Prediction], Cost]:
        answered, cost, found = way.ask_server(server, label, turn, inputs)
        for task, account in found.items():
            accounts[task] = accounts.get(task, Account()) + account
        return answered, cost

    found = collect(way, asked, ask)
    hidden, spent = ask_otherwise_hidden(way, found.predictions, ask)
    way.watch.say(f"{server.url}: {sum(accounts.values(), Account()).sentence or 'all answers are open'}")
    gathered = gather_suite(way.suite, found.predictions, settings)
    table = profile_suite(gathered, settings, seed=seed, cost=found.cost + spent, adapted=False, settled=found.settled)
    table = under_each_hiding(table, way.suite, found.predictions, hidden, settings, seed=seed)
    table = noted(table, {task: account.sentence for task, account in accounts.items()})
    return Profiled(table, gathered, found.predictions, hidden)


def probed(way: Way) -> Profiled:
    """Profiles from cross-fitted classifiers in place of a backbone, and their answers.

    What they answered before is taken from the run folder.
    """
    from mintune.profile.probes.stage import answer_suite, features
    from mintune.profile.stage import gather_suite, profile_suite

    settings, seed = way.config.profile, way.config.seed
    found = probed_before(way)
    if found is None:
        with way.watch.track("probing tasks", len(way.suite.tasks)) as advance:
            found = answer_suite(way.suite, settings, seed=seed, advance=advance)
    else:
        way.watch.say(f"probes: {number_of(found.cost.examples, 'answer')} there already, no task is probed again")
    suite = replace(way.suite, quarantined=(*way.suite.quarantined, *found.aside))
    seen = features(settings.features)
    gathered = gather_suite(suite, found.predictions, settings)
    table = profile_suite(gathered, settings, seed=seed, cost=found.cost, adapted=False, probes=seen)
    return Profiled(table, gathered, found.predictions)


def probed_before(way: Way) -> Answered | None:
    """What probes answered, as it lies in the run folder; None where it was of other data or settings, or is not whole.

    What it cost is what it cost then.
    """
    from mintune.profile.probes.stage import Answered

    if not way.run.is_fresh(ASKED, asking_inputs(way)):
        return None
    found = Answered(answers_there(way), way.run.read_record(ASKED, Cost))
    return found if sum(map(len, found.predictions.values())) == found.cost.examples else None


def answers_there(way: Way) -> dict[str, list[Prediction]]:
    """The answers under `profile.hiding` in the run folder, whosever they are; of a task without any an empty list."""
    from mintune.profile.predictions import read

    folders = {task.name: way.run / "predictions" / task.name for task in way.suite.tasks}
    return {name: read(folder)[0] if any(folder.glob("*.parquet")) else [] for name, folder in folders.items()}


def is_answered(way: Way) -> bool:
    """Whether nobody will be asked for the profile, as all answers are there; they are scored where that decides it."""
    from mintune.profile.asking import num_asked
    from mintune.profile.stage import gather_suite, needs_adapter, profile_suite

    settings = way.config.profile
    if settings.predictions is not None or way.run.is_fresh(profile_name(way), profile_inputs(way)):
        return True
    if way.config.is_probed:
        return probed_before(way) is not None
    if not (way.run / (ANSWERS if way.asks_backbone else REPLIES)).exists():
        return False
    if not way.run.is_fresh(ASKED, asking_inputs(way)):
        return way.run.is_fresh(ASKED, asking_inputs(way, adapted=True))
    if not way.asks_backbone or settings.adapt == "never":
        return True
    # Another similarity may find that the backbone as it is cannot do the tasks.
    settings = settings.model_copy(update={"information": False})
    gathered = gather_suite(way.suite, answers_there(way), settings)
    table = profile_suite(gathered, settings, seed=way.config.seed, cost=Cost(), adapted=False)
    return not needs_adapter(table, {task.name: num_asked(task, settings) for task in way.suite.tasks})


def asked_of_backbone(way: Way) -> Profiled:
    """Profiles from the backbone's answers under four views, with a short adapter where it cannot do the tasks."""
    from mintune.models.checking import self_test
    from mintune.profile.asking import questions
    from mintune.profile.robustness import under_each_hiding
    from mintune.profile.stage import gather_suite, needs_adapter, profile_suite

    settings, seed = way.config.profile, way.config.seed
    asked = {task.name: questions(task, settings, seed=seed) for task in way.suite.tasks}
    # A batch must not change an answer; where it does, everything after this would measure the batching.
    self_test(way.backbone, flat(asked), batch_size=way.config.batch_size)
    cost, adapts, inputs = Cost(), settings.adapt == "always", asking_inputs(way)
    ask: Ask = partial(way.ask, inputs=inputs)
    if not adapts:
        found = collect(way, asked, ask)
        cost = found.cost
        gathered = gather_suite(way.suite, found.predictions, settings)
        table = profile_suite(gathered, settings, seed=seed, cost=cost, adapted=False, settled=found.settled)
        adapts = settings.adapt == "auto" and needs_adapter(table, most_examples(asked))
    if adapts:
        folds = adapt_views(way)
        ask = partial(ask_held_out, way, folds, inputs=inputs)
        found = collect(way, asked, ask)
        cost += sum((card.cost for card, _ in folds), found.cost)
        gathered = gather_suite(way.suite, found.predictions, settings)
        table = profile_suite(gathered, settings, seed=seed, cost=cost, adapted=True, settled=found.settled)
    hidden, spent = ask_otherwise_hidden(way, found.predictions, ask)
    table = under_each_hiding(table, way.suite, found.predictions, hidden, settings, seed=seed)
    return Profiled(table.model_copy(update={"cost": cost + spent}), gathered, found.predictions, hidden)


@dataclass(frozen=True)
class Answers:
    """Predictions by task, what they cost, and what rounds of asking have settled."""

    predictions: dict[str, list[Prediction]]
    cost: Cost
    settled: Mapping[str, Settlement]


def collect(way: Way, asked: Mapping[str, Sequence[Question]], ask: Ask) -> Answers:
    """Answers to all questions, or in rounds to as many as settle each task's type."""
    from mintune.profile.repeats import drawn

    settings = way.config.profile
    if settings.rounds is None:
        everything = flat(asked)
        answered, cost = ask("answers under four views", everything)
        return Answers(by_task(drawn(everything, answered, settings.repeats, seed=way.config.seed)), cost, {})
    from mintune.profile.rounds import in_drawn_order, next_round, settlement

    tasks = {task.name: task for task in way.suite.tasks}
    most = most_examples(asked)
    orders = {name: in_drawn_order(one, seed=way.config.seed) for name, one in asked.items()}
    done: dict[str, int] = {}
    found: dict[str, list[Prediction]] = {name: [] for name in asked}
    settled: dict[str, Settlement] = {}
    cost, number = Cost(), 0
    while wanted := next_round(most, done, settled, settings.rounds.examples):
        number += 1
        turn = [q for name, upto in wanted.items() for one in orders[name][done.get(name, 0) : upto] for q in one]
        answered, spent = ask(f"round {number}, {len(wanted)} tasks", turn)
        cost += spent
        for name, predictions in by_task(drawn(turn, answered, settings.repeats, seed=way.config.seed)).items():
            found[name] += predictions
            settled[name] = settlement(tasks[name], found[name], settings, most[name])
        done |= wanted
        if settings.rounds.seconds is not None and cost.seconds >= settings.rounds.seconds:
            break
    return Answers(found, cost, settled)


def ask_otherwise_hidden(
    way: Way, predictions: ByTask, ask: Ask
) -> tuple[dict[Hiding, dict[str, list[Prediction]]], Cost]:
    """Answers of the examples that were asked, hidden by each way of `profile.also_hiding`, by task; and their cost."""
    from mintune.profile.asking import hidden_questions
    from mintune.profile.repeats import drawn

    settings, seed, cost = way.config.profile, way.config.seed, Cost()
    asked = {task: {prediction.example_id for prediction in found} for task, found in predictions.items()}
    hidden: dict[Hiding, dict[str, list[Prediction]]] = {}
    for hiding in settings.also_hiding:
        turn = [
            question
            for task in way.suite.tasks
            for question in hidden_questions(task, settings, hiding, among=asked[task.name], seed=seed)
        ]
        answered, spent = ask(f"hidden views again ({hiding})", turn)
        every = drawn(turn, answered, settings.repeats, seed=seed)
        hidden[hiding] = by_task(replace(prediction, hiding=hiding) for prediction in every)
        cost += spent
    return hidden, cost


def most_examples(asked: Mapping[str, Sequence[Question]]) -> dict[str, int]:
    """How many examples there are to ask, by task."""
    return {name: len({question.example_id for question in questions}) for name, questions in asked.items()}


def adapt_views(way: Way) -> list[tuple[AdapterCard, HeldOut]]:
    """Adapters trained over all tasks, each with the examples it has not seen and may answer."""
    from mintune.tune.adapt import train_view_adapters

    settings = way.config.profile
    with once_begun(way.watch, "adapting the views", 100) as advance:
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

    found: dict[tuple[str, str, str, int], Prediction] = {}
    spent = Cost()
    for number, (card, held_out) in enumerate(folds, start=1):
        turn = [question for question in asked if question.example_id in held_out[question.task]]
        with loaded(way.backbone, way.run / "profile" / "adapters" / card.folder, VIEW_ADAPTER):
            answered, cost = way.ask(f"{label}, fold {number} of {len(folds)}", turn, inputs, adapter=VIEW_ADAPTER)
        for prediction in answered:
            found[prediction.task, prediction.example_id, prediction.view, prediction.draw] = prediction
        spent += cost
    return [found[question.task, question.example_id, question.view, question.draw] for question in asked], spent


def flat(asked: Mapping[str, Sequence[Question]]) -> list[Question]:
    """All questions of all tasks in one list."""
    return [question for questions in asked.values() for question in questions]


def by_task(predictions: Iterable[Prediction]) -> dict[str, list[Prediction]]:
    """Predictions of each task, in their order."""
    found: dict[str, list[Prediction]] = {}
    for prediction in predictions:
        found.setdefault(prediction.task, []).append(prediction)
    return found
