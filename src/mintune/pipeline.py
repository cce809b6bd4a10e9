"""The way of the data: the five stages in their order, and the only place where they are wired together.

    suite of tasks -> profile -> group -> tune -> evaluate -> explain

Each function here is one verb. It looks whether its artefact is fresh, and if not checks what can be checked, calls the
stage, and writes the record. Stages themselves neither read a run folder nor know of one another. Nothing is computed
here that is not bookkeeping: what is fresh, seconds, which adapter answers for which example.

Verbs that write hold the run folder while they work. `explain` only reads what the others made: it asks and trains
nothing, makes for itself what is pure computation (groups), and says which verb to run where anything else is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from mintune import inquiry, jobs, preflight
from mintune.config import MERGED_BY
from mintune.errors import RunError
from mintune.inquiry import by_task
from mintune.progress import number_of, percent
from mintune.records import (
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
    ASKED,
    Way,
    asking_inputs,
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

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R", bound=Record)

TEST_ADAPTER = "test"
"""The name under which an adapter stands on the backbone while it is scored."""

REFERENCE = "interaction"
"""The strategy whose adapters together have as many parameters as every other strategy gets."""

EXAMPLES = "profile/examples.parquet"
"""What each profiled example most likely is, by the estimator that was used last."""

SCORES = "evaluate/scores.json"
"""Every strategy's scores, and what they cost."""


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
    """How image and text interact in each task: `profile/<estimator>.json` and `predictions/<task>/<view>.parquet`.

    Beside them `profile/examples.parquet`: what each example most likely is.
    """
    name, inputs = profile_name(way), profile_inputs(way)
    if way.run.is_fresh(name, inputs):
        return way.run.read_record(name, ProfileTable)
    from mintune.profile.examples import write_examples
    from mintune.profile.sample_types import sample_types

    preflight.check_profile(way)
    if way.config.profile.predictions is not None:
        found = inquiry.brought(way)
    elif way.config.profile.server is not None:
        found = inquiry.served(way)
    elif way.config.is_probed:
        found = inquiry.probed(way)
    else:
        found = inquiry.asked_of_backbone(way)
    (way.run / ASKED).unlink(missing_ok=True)
    write_answers(way, found)
    origin = way.provenance("profile", inputs)
    examples = sample_types(found.gathered.evidence, found.table)
    write_examples(way.run / EXAMPLES, examples, estimator=found.table.estimator, provenance=origin)
    answered_from = asking_inputs(way, adapted=found.table.adapted)
    way.run.write_record(ASKED, found.table.cost, way.provenance("profile", answered_from))
    way.run.write_record(name, found.table, origin)
    return found.table


def write_answers(way: Way, found: inquiry.Profiled) -> None:
    """`predictions/<task>/<view>.parquet`, and below `predictions/_<hiding>/` those of further ways of hiding.

    No task's name begins with an underscore. What lay there of other ways is removed.
    """
    from mintune.profile.predictions import write_task

    folder = way.run / "predictions"
    for old in folder.glob("_*"):
        shutil.rmtree(old)
    places = {folder: found.predictions} | {folder / f"_{hiding}": by for hiding, by in found.hidden.items()}
    for place, by_name in places.items():
        for task in way.suite.tasks:
            if task.name in by_name:
                write_task(place / task.name, with_gold(task, by_name[task.name]))


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
    preflight.check_profile_is_meant(way)
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
    return tune_strategy(way, grouping, seed=seed, rank=rank_of(way, grouping))


def rank_of(way: Way, grouping: Grouping) -> int:
    """The LoRA rank of one grouping's adapters."""
    return ranks(way, {grouping.strategy: grouping}, group(way, REFERENCE))[grouping.strategy]


def is_tuned(way: Way) -> bool:
    """Whether `tune` would train nothing."""
    strategy, seed = way.config.group.strategy, way.config.seed
    needed = dict.fromkeys([strategy, REFERENCE])
    if not all(way.run.is_fresh(group_name(way, one, seed), group_inputs(way, one, seed)) for one in needed):
        return False
    grouping = group(way, strategy)
    return None not in cards_of(way, grouping, seed=seed, rank=rank_of(way, grouping))


