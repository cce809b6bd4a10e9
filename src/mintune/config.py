"""Configuration: one frozen model a stage, and `mintune.yaml` mirrors them one to one.

Unknown keys are errors that name the nearest key. Defaults stand here and nowhere else. Paths in a file are read
relative to that file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from mintune.errors import ConfigError
from mintune.names import NAME_LENGTH, NAME_PATTERN
from mintune.problems import explain_all
from mintune.records import Hiding

TINY = "mintune/tiny"
NO_BACKBONE = "none"
TINY_LEARNING_RATE = 1e-2
LEARNING_RATE = 2e-4
SECONDS_IN = {"s": 1, "m": 60, "h": 3600}

ADDED_TO_TUNE = frozenset({"interaction", "start", "budget", "floor", "ceiling", "rate_search", "validation"})
"""Fields of `tune` that are younger than run folders in use, and off by default."""

OWN_FIELDS = frozenset({"model", "messages", "stream", "n", "logprobs", "top_logprobs"})
"""Fields of a request to a server that mintune sets."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=NAME_LENGTH)]
Strategy = Literal["interaction", "delta", "all", "single", "random", "domain"]
Merged = Literal["merge_linear", "merge_ties", "merge_dare"]
Compared = Literal[Strategy, Merged]

MERGED_BY: dict[str, str] = {"merge_linear": "linear", "merge_ties": "ties", "merge_dare": "dare"}
"""Baselines whose one adapter for all tasks is merged of one a task, and the method of merging (docs/evaluate.md)."""


def read_budget(text: str) -> tuple[int | None, float | None]:
    """Examples or seconds, the other None, from `2000`, `90s`, `10m` or `2h`. ValueError where it is neither."""
    found = re.fullmatch(r"(\d+)([smh]?)", text.strip())
    if found is None or int(found[1]) == 0:
        raise ValueError(f"{text!r} is no budget; expected examples (2000) or time (90s, 10m, 2h)")
    number, unit = int(found[1]), found[2]
    return (None, float(number * SECONDS_IN[unit])) if unit else (number, None)


class Settings(BaseModel):
    """Base of all settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TaskSettings(Settings):
    """Where one task's data lies and how it is read."""

    data: Path
    """A folder with examples.jsonl, or a JSON, JSONL or Parquet file."""
    format: Literal["auto", "native", "llava", "sharegpt", "messages"] = "auto"
    """The layout of the rows; `auto` looks at the first of them."""
    metric: Literal["exact_match", "token_f1", "vqa_accuracy", "anls", "rouge_l"] | None = None
    """How answers are scored; off: exact_match for closed answers, token_f1 for open ones."""
    domain: str = ""
    """What the task is about, for the strategy `domain`; empty: the task's own name."""
    instruction: str | None = None
    """Replaces the instruction found in the data. Prompts that keep both in one piece are cut only where every one of
    them begins or ends with it; else each is a text as a whole."""
    choices: Literal["auto", "own"] = "auto"
    """Where chats name no choices and their answers are few and come again and again (yes, no), `auto` takes these for
    the choices; `own` takes only those that rows name."""


class WorldSettings(Settings):
    """The built-in world: tasks drawn by a generator, so that everything can be tried without data."""

    examples: int = Field(200, ge=20)
    """Training examples a task; tasks built to be small keep their own, smaller number."""
    test_examples: int = Field(100, ge=10)
    """Test examples a task."""
    tasks: tuple[str, ...] | None = None
    """Names of the tasks to take; off: all of them."""


class SuiteSettings(Settings):
    """The tasks of a run: your own, the built-in world's, or both."""

    tasks: dict[Name, TaskSettings] = {}
    """Your tasks, by name."""
    world: WorldSettings | None = None
    """The built-in world; off: only your tasks."""
    validation: float = Field(0.15, gt=0, lt=0.5)
    """Share of the training examples set aside for validation where the data has no such split."""
    max_pixels: int = Field(20_000_000, ge=784)
    """An image of more pixels is quarantined instead of decoded."""

    @property
    def names_data(self) -> bool:
        """Whether there are tasks of which more is known than the gold answers of predictions."""
        return bool(self.tasks) or self.world is not None


