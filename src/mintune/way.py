"""One run on its way: its settings and folder, its data and backbone, and what each of its artefacts is made from.

Data and backbone are loaded when first asked for. The digests say of every artefact all that it was computed from,
the version of the code included and everything upstream: a mended estimator or metric makes anew what it had made, and
so does another layout of the records. Stages do not see this file; `pipeline.py` works with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from mintune.config import MERGED_BY
from mintune.errors import ConfigError
from mintune.progress import Silent, number_of, once_begun
from mintune.records import SCHEMA_VERSION, Cost, FixedBudget, Prediction, Provenance, Suite
from mintune.run import Ledger, RunFolder, digest, provenance, write_text

if TYPE_CHECKING:
    from mintune.config import Config, ServerSettings, TuneSettings
    from mintune.models.answering import AnswerCache, Question
    from mintune.models.backbone import Backbone
    from mintune.models.replies import Account
    from mintune.progress import Watch
    from mintune.tune.examining import Judge


BUDGET = "tune/budget.json"
"""How many examples a budget of time was told as."""

ASKED = "predictions/cost.json"
"""What the answers in `predictions/` cost, and whose they are (`asking_inputs`)."""

ANSWERS, REPLIES = "cache/answers.jsonl", "cache/replies.jsonl"
"""Everything that the backbone and servers were asked before, by content."""

SCORING = ("estimator", "confidence", "information", "similarity")
"""Settings of `profile` by which answers are scored, and which no answer hangs on."""


@dataclass
class Way:
    """One run on its way: configuration, folder, and data and backbone, which are loaded when first asked for."""

    config: Config
    run: RunFolder
    watch: Watch = field(default_factory=Silent)

    def read_suite(self) -> Suite:
        """The tasks as they lie in the data, with the rows that were set aside while reading.

        Where no data is named, those of the predictions that were made elsewhere, by their gold answers.
        """
        from mintune.tasks.suite import load_suite

        predictions = self.config.profile.predictions
        if predictions is not None and not self.config.suite.names_data:
            from mintune.profile.predictions import gold_of
            from mintune.tasks.gold import task_of_gold

            gold, aside = gold_of(predictions, without=self.run.path)
            tasks = tuple(task_of_gold(name, gold[name], self.run / "cache") for name in sorted(gold))
            return Suite(tasks, tuple(aside))
        return load_suite(self.config.suite, seed=self.config.seed, cache=self.run / "cache")

    def golden(self, suite: Suite) -> dict[str, set[str]] | None:
        """The examples of the suite by task, where they are those that have gold; None where data is named."""
        from mintune.tasks.outlines import outlines

        if self.config.suite.names_data:
            return None
        return {task.name: {outline.id for outline in outlines(task.train)} for task in suite.tasks}

    @cached_property
    def suite(self) -> Suite:
        """The tasks without the training examples that leak into a test split, their own or another's.

        How many rows are left out, and of which tasks, is said.
        """
        from mintune.tasks.leaks import drop_leaks

        suite = drop_leaks(self.read_suite())
        if suite.quarantined:
            counts = Counter(row.task for row in suite.quarantined)
            told = ", ".join(f"{count:,} of {task}" for task, count in counts.items())
            self.watch.say(f"left out: {number_of(len(suite.quarantined), 'row')} ({told}); `mintune check` says why")
        return suite

    @cached_property
    def backbone(self) -> Backbone:
        """The model that everything runs on. ConfigError where the configuration has none."""
        from mintune.models.backbone import load_backbone

        self.require_backbone()
        return load_backbone(self.config.backbone, features=self.run / "cache" / "features")

    def require_backbone(self) -> None:
        """ConfigError where the configuration names no model; loads none."""
        if not self.config.has_backbone:
            raise ConfigError(
                "backbone: is `none`, with which tasks can be profiled, grouped and explained, not tuned or evaluated; "
                "give `mintune/tiny`, or the name or path of a transformers image-text-to-text model"
            )

    @cached_property
    def answers(self) -> AnswerCache:
        """Everything that was asked before, by content."""
        from mintune.models.answering import AnswerCache

        return AnswerCache(self.run / ANSWERS)

    @cached_property
    def ledger(self) -> Ledger:
        """The seconds that asking took, of this process and of those before it."""
        return Ledger(self.run / "cache" / "seconds.jsonl")

    @cached_property
    def data(self) -> dict[str, str]:
        """The fingerprint of each task."""
        return {task.name: task.fingerprint for task in self.suite.tasks}

    def load(self) -> None:
        """Load backbone and data now. BackboneError and DataError where one of them cannot be used."""
        _ = self.backbone, self.suite

    @property
    def tuning(self) -> TuneSettings:
        """How to tune; where the budget is time, as the number of examples that the run folder keeps of it, if any.

        The number is fixed by `preflight.fix_budget` and kept as long as backbone, data, rank, `interaction` and
        budget are the same, so that a run that goes on, and every strategy of it, has the same.
        """
        settings = self.config.tune
        if settings.seconds is None or not self.run.is_fresh(BUDGET, self.budget_inputs):
            return settings
        return settings.with_examples(self.run.read_record(BUDGET, FixedBudget).examples)

    @property
    def budget_inputs(self) -> str:
        """Digest of what a budget of time is told as examples by, but for this machine's speed."""
        settings = self.config.tune
        return digest(
            "budget", settings.budget, settings.rank, settings.interaction, self.backbone.fingerprint, self.data
        )

    @cached_property
    def predictions_digest(self) -> str | None:
        """The digest of the predictions that were made elsewhere; None where the backbone is asked."""
        from mintune.profile.predictions import fingerprint

        path = self.config.profile.predictions
        return None if path is None else fingerprint(path, without=self.run.path)

    @cached_property
    def served_model(self) -> str | None:
        """The name of the model that a server answers with; None where none is asked.

        Where the configuration does not say, the only one that the server offers. So that what is done can be read
        when the server or its key is gone, the name is kept in the run folder, by the server's address.
        """
        settings = self.config.profile.server
        if settings is None or settings.model is not None:
            return None if settings is None else settings.model
        from mintune.errors import BackboneError
        from mintune.models.server import Server

        kept = self.run / "cache" / f"served-model-{digest(settings.url)}.txt"
        before = kept.read_text(encoding="utf-8") if kept.exists() else None
        try:
            server = Server(settings)
        except ConfigError:  # the key is not set here
            if before is None:
                raise
            return before
        try:
            name = server.only_model()
        except BackboneError:
            if before is None:
                raise
            return before
        write_text(kept, name)
        return name

    @property
    def asks_backbone(self) -> bool:
        """Whether profiles come from the backbone's own answers: not probes', a server's, or any made elsewhere."""
        settings = self.config.profile
        return self.config.has_backbone and settings.server is None and settings.predictions is None

    def provenance(self, stage: str, inputs: str) -> Provenance:
        """Where an artefact made now comes from."""
        return provenance(
            stage, inputs, config=self.config, seed=self.config.seed, data=self.data, backbone=self._answerer(stage)
        )

    def _answerer(self, stage: str) -> str:
        """Whose answers an artefact of this stage is made from."""
        if self.asks_backbone or (stage not in ("profile", "group") and self.config.has_backbone):
            return f"{self.config.backbone} {self.backbone.fingerprint}"
        if self.config.is_probed:
            from mintune.profile.probes.stage import VERSION, features

            return f"probes {VERSION} ({features(self.config.profile.features)})"
        server = self.config.profile.server
        return (
            f"predictions {self.predictions_digest}"
            if server is None
            else f"server {self.served_model} at {server.url}"
        )

    @cached_property
    def longest_answers(self) -> dict[str, int]:
        """Tokens that open answers may have, by task."""
        from mintune.models.lengths import longest_answers

        return longest_answers(self.backbone, self.suite.tasks)

    def ask(
        self, label: str, questions: Sequence[Question], inputs: str, *, adapter: str | None = None
    ) -> tuple[list[Prediction], Cost]:
        """Answers to the questions, in their order, and what they cost; what was asked before is not asked again.

        `inputs` is the digest of what the answers are for. The cost is that of all processes that asked these
        questions for it: a kill loses the seconds of the batch in flight and nothing else.
        """
        from mintune.models.answering import Tally, answer

        tally, work = Tally(), digest(inputs, label)
        lap = self.ledger.start(work)
        with once_begun(self.watch, label, len(questions)) as advance:

            def progress(done: int) -> None:
                lap()
                advance(done)

            predictions = answer(
                self.backbone,
                questions,
                batch_size=self.config.batch_size,
                cache=self.answers,
                adapter=adapter,
                max_new_tokens=self.longest_answers,
                progress=progress,
                tally=tally,
            )
        if questions and not tally.num_asked:
            self.watch.say(f"{label}: {number_of(len(questions), 'answer')} there already, nobody is asked again")
        if tally.num_truncated:
            self.watch.say(
                f"{tally.num_truncated} of {len(questions)} prompts were too long and lost part of their text"
            )
        if tally.num_cut:
            self.watch.say(f"{tally.num_cut} of {len(questions)} answers were cut: as long as allowed, and not ended")
        seconds = self.ledger.seconds(work)
        return predictions, Cost(seconds=seconds, examples=tally.num_questions, tokens=tally.num_tokens)

    def ask_server(
        self, settings: ServerSettings, label: str, questions: Sequence[Question], inputs: str
    ) -> tuple[list[Prediction], Cost, dict[str, Account]]:
        """As `ask`, but of a server; also how the answers to each task came about.

        Tokens are the prompts' as far as the server told them.
        """
        from mintune.models.replies import ReplyJournal
        from mintune.models.requests import longest_answers
        from mintune.models.server import Server, plan

        assert self.served_model is not None
        journal = ReplyJournal(self.run / REPLIES)
        longest = longest_answers(self.suite.tasks)
        asking = plan(self.served_model, questions, settings, journal=journal, longest=longest)
        self.watch.say(f"{settings.url}: {asking.sentence}")
        work = digest(inputs, label)
        lap = self.ledger.start(work)
        with once_begun(self.watch, label, len(questions)) as advance:

            def progress(done: int) -> None:
                lap()
                advance(done)

            served = Server(settings).ask(asking, journal=journal, progress=progress)
        cost = Cost(seconds=self.ledger.seconds(work), examples=len(questions), tokens=served.num_tokens)
        return served.predictions, cost, dict(served.accounts)


