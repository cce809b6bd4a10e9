"""The nouns that stages exchange. Nothing here computes, and nothing here imports a model.

Two kinds: small frozen dataclasses for what exists by the hundred thousand (examples, predictions),
and frozen pydantic models for what is written to a run folder as JSON and read by people and scripts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict

SCHEMA_VERSION = 1

View = Literal["none", "image", "text", "both"]
VIEWS: tuple[View, ...] = ("none", "image", "text", "both")

HIDDEN_VIEWS: tuple[View, ...] = ("none", "image", "text")
"""Views that hide something; `both` is the same however modalities are hidden."""

Hiding = Literal["drop", "blank", "noise", "shuffle"]
HIDINGS: tuple[Hiding, ...] = ("drop", "blank", "noise", "shuffle")

InteractionType = Literal["redundancy", "unique_image", "unique_text", "synergy", "undetermined"]
TYPES: tuple[InteractionType, ...] = ("redundancy", "unique_image", "unique_text", "synergy")
SHARES: tuple[str, ...] = (*TYPES, "unanswered")
"""What the shares of a profile are of, and what one example may be, in this order."""

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded image: `data` holds the file's bytes (PNG, JPEG, ...), `sha256` their hex digest."""

    sha256: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a task.

    `text` is what this example says in words and may be empty; the task's instruction is not part of it.
    `targets` holds one or more accepted answers; the first is the one tuned on.
    `choices` is the closed set of answers, or None where the answer is open.
    `built_as` is the interaction type by construction, known only in the built-in world.
    """

    id: str
    images: tuple[Picture, ...]
    text: str
    targets: tuple[str, ...]
    choices: tuple[str, ...] | None = None
    built_as: InteractionType | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task: one instruction for all its examples, a metric, and its splits (lazy, memory-mapped sequences).

    `fingerprint` is the hex digest of everything the examples say, so that it names the data and not the folder.
    `built_shares` are the shares by construction (redundancy, unique_image, unique_text, synergy), or None.
    `notes` says what reading decided and the user should know: splits held out, turns of chats left out. `license` is
    that of the data, empty where nobody states it.
    """

    name: str
    instruction: str
    metric: str
    domain: str
    splits: Mapping[Split, Sequence[Example]]
    fingerprint: str
    built_shares: tuple[float, float, float, float] | None = None
    notes: tuple[str, ...] = ()
    license: str = ""

    @property
    def built_type(self) -> str:
        """The type by construction: one of TYPES, `mixture` where it is several, empty where it is not known."""
        if self.built_shares is None:
            return ""
        return TYPES[self.built_shares.index(1.0)] if max(self.built_shares) == 1.0 else "mixture"

    @property
    def train(self) -> Sequence[Example]:
        """Examples to tune on and to profile with."""
        return self.splits["train"]

    @property
    def validation(self) -> Sequence[Example]:
        """Examples to choose settings by; empty where there are none."""
        return self.splits.get("validation", ())

    @property
    def test(self) -> Sequence[Example]:
        """Examples that only `evaluate` sees; empty where there are none."""
        return self.splits.get("test", ())


@dataclass(frozen=True, slots=True)
class ExampleType:
    """How probable each of SHARES is of one profiled example; the five sum to one."""

    task: str
    example_id: str
    probabilities: tuple[float, ...]

    @property
    def likeliest(self) -> tuple[str, float]:
        """The most probable of SHARES, the first where several are, and its probability."""
        place = self.probabilities.index(max(self.probabilities))
        return SHARES[place], self.probabilities[place]


