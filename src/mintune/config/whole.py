"""The whole of mintune.yaml, and how it is read.

Unknown keys are errors that name the nearest key. Paths in a file are read relative to that file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from mintune.config.base import NO_BACKBONE, TINY, Compared, Name, Settings, Strategy, read_budget
from mintune.config.profile import ProfileSettings
from mintune.config.tune import TuneSettings
from mintune.errors import ConfigError
from mintune.problems import explain_all


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
    license: str | None = None
    """The licence of the data, for adapters' cards; off: as the front matter of a README.md in its folder says."""


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

    tasks: dict[Name, TaskSettings] = Field({})
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