class RoundsSettings(Settings):
    """Asking in rounds: first a few examples of every task, then more of those whose type is not settled."""

    examples: int | None = Field(None, ge=1)
    """At most so many examples of all tasks together, of the backbone and again of the adapted one (`adapt: auto`);
    off: each task's own limit, `profile.examples`."""
    seconds: float | None = Field(None, gt=0)
    """No further round after so many seconds of asking, of each of both; off: no limit."""


class RepeatsSettings(Settings):
    """Several answers to each example under each view, which tells slips from not knowing (docs/asking.md)."""

    answers: int = Field(3, ge=2)
    """Answers to an example under a view."""
    wordings: dict[Name, tuple[str, ...]] = {}
    """Further wordings of tasks' instructions, by task, at least one fewer than `answers`. Each answer is then asked in
    a wording of its own, the first in that of the data, and none is drawn."""
    temperature: float | None = Field(None, gt=0)
    """At which answers to the other tasks are drawn: closed ones from the scores of their choices, without asking
    again, open ones by sampling; off: these are answered once."""

    @model_validator(mode="after")
    def _something_to_repeat(self) -> Self:
        if self.temperature is None and not self.wordings:
            raise ValueError("has neither wordings nor a temperature, so that all answers would be the same; give one")
        return self


class ServerSettings(Settings):
    """A server that answers in the backbone's stead, by OpenAI's chat completions (docs/server.md)."""

    url: str
    """Its address, such as `http://localhost:8000/v1`; one without a path gets `/v1`. Keys do not belong into it."""
    model: str | None = None
    """The model that is asked; off: the only one that the server offers."""
    key_variable: str | None = None
    """The environment variable that holds the key, such as `OPENAI_API_KEY`; off: no key is sent."""
    concurrency: int = Field(8, ge=1)
    """Questions on their way at once."""
    timeout_s: float = Field(300, gt=0)
    """Seconds that one answer may take."""
    retries: int = Field(8, ge=0)
    """How often a question is asked again where the server is gone, fails or is too busy (408, 409, 429, 5xx); the
    default endures about half a minute, and more where the server says how long to wait."""
    request: dict[str, JsonValue] = {}
    """Further fields of every request, such as `{chat_template_kwargs: {enable_thinking: false}}`."""

    @field_validator("url")
    @classmethod
    def _plain_address(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address:
            raise ValueError("is no address of a server; expected one such as http://localhost:8000/v1")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError(
                "holds more than an address; a key belongs into an environment variable, named in key_variable"
            )
        return url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1"

    @field_validator("key_variable")
    @classmethod
    def _name_of_a_variable(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError("is no name of an environment variable; expected one such as OPENAI_API_KEY")
        return name

    @field_validator("request")
    @classmethod
    def _only_further_fields(cls, request: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if ours := sorted(OWN_FIELDS & request.keys()):
            raise ValueError(f"{', '.join(ours)}: set by mintune itself; give other fields")
        return request


class FeatureSettings(Settings):
    """What probes see, by functions of your own, each named `package.module:function` (docs/probes.md)."""

    image: str | None = None
    """Takes the list of an example's pictures (PIL, RGB) and gives a vector of numbers; off: HOG and colours."""
    text: str | None = None
    """Takes an example's text and gives a vector of numbers; off: TF-IDF, and MiniLM where it is installed."""


class ProfileSettings(Settings):
    """How the interaction of image and text is measured."""

    estimator: Literal["knowledge", "delta"] = "knowledge"
    """`knowledge` goes by gold answers; `delta` is the published score and needs none."""
    examples: int = Field(200, ge=1)
    """At most so many examples a task are asked."""
    rounds: RoundsSettings | None = None
    """Ask in rounds and stop with each task when its type is settled; off: every task is asked `examples` of its
    examples."""
    repeats: RepeatsSettings | None = None
    """Several answers to each example; off: one."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    """Level of all intervals, and the confidence a type needs."""
    hiding: Hiding = "drop"
    """What stands in place of a hidden modality."""
    also_hiding: tuple[Hiding, ...] = ()
    """Further ways of hiding under which hidden views are asked too, to see whether the type hangs on the way; none:
    only `hiding`."""
    adapt: Literal["auto", "always", "never"] = "auto"
    """Whether views are answered with a short adapter over all tasks; `auto`: where the backbone fails at most."""
    adapt_epochs: int = Field(6, ge=1)
    """Length of that adapter's training."""
    information: bool = False
    """Also in bits, of tasks that have the same choices with scores for every example."""
    similarity: str | None = None
    """How alike two answers are: `exact`, `token_f1`, `distribution` (needs scores), or a function of your own as
    `package.module:function`, of two answers to a number in [0, 1], which then also says what is right: what is 0.5 or
    more like an accepted answer. Off: `exact` for closed answers, `token_f1` for open ones."""
    features: FeatureSettings = FeatureSettings()
    """What probes (`backbone: none`) see, by functions of your own; none: the built-in features."""
    predictions: Path | None = None
    """Predictions made elsewhere: a Parquet or CSV file or a folder of them (docs/predictions.md). Off: the backbone
    is asked."""
    server: ServerSettings | None = None
    """A server that is asked instead of the backbone; off: the backbone is asked."""

    @property
    def hidings(self) -> tuple[Hiding, ...]:
        """Every way of hiding that is asked, `hiding` first."""
        return (self.hiding, *self.also_hiding)

    @model_validator(mode="after")
    def _each_hiding_once(self) -> Self:
        for number, name in enumerate(self.also_hiding, start=1):
            if name in self.hidings[:number]:
                where = "hiding" if name == self.hiding else "also_hiding"
                raise ValueError(f"also_hiding names {name!r}, which {where} names already; leave it out")
        return self

    @model_validator(mode="after")
    def _one_who_answers(self) -> Self:
        if self.server is not None and self.predictions is not None:
            raise ValueError("server and predictions are both given, and only one can answer; leave one of them out")
        if self.repeats is not None and self.predictions is not None:
            raise ValueError(
                "repeats says how often to ask, and predictions are asked already; leave repeats out: rows with a "
                "column `draw` are several answers"
            )
        if self.server is not None and self.adapt == "always":
            raise ValueError("adapt: always takes a backbone to train, which a server is not; accepted: auto, never")
        return self


class GroupSettings(Settings):
    """Which tasks learn together."""

    strategy: Strategy = "interaction"
    """How groups are made."""
    random_draws: int = Field(1, ge=1)
    """How many random groupings `random` stands for in a comparison."""
    must_link: tuple[tuple[str, ...], ...] = ()
    """Sets of tasks that stay together."""
    cannot_link: tuple[tuple[str, str], ...] = ()
    """Pairs of tasks that stay apart."""


class RateSearchSettings(Settings):
    """Choosing each strategy's learning rate by trials on validation loss, with the same rates and budget for all."""

    rates: tuple[float, ...] | None = None
    """The peak learning rates that are tried; off: a third of the one that `learning_rate` is by default, itself, and
    three times it."""
    share: float = Field(0.1, gt=0, le=1)
    """For what share of the budget each rate is tried; it comes on top of the budget."""

    @field_validator("rates")
    @classmethod
    def _several_rates(cls, rates: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if rates is not None and (len(set(rates)) < 2 or len(set(rates)) < len(rates) or min(rates) <= 0):
            raise ValueError(f"expected two rates or more, each once and greater than 0; got {list(rates)}")
        return None if rates is None else tuple(sorted(rates))


class ValidationSettings(Settings):
    """Looking at validation examples while an adapter is trained, to keep its best state (docs/watching.md)."""

    steps: int = Field(50, ge=1)
    """Optimiser steps between two validations; one comes before the first step, and one after the last."""
    examples: int = Field(64, ge=1)
    """At most so many validation examples a task, drawn by the seed and the same each time."""
    keep: Literal["best_loss", "best_metric", "last"] = "best_loss"
    """Which state of a group's adapter is kept: the one with the smallest loss, or with the best metric (normalised by
    chance), in the mean over its tasks; `last`: the last one, and validation only tells."""
    patience: int | None = Field(None, ge=1)
    """A group's training stops after so many validations in a row that were no better than the best; off: it never
    stops early."""

    @model_validator(mode="after")
    def _patience_knows_what_is_best(self) -> Self:
        if self.patience is not None and self.keep == "last":
            raise ValueError(
                "patience waits for a better state, and keep: last chooses none; leave patience out, or set keep to "
                "best_loss or best_metric"
            )
        return self


class TuneSettings(Settings):
    """How adapters are trained. A budget is the same for every strategy."""

    rank: int = Field(8, ge=1)
    """LoRA rank of one adapter where there are as many groups as `interaction` makes; other strategies get the
    rank that makes the total of trainable parameters equal."""
    epochs: float = Field(3, gt=0)
    """Passes over the training examples, trunk and branches together."""
    budget: str | None = None
    """In place of `epochs`, what is spent on each strategy: examples (`5000`) or time (`90s`, `10m`, `2h`), which is
    told as examples by this machine's speed when it is first needed (docs/tune.md)."""
    trunk: float = Field(0.5, ge=0, le=1)
    """Share of the budget spent on one adapter for all tasks, which each group then continues from; 0 is none."""
    objective: Literal["mean", "pcgrad", "cagrad", "mgda", "upgrad", "famo", "uncertainty", "group_dro"] = "mean"
    """How the gradients of a batch's tasks become one step (docs/objectives.md)."""
    interaction: float = Field(0.0, ge=0, le=1)
    """The share of examples that are shown a second time, otherwise, where the profile says that the answer then stays
    or goes (docs/objectives.md). Goes with any objective; steps take as much longer."""
    mixture: Literal["proportional", "temperature", "unimax", "uniform"] = "proportional"
    """How a group's budget is shared among its tasks."""
    floor: float | dict[str, float] | None = None
    """The least share of the budget that a task gets, whatever the mixture: one number for all tasks, or a mapping by
    task; off: none."""
    ceiling: float | dict[str, float] | None = None
    """The largest share of the budget that a task gets, in the same way; off: none."""
    learning_rate: float | None = Field(None, gt=0)
    """Peak learning rate of AdamW; off: 1e-2 where the backbone is the small `mintune/tiny`, else 2e-4, which suits
    models of billions of weights."""
    rate_search: RateSearchSettings | None = None
    """Choose each strategy's learning rate by trials, instead of `learning_rate`; off: no trials."""
    batch_size: int = Field(32, ge=1)
    """Examples an optimiser step."""
    start: Path | None = None
    """A folder with a PEFT LoRA adapter of the same backbone from which training begins; off: a fresh adapter."""
    checkpoint_steps: int = Field(50, ge=1)
    """Optimiser steps between two checkpoints: at most so many are lost in a crash."""
    validation: ValidationSettings | None = None
    """Look at validation examples while training, keep the best state, stop early; off: the last state is kept."""
    trackers: tuple[Literal["tensorboard", "wandb", "mlflow"], ...] = ()
    """Where losses, metrics, learning rate and gradient lengths are sent while an adapter is trained; none: only to
    Parquet files beside it."""

    @field_validator("budget", mode="before")
    @classmethod
    def _examples_or_time(cls, budget: object) -> object:
        if isinstance(budget, int) and not isinstance(budget, bool):
            budget = str(budget)
        if isinstance(budget, str):
            read_budget(budget)
        return budget

    @field_validator("floor", "ceiling", mode="before")
    @classmethod
    def _shares(cls, bound: object) -> object:
        for share in bound.values() if isinstance(bound, dict) else () if bound is None else [bound]:
            if not isinstance(share, int | float) or isinstance(share, bool) or not 0 < share <= 1:
                raise ValueError(
                    f"expected a share greater than 0 and of at most 1, or a mapping of tasks to such; got {share!r}"
                )
        return bound

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.budget is not None and "epochs" in self.model_fields_set:
            raise ValueError("epochs and budget are both given, and both say how long to train; leave one of them out")
        return self

    @model_validator(mode="after")
    def _one_rate(self) -> Self:
        if self.rate_search is not None and self.learning_rate is not None:
            raise ValueError("learning_rate and rate_search are both given; leave one of them out")
        return self

    @property
    def seconds(self) -> float | None:
        """The budget of time; None where it is one of examples or epochs."""
        return None if self.budget is None else read_budget(self.budget)[1]

    def with_examples(self, examples: int) -> Self:
        """The same with a budget of so many examples."""
        return self.model_copy(update={"budget": str(examples)})

    def rate_for(self, backbone: str) -> float:
        """The peak learning rate on a backbone of this name: a narrow model learns at a higher rate than a wide one."""
        if self.learning_rate is not None:
            return self.learning_rate
        return TINY_LEARNING_RATE if backbone == TINY else LEARNING_RATE

    def rates_for(self, backbone: str) -> tuple[float, ...]:
        """The peak learning rates that are tried on a backbone of this name, lowest first; one where none is chosen."""
        usual = self.rate_for(backbone)
        if self.rate_search is None:
            return (usual,)
        return self.rate_search.rates or (usual / 3, usual, usual * 3)

    def at_rate(self, rate: float) -> Self:
        """The same at a given peak learning rate."""
        return self.model_copy(update={"learning_rate": rate, "rate_search": None})

    def deciding(self, *without: str) -> dict[str, Any]:
        """What decides the adapters, as plain values for digests, but for the fields `without`.

        A field of ADDED_TO_TUNE that is off is left out, so adapters made before there was such a field stay fresh.
        """
        found = self.model_dump(mode="json", exclude={"checkpoint_steps", "trackers", *without})
        fields = type(self).model_fields
        return {key: value for key, value in found.items() if key not in ADDED_TO_TUNE or value != fields[key].default}


class EvaluateSettings(Settings):
    """What the strategy in use is compared with."""

    compare: tuple[Compared, ...] = ("all", "single", "random")
    """Strategies tuned at the same budget; none: only the strategy in use. `merge_linear`, `merge_ties` and
    `merge_dare` merge the adapters of `single` into one for all tasks."""
    seeds: int = Field(1, ge=1)
    """Seeds of every strategy."""
    spanning: Literal["own", "merged"] = "own"
    """Who answers for a task that spans groups: the adapter of its `own` group, or one `merged` of those of all its
    groups by its weights in them."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    """Level of all intervals."""


class ExplainSettings(Settings):
    """The report."""

    languages: tuple[Literal["en", "ja"], ...] = ("en", "ja")
    """Languages in which a report is written."""
    exemplars: int = Field(3, ge=0)
    """Examples shown a task, with picture, words and answers under each view."""


class Config(Settings):
    """The whole of mintune.yaml."""

    suite: SuiteSettings = SuiteSettings()
    backbone: str = TINY
    """`mintune/tiny`, or the name or path of a transformers image-text-to-text model; `none`: probes answer
    instead (docs/probes.md), which is enough to profile, group and explain, and nothing can be tuned."""
    seed: int = Field(0, ge=0)
    """Seed of everything that draws."""
    batch_size: int = Field(64, ge=1)
    """Examples a model answers at once."""
    profile: ProfileSettings = ProfileSettings()
    group: GroupSettings = GroupSettings()
    tune: TuneSettings = TuneSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    explain: ExplainSettings = ExplainSettings()

    @field_validator("backbone")
    @classmethod
    def _known_of_ours(cls, name: str) -> str:
        if name.startswith("mintune/") and name != TINY:
            raise ValueError(
                f"{name!r} is no backbone of mintune's; did you mean {TINY}? A folder is named as ./{name}"
            )
        return name

    @property
    def has_backbone(self) -> bool:
        """Whether there is a model that can answer and be tuned."""
        return self.backbone != NO_BACKBONE

    @property
    def is_probed(self) -> bool:
        """Whether probes answer: there is no backbone, no server, and no predictions were brought along."""
        return not self.has_backbone and self.profile.predictions is None and self.profile.server is None

    def with_predictions(self, path: Path) -> Config:
        """The same, profiled from predictions made elsewhere. ConfigError where a server is to answer, too."""
        return self._profiled({"predictions": path.resolve()})

    def with_server(self, url: str) -> Config:
        """The same, profiled from the answers of the server at this address; what else is set of a server stays.

        ConfigError where it is no address, or where predictions made elsewhere are given, too.
        """
        known = {} if self.profile.server is None else self.profile.server.model_dump()
        return self._profiled({"server": {**known, "url": url}})

    def _profiled(self, change: dict[str, object]) -> Config:
        # What is not set stays so: of some keys only one may be.
        data = self.model_dump(exclude_unset=True)
        return parse_config({**data, "profile": {**data.get("profile", {}), **change}}, source="command line")

    def with_budget(self, budget: str) -> Config:
        """The same, profiled in rounds within `budget`: examples (`2000`) or time (`90s`, `10m`, `2h`).

        ConfigError where it is neither.
        """
        try:
            examples, seconds = read_budget(budget)
        except ValueError as error:
            raise ConfigError(f"--budget: {error}") from error
        limit = {"examples": examples} if seconds is None else {"seconds": seconds}
        known = {} if self.profile.rounds is None else self.profile.rounds.model_dump()
        return self._profiled({"rounds": {**known, **limit}})


def load_config(path: Path, *, predictions: Path | None = None) -> Config:
    """Read a mintune.yaml; its paths become absolute. ConfigError names the file, the key and what would do.

    `predictions` take the place of those that it names, if any; with them it need not name any task.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); `mintune init FOLDER` writes one") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text ({error.reason} at byte {error.start})") from error
    try:
        data = yaml.load(text, _StrictLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not YAML: {error}") from error
    if data is None:
        raise ConfigError(f"{path}: is empty; `mintune init FOLDER` writes one")
    if not isinstance(data, dict):
        raise ConfigError(
            f"{path}: expected keys such as {', '.join(Config.model_fields)}; found {type(data).__name__}"
        )
    config = parse_config(data, source=str(path))
    if predictions is not None:
        config = config.with_predictions(predictions)
    if not config.suite.names_data and config.profile.predictions is None:
        raise ConfigError(
            f"{path}: suite: names no task; give `tasks: {{name: {{data: PATH}}}}`, `world: {{}}`, or "
            "`profile: {predictions: PATH}` with gold answers"
        )
    folder = path.resolve().parent
    tasks = {
        name: task.model_copy(update={"data": (folder / task.data).resolve()})
        for name, task in config.suite.tasks.items()
    }
    config = config.model_copy(update={"suite": config.suite.model_copy(update={"tasks": tasks})})
    if config.tune.start is not None:
        start = (folder / config.tune.start).resolve()
        config = config.model_copy(update={"tune": config.tune.model_copy(update={"start": start})})
    brought = config.profile.predictions
    return config if brought is None else config.with_predictions(folder / brought)


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key may stand only once: the second of two would win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag.endswith(":merge"):
                continue
            key = self.construct_object(key_node)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key!r} stands twice; keep one of them", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def parse_config(data: dict[str, Any], *, source: str) -> Config:
    """Validate plain data as a Config. ConfigError says which key of `source` is wrong and what is accepted."""
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        lines = explain_all(error.errors(), Config)
        raise ConfigError("\n".join(f"{source}: {line}" for line in lines)) from error