class Record(BaseModel):
    """Base of what is written to disk: frozen, and strict about keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quarantined(Record):
    """A row that was set aside: where it stood and why."""

    task: str
    file: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The tasks of one run and the rows that were set aside while reading them."""

    tasks: tuple[Task, ...]
    quarantined: tuple[Quarantined, ...] = ()

    def __getitem__(self, name: str) -> Task:
        """The task of that name; KeyError where there is none."""
        for task in self.tasks:
            if task.name == name:
                return task
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a predictor answered to one example under one view.

    `scores` are log-likelihoods, one a choice in the order of the example's choices, or None for open answers.
    `gold` holds the accepted answers where the prediction came with them. `draw` numbers the answers to one example
    under one view, where there are several. `hiding` is what stood in place of a hidden modality, None where that is
    the way in which the profile is made (`profile.hiding`).
    """

    task: str
    example_id: str
    view: View
    answer: str
    scores: tuple[float, ...] | None = None
    gold: tuple[str, ...] | None = None
    draw: int = 0
    hiding: Hiding | None = None


class Estimate(Record):
    """A number with its interval, and as it was before it was changed.

    What `raw` is before depends on what is estimated: of shares, before negative ones were clipped and all scaled to
    sum to one; in `Information`, before the bias was taken off and the rest cut. None where nothing was changed.
    """

    value: float
    low: float
    high: float
    raw: float | None = None


class Cost(Record):
    """What something took: wall seconds, examples shown to a model, tokens of them, optimiser steps.

    `truncated` says of how many of the examples shown in training the text was cut to fit.
    """

    seconds: float = 0.0
    examples: int = 0
    tokens: int = 0
    steps: int = 0
    truncated: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together; `sum(costs, Cost())` adds up any number."""
        return Cost(
            seconds=self.seconds + other.seconds,
            examples=self.examples + other.examples,
            tokens=self.tokens + other.tokens,
            steps=self.steps + other.steps,
            truncated=self.truncated + other.truncated,
        )


class Information(Record):
    """What image and text say about a task's answer, in bits; synergy is a lower bound.

    `answer_entropy_bits` is what there is to know; values and intervals are cut to lie between 0 and that. `raw` is
    before bias was corrected, and not cut (of shares it is before clipping).
    """

    redundancy: Estimate
    unique_image: Estimate
    unique_text: Estimate
    synergy: Estimate
    answer_entropy_bits: float


class TypeFound(Record):
    """A task's type and how sure it is, under one way of hiding; `num_examples` are those it was judged on."""

    type: InteractionType
    confidence: float
    num_examples: int