# ---------------------------------------------------------------------------------------- what artefacts are made from


def profile_inputs(way: Way) -> str:
    """Digest of all that a profile is computed from."""
    return _made_from(way, _profile_settings(way))


def asking_inputs(way: Way, *, adapted: bool = False) -> str:
    """Digest of all that the answers of a profile come from: as `profile_inputs`, without what only scores them.

    In rounds scores decide what is asked, so there it is that of the profile. `adapted`: of the answers of a backbone
    with a short adapter, since under `adapt: auto` it hangs on scores whose answers count.
    """
    is_scored_meanwhile = way.config.profile.rounds is not None
    found = profile_inputs(way) if is_scored_meanwhile else _made_from(way, _asking_settings(way))
    return digest(found, "adapted") if adapted else found


def _made_from(way: Way, settings: Mapping[str, object]) -> str:
    """Digest of answers, and what is made of them, by these settings: of the code, of who answers and of the data."""
    from mintune.profile.stage import VERSION

    seed = way.config.seed
    if way.predictions_digest is not None:
        return digest("profile", (SCHEMA_VERSION, VERSION), way.predictions_digest, way.data, settings, seed)
    if way.config.profile.server is not None:
        from mintune.models.replies import RULE
        from mintune.models.requests import FORM

        served = ("server", RULE, FORM, way.served_model, way.config.profile.server.request)
        return digest("profile", (SCHEMA_VERSION, VERSION), served, way.data, settings, seed)
    if way.config.is_probed:
        from mintune.profile.probes.stage import VERSION as PROBES
        from mintune.profile.probes.stage import features

        seen = features(way.config.profile.features)
        return digest("profile", (SCHEMA_VERSION, VERSION, PROBES), seen, way.data, settings, seed)
    from mintune.models.answering import DECODING
    from mintune.tune.adapt import MIXTURE, OBJECTIVE
    from mintune.tune.loop import VERSION as TRAINING

    backbone = way.backbone.fingerprint  # first, as a wrong name is told sooner than data is read
    tune, rate = way.config.tune, way.config.tune.rate_for(way.config.backbone)
    training = (TRAINING, tune.rank, rate, tune.batch_size, MIXTURE, OBJECTIVE)
    code = (SCHEMA_VERSION, VERSION, DECODING)
    return digest("profile", code, backbone, way.data, settings, seed, training)


