"""A wrong configuration is refused with the file, the key, the value and what would do."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from mintune.config import Config, load_config, parse_config
from mintune.errors import ConfigError
from mintune.names import name_like


def write(folder: Path, text: str) -> Path:
    path = folder / "mintune.yaml"
    path.write_text(text)
    return path


def test_the_documented_example_is_accepted(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
suite:
  tasks:
    nlvr: {data: path/to/folder}
    mine: {data: mine.parquet, format: sharegpt, metric: vqa_accuracy, domain: receipts}
backbone: mintune/tiny
profile:  {estimator: knowledge, examples: 200, confidence: 0.95}
group:    {strategy: interaction}
tune:     {rank: 8, epochs: 3, trunk: 0.5, objective: mean, mixture: proportional}
evaluate: {compare: [all, single, random]}
explain:  {languages: [en, ja]}
""",
    )
    config = load_config(path)
    assert config.suite.tasks["mine"].metric == "vqa_accuracy"
    assert config.suite.tasks["nlvr"].data == tmp_path / "path/to/folder"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("suite: {world: {}}\ntune: {epoch: 3}", "tune.epoch: unknown key; did you mean epochs?"),
        ("suite: {tasks: {a: {data: x, fromat: llava}}}", "suite.tasks.a.fromat: unknown key; did you mean format?"),
        ("suite: {world: {exampels: 3}}", "did you mean examples?"),
        ("suite: {world: {}}\nqqq: 1", "qqq: unknown key; accepted here: suite, backbone"),
        (
            "suite: {world: {}}\ngroup: {strategy: magic}",
            "group.strategy: unknown value 'magic'; accepted: interaction, delta",
        ),
        ("suite: {world: {}}\ngroup: {strategy: interation}", "did you mean interaction? accepted: interaction"),
        ("suite: {tasks: {a: data/colour}}", "suite.tasks.a: expected keys (data, format"),
        ("suite: {world: {}}\ntune: {epochs: 3}\ntune: {rank: 4}", "the key 'tune' stands twice"),
        (
            "suite: {world: {}}\nprofile: {also_hiding: shuffle}",
            "profile.also_hiding: expected a list, such as [shuffle]; got 'shuffle'",
        ),
        ("", "is empty"),
        ("? [a, b]\n: 1", "is not YAML"),
        ("suite: {world: {}}\nprofile: {confidence: 95}", "profile.confidence: expected a number less than 1; got 95"),
        ("suite: {world: {}}\ntune: {epochs: -1}", "tune.epochs: expected a number greater than 0; got -1"),
        ("suite: {world: {}}\ntune: {trunk: 1.5}", "tune.trunk: expected a number of at most 1; got 1.5"),
        (
            "suite: {world: {}}\ntune: {epochs: 3, budget: 100}",
            "tune: epochs and budget are both given, and both say how long to train; leave one of them out",
        ),
        (
            "suite: {world: {}}\ntune: {budget: soon}",
            "tune.budget: 'soon' is no budget; expected examples (2000) or time (90s, 10m, 2h)",
        ),
        (
            "suite: {world: {}}\ntune: {floor: {a: 2}}",
            "tune.floor: expected a share greater than 0 and of at most 1, or a mapping of tasks to such; got 2",
        ),
        ("suite: {world: {}}\ntune: {ceiling: much}", "tune.ceiling: expected a share greater than 0"),
        (
            "suite: {world: {}}\ntune: {rate_search: {rates: [0.1]}}",
            "tune.rate_search.rates: expected two rates or more, each once and greater than 0; got [0.1]",
        ),
        (
            "suite: {world: {}}\ntune: {rate_search: {}, learning_rate: 0.1}",
            "tune: learning_rate and rate_search are both given; leave one of them out",
        ),
        ("suite: {world: {}}\ntune: {budget: -5}", "tune.budget: '-5' is no budget"),
        ("suite: {world: {}}\nseed: -1", "seed: expected a number of at least 0; got -1"),
        (
            "suite: {tasks: {My Task: {data: x}}}",
            "suite.tasks: 'My Task' is no name of a task; expected letters, digits, `_`, `.` and `-`, the first "
            "a letter or digit, 80 characters at most, such as 'My_Task'",
        ),
        ("suite: {tasks: {3: {data: x}}}", "suite.tasks: 3 is no name of a task; expected letters"),
        ("suite: {tasks: {a: {metric: anls}}}", "suite.tasks.a.data: Field required"),
        (
            "suite: {world: {}}\nbackbone: mintune/tinyy",
            "backbone: 'mintune/tinyy' is no backbone of mintune's; did you mean mintune/tiny?",
        ),
        ("suite: {}", "names no task"),
        ("- a\n- b", "expected keys such as suite"),
        ("suite: [", "is not YAML"),
    ],
)
def test_a_wrong_file_says_what_is_wrong_and_what_would_do(tmp_path: Path, text: str, says: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError, match=r"mintune\.yaml") as caught:
        load_config(path)
    assert says in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_misspelt_key_is_not_called_missing_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, "suite: {tasks: {a: {dat: x}}}"))
    [line] = str(caught.value).splitlines()
    assert line.endswith("suite.tasks.a.dat: unknown key; did you mean data?")