class InteractionProfile(Record):
    """How image and text interact in one task, as one estimator sees it.

    Shares lie in [0, 1] and sum to one with `unanswered`. `accuracy` is the share of right answers under each view and
    `kappa` the same corrected for chance. `examples_needed` says how many more a decision would take where the type is
    undetermined for want of examples. `replicates` are bootstrap draws of (redundancy, unique_image, unique_text,
    synergy), from which `group` takes covariance and stability. `robustness` is the type under every way of hiding that
    was asked, the table's own first; empty where that is the only one.
    """

    task: str
    estimator: str
    num_examples: int
    type: InteractionType
    confidence: float
    redundancy: Estimate
    unique_image: Estimate
    unique_text: Estimate
    synergy: Estimate
    unanswered: Estimate
    delta: Estimate
    accuracy: dict[View, Estimate] = {}
    kappa: dict[View, Estimate] = {}
    examples_needed: int | None = None
    information: Information | None = None
    notes: tuple[str, ...] = ()
    replicates: tuple[tuple[float, float, float, float], ...] = ()
    robustness: dict[Hiding, TypeFound] = {}

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Redundancy, unique_image, unique_text, synergy, in the order of TYPES."""
        return (self.redundancy.value, self.unique_image.value, self.unique_text.value, self.synergy.value)


class ProfileTable(Record):
    """All profiles of a suite by one estimator, with what they cost and what was set aside.

    `adapted` tells whether the views were answered with a short adapter over all tasks (`profile.adapt`); `probes` what
    was seen by the classifiers that answered in place of a model, empty where a model did. `confidence` is the level of
    all intervals.
    """

    estimator: str
    profiles: tuple[InteractionProfile, ...]
    hiding: Hiding = "drop"
    adapted: bool = False
    probes: str = ""
    confidence: float = 0.95
    cost: Cost = Cost()
    quarantined: tuple[Quarantined, ...] = ()

    def __getitem__(self, task: str) -> InteractionProfile:
        """The profile of that task; KeyError where there is none."""
        for profile in self.profiles:
            if profile.task == task:
                return profile
        raise KeyError(task)


class Group(Record):
    """Tasks that share an adapter. `type` is the interaction they share; None where the strategy does not go by it."""

    name: str
    type: InteractionType | None
    tasks: tuple[str, ...]


class Reason(Record):
    """Why a task is in its group, as data: a code that `explain` words in each language, and the numbers it names."""

    code: str
    facts: dict[str, float | str | list[str]] = {}


class Grouping(Record):
    """One way of grouping a suite.

    `membership` maps each task to the weight it has in each group (weights sum to one); `stability` is the share of
    bootstrap resamples in which the task keeps its companions, where the strategy depends on data.
    """

    strategy: str
    groups: tuple[Group, ...]
    membership: dict[str, dict[str, float]]
    stability: dict[str, float] = {}
    reasons: dict[str, Reason] = {}

    def group_of(self, task: str) -> Group:
        """The group in which the task has most weight; KeyError where the task is unknown."""
        weights = self.membership[task]
        name = max(weights, key=lambda group: weights[group])
        return next(group for group in self.groups if group.name == name)

    @property
    def spanning(self) -> dict[str, dict[str, float]]:
        """The tasks with weight in several groups, each with its weights in these."""
        weights = {
            task: {group: weight for group, weight in found.items() if weight > 0}
            for task, found in self.membership.items()
        }
        return {task: found for task, found in weights.items() if len(found) > 1}


class Mixture(Record):
    """The share of a group's training budget that each task gets, and who decided it."""

    group: str
    shares: dict[str, float]
    decided_by: str


class FixedBudget(Record):
    """A budget of time as the number of examples that this machine was measured to train on in it.

    `seconds_an_example` is that of training alone at the configured rank; every strategy gets the same `examples`.
    """

    seconds: float
    seconds_an_example: float
    examples: int


class RateTrial(Record):
    """A learning rate that was tried, and the validation loss after it (nats an answer token); None: it diverged."""

    learning_rate: float
    validation_loss: float | None


class RateSearch(Record):
    """Which learning rate a strategy is tuned at, and by which trials of so many examples each; `cost` is of all."""

    chosen: float
    trials: tuple[RateTrial, ...]
    examples: int
    cost: Cost = Cost()


class MixtureSearch(Record):
    """What merges of short adapters say of a group's mixture (`tune.mixture: merge_search`).

    `before` is the mixture to beat, `found` the lowest on the fitted surface. `gain` is how much lower the merge by
    `found` has the mean over tasks of validation loss (nats an answer token), on examples that nothing was fitted to,
    at `confidence`. `correlation` is Spearman's between the measured losses and those that the surface predicts of each
    from the others. Merges are `scale` times the weighted mean. `cost` is that of the short adapters, its seconds that
    of the merges, too; `num_asked` forward passes of one example came on top.
    """

    group: str
    before: dict[str, float]
    found: dict[str, float]
    gain: Estimate
    confidence: float
    correlation: float
    scale: float
    num_asked: int
    cost: Cost = Cost()

    @property
    def is_taken(self) -> bool:
        """Whether the whole interval of the gain is above zero, so that training goes by the mixture that was found."""
        return self.gain.low > 0

    @property
    def shares(self) -> dict[str, float]:
        """The mixture that training goes by; sums to one."""
        return self.found if self.is_taken else self.before


class MixtureSearches(Record):
    """The searches of one strategy: one for each group of two tasks or more, in the order of the groups."""

    groups: tuple[MixtureSearch, ...]