def _profile_settings(way: Way) -> dict[str, object]:
    """What mintune.yaml says of profiling, with the code of the functions that it names."""
    from mintune.profile.own import source_digest
    from mintune.profile.similarity import Own, named

    settings = way.config.profile
    found = settings.model_dump(mode="json", exclude={"server"})
    code = _code_of_features(way)
    if settings.similarity is not None and isinstance(own := named(settings.similarity), Own):
        code[own.name] = source_digest(own.name, own.of_texts)
    return {**found, "code": code} if code else found


def _asking_settings(way: Way) -> dict[str, object]:
    """What mintune.yaml says of profiling that answers hang on, with the code of the functions that it names."""
    return {
        **way.config.profile.model_dump(mode="json", exclude={"server", *SCORING}),
        "code": _code_of_features(way),
    }


def _code_of_features(way: Way) -> dict[str, str]:
    """The digests of the functions of the user's own that probes see by, by name."""
    from mintune.profile.own import find, source_digest
    from mintune.profile.probes.stage import own_functions

    named = own_functions(way.config.profile.features) if way.config.is_probed else {}
    return {name: source_digest(name, find(key, name)) for key, name in named.items()}


def group_inputs(way: Way, strategy: str, seed: int) -> str:
    """Digest of all that a grouping is computed from."""
    from mintune.group.stage import VERSION

    domains = {task.name: task.domain for task in way.suite.tasks}
    return digest("group", VERSION, profile_inputs(way), domains, way.config.group, strategy, seed)