@pytest.mark.parametrize("words", ["My Task", "絵", "", "a" * 200, "-a.", "3"])
def test_a_proposed_name_is_accepted(words: str) -> None:
    config = parse_config({"suite": {"tasks": {name_like(words): {"data": "x"}}}}, source="test")
    assert len(config.suite.tasks) == 1


def test_anchors_may_be_merged_and_their_keys_overridden(tmp_path: Path) -> None:
    text = "suite:\n  tasks:\n    a: &one {data: x, domain: d}\n    b: {<<: *one, data: y}\n"
    tasks = load_config(write(tmp_path, text)).suite.tasks
    assert (tasks["b"].domain, tasks["b"].data.name) == ("d", "y")


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mintune init"):
        load_config(tmp_path / "nothing.yaml")


def test_the_default_learning_rate_goes_by_the_backbone() -> None:
    def rate(**keys: object) -> float:
        config = parse_config(dict(keys), source="test")
        return config.tune.rate_for(config.backbone)

    assert rate() == 1e-2
    assert rate(backbone="Qwen/Qwen2-VL-2B-Instruct") == 2e-4
    assert rate(tune={"learning_rate": 2e-4}) == 2e-4


def test_rates_to_try_go_by_the_backbone_where_none_are_given() -> None:
    tune = parse_config({"tune": {"rate_search": {}}}, source="test").tune
    assert tune.rates_for("some/model") == (2e-4 / 3, 2e-4, 2e-4 * 3)
    assert tune.rates_for("some/model", 32) == (1e-4 / 3, 1e-4, 1e-4 * 3)
    assert tune.at_rate(0.5, 32).rates_for("some/model", 32) == (0.5,)
    tune = parse_config({"tune": {"rate_search": {"rates": [0.3, 0.1]}}}, source="test").tune
    assert tune.rates_for("some/model") == tune.rates_for("some/model", 32) == (0.1, 0.3)


def test_an_adapter_of_larger_rank_learns_at_a_lower_rate() -> None:
    tune = parse_config({"tune": {"rank": 8, "learning_rate": 0.01}}, source="test").tune
    assert [tune.rate_for("some/model", rank) for rank in (8, 32, 2)] == [0.01, 0.005, 0.02]


def test_a_budget_of_tuning_is_read_as_that_of_profiling(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "suite: {world: {}}\ntune: {budget: 500}"))
    assert (config.tune.budget, config.tune.seconds) == ("500", None)
    # What the command line adds is read anew with the rest, in which no length but the budget may stand.
    assert config.with_budget("90s").tune == config.tune
    assert load_config(write(tmp_path, "suite: {world: {}}\ntune: {budget: 2h}")).tune.seconds == 7200


def test_settings_cannot_be_changed_after_reading() -> None:
    config = parse_config({}, source="test")
    with pytest.raises(ValueError, match="frozen"):
        config.tune.rank = 4  # type: ignore[misc]


def test_every_setting_is_documented_and_the_reference_is_current() -> None:
    docs = Path(__file__).resolve().parents[1] / "docs"
    spec = importlib.util.spec_from_file_location("generate", docs / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    assert generate.undocumented_fields(Config) == []
    assert (docs / "configuration.md").read_text() == generate.as_markdown(), "run `make docs`"


def test_a_file_of_settings_alone_will_do_where_predictions_are_given(tmp_path: Path) -> None:
    (tmp_path / "mintune.yaml").write_text("profile: {similarity: token_f1}")
    with pytest.raises(ConfigError, match="names no task"):
        load_config(tmp_path / "mintune.yaml")
    config = load_config(tmp_path / "mintune.yaml", predictions=tmp_path / "mine.csv")
    assert config.profile.similarity == "token_f1"
    assert config.profile.predictions == (tmp_path / "mine.csv").resolve()
