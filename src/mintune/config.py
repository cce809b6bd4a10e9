"""Configuration: one frozen model a stage, and `mintune.yaml` mirrors them one to one.

Unknown keys are errors that name the nearest key. Defaults stand here and nowhere else. Paths in a file are read
relative to that file.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from mintune.errors import ConfigError
from mintune.records import Hiding

TINY = "mintune/tiny"
NO_BACKBONE = "none"
TINY_LEARNING_RATE = 1e-2
LEARNING_RATE = 2e-4

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
"""What can be the name of a task, and so of a folder."""

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=80)]
Strategy = Literal["interaction", "delta", "all", "single", "random", "domain"]


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
    """Replaces the instruction found in the data."""


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


class ProfileSettings(Settings):
    """How the interaction of image and text is measured."""

    estimator: Literal["knowledge", "delta"] = "knowledge"
    """`knowledge` goes by gold answers; `delta` is the published score and needs none."""
    examples: int = Field(200, ge=1)
    """At most so many examples a task are asked."""
    confidence: float = Field(0.95, gt=0.5, lt=1)
    """Level of all intervals, and the confidence a type needs."""
    hiding: Hiding = "drop"
    """What stands in place of a hidden modality."""
    adapt: Literal["auto", "always", "never"] = "auto"
    """Whether views are answered with a short adapter over all tasks; `auto`: where the backbone fails at most."""
    adapt_epochs: int = Field(6, ge=1)
    """Length of that adapter's training."""
    similarity: str | None = None
    """How alike two answers are: `exact`, `token_f1`, `distribution` (needs scores), or a function of your own as
    `package.module:function`, of two answers to a number in [0, 1], which then also says what is right: what is 0.5 or
    more like an accepted answer. Off: `exact` for closed answers, `token_f1` for open ones."""
    predictions: Path | None = None
    """Predictions made elsewhere: a Parquet or CSV file or a folder of them (docs/profile.md). Off: the backbone is
    asked."""


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


class TuneSettings(Settings):
    """How adapters are trained. A budget is the same for every strategy."""

    rank: int = Field(8, ge=1)
    """LoRA rank of one adapter where there are as many groups as `interaction` makes; other strategies get the
    rank that makes the total of trainable parameters equal."""
    epochs: float = Field(3, gt=0)
    """Passes over the training examples, trunk and branches together."""
    trunk: float = Field(0.5, ge=0, le=1)
    """Share of the epochs spent on one adapter for all tasks, which each group then continues from; 0 is none."""
    objective: Literal["mean"] = "mean"
    """How the tasks' losses become one step."""
    mixture: Literal["proportional", "uniform"] = "proportional"
    """How a group's budget is shared among its tasks."""
    learning_rate: float | None = Field(None, gt=0)
    """Peak learning rate of AdamW; off: 1e-2 where the backbone is the small `mintune/tiny`, else 2e-4, which suits
    models of billions of weights."""
    batch_size: int = Field(32, ge=1)
    """Examples an optimiser step."""
    checkpoint_steps: int = Field(50, ge=1)
    """Optimiser steps between two checkpoints: at most so many are lost in a crash."""

    def rate_for(self, backbone: str) -> float:
        """The peak learning rate on a backbone of this name: a narrow model learns at a higher rate than a wide one."""
        if self.learning_rate is not None:
            return self.learning_rate
        return TINY_LEARNING_RATE if backbone == TINY else LEARNING_RATE


class EvaluateSettings(Settings):
    """What the strategy in use is compared with."""

    compare: tuple[Strategy, ...] = ("all", "single", "random")
    """Strategies tuned at the same budget; none: only the strategy in use."""
    seeds: int = Field(1, ge=1)
    """Seeds of every strategy."""
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
    instead (docs/profile.md), which is enough to profile, group and explain, and nothing can be tuned."""
    seed: int = Field(0, ge=0)
    """Seed of everything that draws."""
    batch_size: int = Field(64, ge=1)
    """Examples a model answers at once."""
    profile: ProfileSettings = ProfileSettings()
    group: GroupSettings = GroupSettings()
    tune: TuneSettings = TuneSettings()
    evaluate: EvaluateSettings = EvaluateSettings()
    explain: ExplainSettings = ExplainSettings()

    @property
    def has_backbone(self) -> bool:
        """Whether there is a model that can answer and be tuned."""
        return self.backbone != NO_BACKBONE

    @property
    def is_probed(self) -> bool:
        """Whether probes answer: there is no backbone, and no predictions were brought along."""
        return not self.has_backbone and self.profile.predictions is None

    def with_predictions(self, path: Path) -> Config:
        """The same, profiled from predictions made elsewhere."""
        return self.model_copy(update={"profile": self.profile.model_copy(update={"predictions": path.resolve()})})


def load_config(path: Path) -> Config:
    """Read a mintune.yaml; its paths become absolute. ConfigError names the file, the key and what would do."""
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
    if not config.suite.tasks and config.suite.world is None and config.profile.predictions is None:
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
        lines = [_explain(problem) for problem in error.errors()]
        raise ConfigError("\n".join(f"{source}: {line}" for line in lines)) from error


def _explain(problem: Any) -> str:
    """One line on one problem pydantic found, with the nearest key where a key is unknown."""
    location = problem["loc"]
    key = ".".join(str(part) for part in location)
    if problem["type"] == "model_type":
        fields = ", ".join(_keys_at(location))
        return f"{key}: expected keys ({fields}), such as `{{{fields.split(', ')[0]}: ...}}`; got {problem['input']!r}"
    if problem["type"] == "literal_error":
        accepted = re.findall("'([^']+)'", problem["ctx"]["expected"])
        near = difflib.get_close_matches(str(problem["input"]), accepted, n=1, cutoff=0.7)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{key}: unknown value {problem['input']!r}; {hint}accepted: {', '.join(accepted)}"
    if problem["type"] != "extra_forbidden":
        return f"{key}: {problem['msg']}; got {problem['input']!r}"
    accepted = _keys_at(location[:-1])
    near = difflib.get_close_matches(str(location[-1]), accepted, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"accepted here: {', '.join(accepted)}"
    return f"{key}: unknown key; {hint}"


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    """The keys that the settings at `location` (a path of keys into a Config) accept."""
    model: type[BaseModel] = Config
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None:
            continue
        models = [kind for kind in settings_in(field.annotation) if kind is not model]
        if models:
            model = models[0]
    return list(model.model_fields)


def settings_in(annotation: Any) -> list[type[BaseModel]]:
    """The Settings classes named anywhere in a type annotation."""
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, BaseModel) else []
    return [found for inner in getattr(annotation, "__args__", ()) for found in settings_in(inner)]