def tune_strategy(way: Way, grouping: Grouping, *, seed: int, rank: int) -> list[AdapterCard]:
    """One adapter a group of the given grouping."""
    from mintune.tune.card import CARD
    from mintune.tune.merged import tune_merged
    from mintune.tune.stage import tune_grouping
    from mintune.tune.start import sentence_of_cut

    if None not in (found := cards_of(way, grouping, seed=seed, rank=rank)):
        return [card for card in found if card is not None]
    name = label(way, grouping.strategy, seed)
    if way.config.tune.start is not None and (cut := sentence_of_cut(way.config.tune.start, rank)):
        way.watch.say(f"{name}: {cut}")
    folder = way.run / "tune" / name
    fresh = {card.group for card in found if card is not None}
    there = [group.name for group in grouping.groups if (folder / group.name / CARD).exists()]
    if stale := [group for group in there if group not in fresh]:
        way.watch.say(f"{name}: not what is planned now, so made anew: {', '.join(stale)}")
    searched = jobs.search(way, grouping, seed=seed, rank=rank)
    make = tune_merged if grouping.strategy in MERGED_BY else tune_grouping
    with way.watch.track(f"tuning {name}, {number_of(len(grouping.groups), 'group')}") as advance:
        job = jobs.job_of(way, seed=seed, rank=rank, searched=searched)
        cards = make(job, grouping, folder=folder, progress=percent(advance))
    cost = sum((card.cost for card in cards), Cost())
    if cost.truncated:
        way.watch.say(f"{cost.truncated:,} of {cost.examples:,} examples were too long and lost part of their text")
    tell_on_cards(way, grouping, cards)
    return cards


def tell_on_cards(way: Way, grouping: Grouping, cards: Sequence[AdapterCard], scores: Sequence[Score] = ()) -> None:
    """Write into the README.md of each adapter of a grouping how its tasks were profiled and, given scores, scored.

    Not those of tasks that a merge of several adapters answered.
    """
    from mintune.tune.card import tell_more
    from mintune.tune.readme import Known

    is_profiled = way.run.is_fresh(profile_name(way), profile_inputs(way))
    profiles = way.run.read_record(profile_name(way), ProfileTable) if is_profiled else None
    merged = grouping.spanning if way.config.evaluate.spanning == "merged" else {}
    for card in cards:
        own = {
            score.task: score
            for score in scores
            if (score.strategy, score.seed) == (card.strategy, card.seed) and score.task not in merged
        }
        known = Known(
            tasks={task: way.suite[task] for task in card.tasks},
            profiles=profiles,
            scores=own,
            confidence=way.config.evaluate.confidence,
        )
        tell_more(way.run / "tune" / label(way, card.strategy, card.seed) / card.folder, card, known)