class TaskValidation(Record):
    """How a task's validation went while its group's adapter was trained.

    `best_step` is the optimiser step of the branch (0: its beginning) at which this task by itself was best,
    `best_loss` (nats an answer token) and `best_metric` its values there; `loss` and `metric` are those of the state
    that was kept. A metric is None where answers were not scored.
    """

    best_step: int
    best_loss: float
    best_metric: float | None
    loss: float
    metric: float | None


class Validation(Record):
    """What validation examples said of an adapter while its branch was trained, and what was made of it.

    `kept` names how the kept state was chosen, `step` is its optimiser step in the branch (0: the branch's beginning).
    `trained_steps` of `planned_steps` were taken; where these are fewer, training stopped early. `examples` counts
    validation examples shown, repeats counted.
    """

    kept: Literal["best_loss", "best_metric", "last"]
    step: int
    trained_steps: int
    planned_steps: int
    examples: int
    tasks: dict[str, TaskValidation]


class AdapterCard(Record):
    """What is known of one trained adapter; the PEFT folder lies at `folder`, relative to its strategy's.

    `train_loss` is the running loss where training ended, `validation` what was looked at meanwhile, None where nothing
    was (`tune.validation`). `started_from` is the fingerprint of the adapter that training began with; None: a fresh
    one. `bounded` are those of its tasks whose share of the budget is a floor or a ceiling of the configuration's.
    `trials` are those by which `learning_rate`, the peak, was chosen; none: it was given. `search` is that of its
    mixture; None: there was none.
    """

    strategy: str
    group: str
    tasks: tuple[str, ...]
    seed: int
    rank: int
    trainable_parameters: int
    mixture: Mixture
    folder: str
    fingerprint: str
    train_loss: dict[str, float] = {}
    cost: Cost = Cost()
    started_from: str | None = None
    bounded: tuple[str, ...] = ()
    learning_rate: float | None = None
    trials: tuple[RateTrial, ...] = ()
    search: MixtureSearch | None = None
    validation: Validation | None = None


class Score(Record):
    """How well one task is done after tuning under one strategy.

    `normalised` is (value - chance) / (ceiling - chance); `low` and `high` bound `value`.
    """

    task: str
    strategy: str
    seed: int
    metric: str
    value: float
    low: float
    high: float
    chance: float
    ceiling: float
    normalised: float
    num_examples: int = 0


class Comparison(Record):
    """A strategy against another over the same tasks and seeds: paired difference of mean normalised scores.

    `p_value` is of a paired sign-flip test over tasks, Holm-corrected for `num_comparisons`.
    """

    strategy: str
    against: str
    difference: float
    low: float
    high: float
    p_value: float
    num_tasks: int
    num_comparisons: int
    num_better: int
    num_worse: int


class Interference(Record):
    """What a task loses to its company: its normalised score tuned alone, less that in `group`; negative is help."""

    task: str
    strategy: str
    group: str
    value: float
    low: float
    high: float
    num_seeds: int


class ScoreTable(Record):
    """All scores of a run, the paired comparisons over them, and what it cost.

    `costs` are what training took, by strategy, and `testing` what asking the test examples took, under all of them.
    `parameters` are the trainable weights of all adapters of one seed of a strategy together; equal up to the rounding
    of ranks. `interference` is there where the strategy `single` was run.
    """

    scores: tuple[Score, ...]
    comparisons: tuple[Comparison, ...] = ()
    interference: tuple[Interference, ...] = ()
    costs: dict[str, Cost] = {}
    testing: Cost = Cost()
    parameters: dict[str, int] = {}


class Provenance(Record):
    """Where an artefact comes from. `inputs` is the digest that decides whether it is still fresh."""

    schema_version: int = SCHEMA_VERSION
    stage: str
    inputs: str
    config: dict[str, object]
    seed: int
    mintune: str
    packages: dict[str, str]
    data: dict[str, str]
    backbone: str
    hardware: dict[str, str]
    time: str