def judge(way: Way) -> Judge:
    """Who scores answers to validation examples while adapters are tuned, and tells the terminal of them."""
    from mintune.evaluate.marking import Marking
    from mintune.evaluate.stage import VERSION
    from mintune.tune.examining import Judge

    return Judge(VERSION, Marking(), way.watch.say)


def evaluate_inputs(way: Way) -> str:
    """Digest of all that scores are computed from."""
    from mintune.evaluate.stage import VERSION
    from mintune.models.merging import VERSION as MERGING

    # Where the predictions were made elsewhere, what profiles and groups are made from does not name the backbone.
    backbone = way.backbone.fingerprint
    groupings = [group_inputs(way, strategy, seed) for strategy, seed in planned_runs(way)]
    metrics = {task.name: task.metric for task in way.suite.tasks}
    rate = way.config.tune.rate_for(way.config.backbone)
    tune = way.tuning.deciding("start")
    if way.config.tune.start is not None:
        from mintune.tune.start import fingerprint_of_start

        tune["start"] = fingerprint_of_start(way.config.tune.start)
    evaluate = way.config.evaluate
    is_merging = evaluate.spanning == "merged" or not MERGED_BY.keys().isdisjoint(evaluate.compare)
    merging: list[object] = [MERGING, evaluate.spanning] if is_merging else []
    if way.tuning.mixture == "merge_search":
        from mintune.tune.searching import VERSION as SEARCHING

        merging += [MERGING, SEARCHING]
    settings = evaluate.model_dump(mode="json", exclude={"spanning"})
    return digest("evaluate", VERSION, backbone, groupings, metrics, tune, rate, settings, *merging)


# ------------------------------------------------------------------------------------------------------ what is planned


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


def label(way: Way, strategy: str, seed: int) -> str:
    """The name under which a strategy's artefacts of one seed lie: the strategy's own for the run's own seed."""
    return strategy if seed == way.config.seed else f"{strategy}-seed{seed}"


def group_name(way: Way, strategy: str, seed: int) -> str:
    """Where a grouping lies in the run folder."""
    return f"group/{label(way, strategy, seed)}.json"


def profile_name(way: Way) -> str:
    """Where the profiles lie in the run folder."""
    return f"profile/{way.config.profile.estimator}.json"