def cards_of(way: Way, grouping: Grouping, *, seed: int, rank: int) -> list[AdapterCard | None]:
    """The card of each group's adapter; None where there is no adapter, or one of other settings or data."""
    from mintune.tune.card import fresh_card

    folder = way.run / "tune" / label(way, grouping.strategy, seed)
    searched = jobs.found(way, grouping, seed=seed, rank=rank)
    if searched is None:
        return [None for _ in grouping.groups]
    planned = jobs.plan_tuning(way, grouping, seed=seed, rank=rank, searched=searched)
    return [fresh_card(folder / group, inputs) for group, inputs in planned.items()]


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
        table = way.run.read_record(SCORES, ScoreTable)
        restore_adapters(way, table)
        return table
    from mintune.evaluate.comparison import compare
    from mintune.evaluate.interference import interference
    from mintune.evaluate.stage import questions, score_predictions, set_exams
    from mintune.evaluate.table import write_scores

    preflight.check_evaluate(way)
    groupings = {(strategy, seed): group(way, strategy, seed=seed) for strategy, seed in planned}
    rank = ranks(way, {strategy: grouping for (strategy, _), grouping in groupings.items()}, group(way, REFERENCE))
    for (strategy, seed), grouping in groupings.items():
        jobs.plan_tuning(way, grouping, seed=seed, rank=rank[strategy])
    confidence = way.config.evaluate.confidence
    blind, testing = way.ask("chance levels", [q for task in way.suite.tasks for q in questions(task, "none")], inputs)
    exams = set_exams(way.suite, by_task(blind))
    scores: list[Score] = []
    costs: dict[str, Cost] = {}
    parameters: dict[str, int] = {}
    companies: dict[str, dict[str, str]] = {}
    tuned: dict[tuple[str, int], list[AdapterCard]] = {}
    for (strategy, seed), grouping in groupings.items():
        cards = tuned[strategy, seed] = tune_strategy(way, grouping, seed=seed, rank=rank[strategy])
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
    for (strategy, seed), grouping in groupings.items():
        tell_on_cards(way, grouping, tuned[strategy, seed], scores)
    return table


def lost_adapters(way: Way) -> list[tuple[str, int]]:
    """Strategies and seeds that were scored with adapters which are gone, or in whose place others lie now."""
    groupings = saved_groupings(way)
    cards = saved_cards(way, groupings)
    return [planned for planned in planned_runs(way) if None in cards.get(planned, [None])]


def restore_adapters(way: Way, table: ScoreTable) -> None:
    """Train anew what was scored and is no longer there: scores and adapters of a run folder belong together."""
    for strategy, seed in lost_adapters(way):
        way.watch.say(f"{label(way, strategy, seed)}: the adapters are not those that were scored, and are made again")
        grouping = group(way, strategy, seed=seed)
        cards = tune_strategy(way, grouping, seed=seed, rank=rank_of(way, grouping))
        tell_on_cards(way, grouping, cards, table.scores)


def is_done(way: Way) -> bool:
    """Whether `run` would ask and train nothing."""
    return way.run.is_fresh(SCORES, evaluate_inputs(way)) and not lost_adapters(way)


def answer_tests(
    way: Way, grouping: Grouping, cards: Sequence[AdapterCard], inputs: str
) -> tuple[dict[str, list[Prediction]], Cost]:
    """Every task's test examples under the view `both`, each by the adapter that answers for the task, and the cost."""
    from mintune.evaluate.stage import questions
    from mintune.models.adapters import loaded

    found: dict[str, list[Prediction]] = {}
    spent = Cost()
    name = label(way, cards[0].strategy, cards[0].seed)
    homes = adapters_of(way, grouping, cards, way.run / "tune" / name)
    for home in dict.fromkeys(homes.values()):
        asked = [
            question for task in way.suite.tasks if homes[task.name] == home for question in questions(task, "both")
        ]
        with loaded(way.backbone, home, TEST_ADAPTER):
            answered, cost = way.ask(f"testing {name}, {home.name}", asked, inputs, adapter=TEST_ADAPTER)
        found |= by_task(answered)
        spent += cost
    return found, spent


def adapters_of(way: Way, grouping: Grouping, cards: Sequence[AdapterCard], folder: Path) -> dict[str, Path]:
    """The folder of the adapter that answers for each task: its group's, or one merged where it spans groups."""
    from mintune.tune.spanning import merge_spanning

    by_group = {card.group: folder / card.folder for card in cards}
    homes = {task.name: by_group[grouping.group_of(task.name).name] for task in way.suite.tasks}
    if way.config.evaluate.spanning == "merged":
        homes |= merge_spanning(way.backbone, grouping, cards, folder)
    return homes


# ---------------------------------------------------------------------------------------------------------- explain


def explain(way: Way, report: ReportData | None = None) -> list[Path]:
    """The report in each language: `explain/report.<language>.html`, of what the run folder has already.

    RunError where profiles are missing, or were made from something else. Groups that are, which cost nothing, are made
    for the report and not kept. Scores and adapters of other settings or data are left out, and the report says so.
    `report` is the evidence, where it was gathered already.
    """
    from mintune.explain.stage import write_reports

    return write_reports(report or evidence(way), way.run / "explain", way.config.explain)


def evidence(way: Way) -> ReportData:
    """What a report is made from: what is fresh in the run folder. RunError as `explain`."""
    from mintune.explain.evidence import ReportData
    from mintune.group.stage import group_tasks
    from mintune.profile.examples import made_from, read_examples

    strategy, seed = way.config.group.strategy, way.config.seed
    profiles = made_before(way, profile_name(way), profile_inputs(way), ProfileTable, "profile")
    grouped = group_name(way, strategy, seed)
    has_groups = way.run.is_fresh(grouped, group_inputs(way, strategy, seed))
    if has_groups:
        main = way.run.read_record(grouped, Grouping)
    else:
        main = group_tasks(way.suite, profiles, way.config.group, strategy=strategy, seed=seed)
    # Without a backbone nothing can be scored; what lies there is of another configuration.
    scored = way.run.has(SCORES) and way.config.has_backbone and way.run.is_fresh(SCORES, evaluate_inputs(way))
    scores = way.run.read_record(SCORES, ScoreTable) if scored else None
    groupings = saved_groupings(way) if scored else {}
    artefacts = (profile_name(way), *([grouped] if has_groups else []), *([SCORES] if scored else []))
    spent = {"tune": sum(scores.costs.values(), Cost()), "evaluate": scores.testing} if scores else {}
    is_asked = way.run.is_fresh(ASKED, asking_inputs(way, adapted=profiles.adapted))
    cards = [card for found in saved_cards(way, groupings).values() for card in found]
    left_out = {"evaluate": way.run.has(SCORES) and not scored, "tune": None in cards}
    return ReportData(
        config=way.config,
        suite=way.suite,
        profiles=profiles,
        grouping=main,
        other_groupings=tuple(
            grouping for (other, of), grouping in groupings.items() if of == seed and other != strategy
        ),
        scores=scores,
        predictions={task: found for task, found in inquiry.answers_there(way).items() if found} if is_asked else {},
        # Only `knowledge` gives probabilities; the file is missing where a profile was made before there was one.
        example_types=(
            read_examples(way.run / EXAMPLES)
            if profiles.estimator == "knowledge" and made_from(way.run / EXAMPLES) == profile_inputs(way)
            else {}
        ),
        cards=tuple(card for card in cards if card is not None),
        costs={"profile": profiles.cost, **spent},
        provenance=tuple(way.run.read_provenance(name) for name in artefacts),
        stale=tuple(verb for verb, is_left_out in left_out.items() if is_left_out),
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


def saved_cards(
    way: Way, groupings: Mapping[tuple[str, int], Grouping]
) -> dict[tuple[str, int], list[AdapterCard | None]]:
    """The cards of each planned strategy and seed among these groupings; None where the adapter is not the planned one.

    Nothing where the reference is not among them, by which ranks go.
    """
    reference = groupings.get((REFERENCE, way.config.seed))
    if reference is None:
        return {}
    rank = ranks(way, {strategy: grouping for (strategy, _), grouping in groupings.items()}, reference)
    return {
        (strategy, seed): cards_of(way, groupings[strategy, seed], seed=seed, rank=rank[strategy])
        for strategy, seed in planned_runs(way)
        if (strategy, seed) in groupings
    }


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


def with_gold(task: Task, predictions: Sequence[Prediction]) -> list[Prediction]:
    """Predictions with their examples' accepted answers, so that they can be scored again without the data."""
    from mintune.tasks.outlines import outlines

    asked = {prediction.example_id for prediction in predictions}
    splits = (task.train, task.validation)
    gold = {outline.id: outline.targets for split in splits for outline in outlines(split) if outline.id in asked}
    return [replace(prediction, gold=gold.get(prediction.example_id, prediction.gold)) for prediction in predictions]
