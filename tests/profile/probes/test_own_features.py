"""Functions of the user's own in place of the built-in features: used, scaled, and told what is wrong with them."""

from __future__ import annotations

import functools
import hashlib
import importlib
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mintune import pipeline
from mintune.config import Config, FeatureSettings, ProfileSettings, SuiteSettings, WorldSettings
from mintune.errors import ConfigError, EstimationError
from mintune.profile.own import find, source_digest
from mintune.profile.probes.own import image_block, text_block
from mintune.profile.probes.stage import answer_suite, check_settings, features
from mintune.profile.stage import gather_suite, profile_suite
from mintune.records import Cost, Example, InteractionProfile, Picture, Suite, Task
from mintune.run import RunFolder
from mintune.way import Way, profile_inputs

HERE = __name__


def parity(pictures: Sequence[Image.Image]) -> list[float]:
    """What the built-in features cannot see: whether the sum of all levels of the first picture is odd."""
    return [float(np.asarray(pictures[0]).sum() % 2), 255.0 * len(pictures)]


def checksum(text: str) -> np.ndarray:
    """What words do not say: whether the sum of the digits is odd."""
    return np.array([sum(int(letter) for letter in text if letter.isdigit()) % 2])


def not_a_number(_: object) -> list[float]:
    return [1.0, float("nan")]


def a_table(_: object) -> list[list[float]]:
    return [[1.0]]


def words(_: object) -> str:
    return "bright"


def as_long_as_the_text(text: str) -> list[float]:
    return [0.0] * len(text)


def fails(_: object) -> list[float]:
    raise KeyError("serial")


def of_two(pictures: object, text: str) -> list[float]:
    return [1.0]


def of_none() -> list[float]:
    return [1.0]


def plain(_: object) -> list[float]:
    return [1.0, 2.0]


def picture_of(odd: int, rng: np.random.Generator) -> Picture:
    pixels = rng.integers(0, 256, size=(24, 24, 3), dtype=np.uint8)
    pixels[0, 0, 0] ^= np.uint8((int(pixels.sum()) + odd) % 2)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return Picture(hashlib.sha256(out.getvalue()).hexdigest(), out.getvalue())


def parity_task(size: int = 60) -> Task:
    """The answer is the parity of the picture's levels; the text is a number that says nothing."""
    rng = np.random.default_rng(4)
    examples = []
    for number in range(size):
        odd = int(rng.integers(2))
        text = f"part {rng.integers(10_000, 99_999)}"
        examples.append(Example(f"{number}", (picture_of(odd, rng),), text, (["even", "odd"][odd],), ("odd", "even")))
    return Task("parity", "Is it odd?", "exact_match", "codes", {"train": tuple(examples)}, "parity")


@pytest.fixture(autouse=True)
def without_minilm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here hangs on the meaning of words, which takes seconds to compute."""
    monkeypatch.setattr("mintune.profile.probes.material.has_minilm", lambda: False)


def profiled(task: Task, own: FeatureSettings) -> InteractionProfile:
    settings = ProfileSettings(examples=200, features=own)
    found = answer_suite(Suite((task,)), settings, seed=0, advance=lambda _: None, processes=1)
    suite = Suite((task,))
    return profile_suite(
        gather_suite(suite, found.predictions, settings), settings, seed=0, cost=Cost(), adapted=False
    )[task.name]


def test_a_decoder_of_ones_own_types_a_task_that_built_in_features_cannot() -> None:
    task = parity_task()
    assert profiled(task, FeatureSettings()).type == "undetermined"
    found = profiled(task, FeatureSettings(image=f"{HERE}:parity"))
    assert (found.type, found.confidence) == ("unique_image", 1.0)
    assert found.accuracy["image"].value == 1.0


def test_a_reader_of_ones_own_replaces_what_is_seen_of_words() -> None:
    task = parity_task()
    odd = [int(checksum(example.text)[0]) for example in task.train]
    said = tuple(replace(e, targets=(["even", "odd"][o],)) for e, o in zip(task.train, odd, strict=True))
    assert (
        profiled(replace(task, splits={"train": said}), FeatureSettings(text=f"{HERE}:checksum")).type == "unique_text"
    )


def test_numbers_of_any_unit_count_alike_and_what_never_varies_is_left_out() -> None:
    task = parity_task(20)
    block = image_block(f"{HERE}:parity", "parity", task.train)
    assert block.shape == (20, 1)
    assert (block.mean(), block.std()) == (pytest.approx(0, abs=1e-6), pytest.approx(1, abs=1e-6))
    assert image_block(f"{HERE}:plain", "parity", task.train).shape == (20, 0)


def test_an_example_without_pictures_or_words_is_not_asked_and_gets_the_mean() -> None:
    examples = [replace(example, images=(), text=" ") for example in parity_task(3).train]
    assert image_block(f"{HERE}:fails", "parity", examples).shape == (3, 0)
    assert text_block(f"{HERE}:fails", "parity", examples).shape == (3, 0)
    mixed = [*parity_task(8).train, replace(examples[0], id="bare")]
    assert image_block(f"{HERE}:parity", "parity", mixed)[-1].tolist() == [0.0]


def test_what_several_examples_share_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counts(text: str) -> list[float]:
        asked.append(text)
        return [len(asked)]

    monkeypatch.setattr("mintune.profile.probes.own.find", lambda key, name: counts)
    first, second, *_ = parity_task(3).train
    block = text_block("mine:counts", "parity", [first, second, first])
    assert asked == [first.text, second.text]
    assert block[0] == block[2] != block[1]


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("not_a_number", r"gave \[1.0, nan\]; expected a vector of finite numbers"),
        ("a_table", r"gave \[\[1.0\]\]; expected a vector"),
        ("words", "gave 'bright'; expected a vector"),
        ("fails", r"failed with KeyError: 'serial' \(.*test_own_features.py, line \d+\)"),
    ],
)
def test_what_is_no_vector_is_told_with_key_function_example_and_value(function: str, says: str) -> None:
    for block, key in ((image_block, "image"), (text_block, "text")):
        where = rf"profile.features.{key}: {HERE}:{function}, task parity, example 0: "
        with pytest.raises(EstimationError, match=where + says):
            block(f"{HERE}:{function}", "parity", parity_task(2).train)


def test_vectors_of_several_lengths_are_told() -> None:
    first, second = parity_task(2).train
    with pytest.raises(
        EstimationError, match=r"example 1: gave 5 numbers, \[0.0, .*; expected 10, as many as for the fir"
    ):
        text_block(f"{HERE}:as_long_as_the_text", "parity", [first, replace(second, text="short")])


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (FeatureSettings(image="no.such:thing"), "profile.features.image: 'no.such:thing'.*cannot be imported"),
        (FeatureSettings(text=f"{HERE}:nothing"), "profile.features.text: .*has no nothing"),
        (FeatureSettings(text=f"{HERE}:HERE"), "is no function"),
        (FeatureSettings(text="brightness"), "'brightness'; accepted: package.module:function"),
        (
            FeatureSettings(image=f"{HERE}:of_two"),
            r"profile.features.image: .*:of_two\(pictures, text\): missing a required argument: 'text'; "
            r"expected a function of \(list of pictures\)",
        ),
        (FeatureSettings(text=f"{HERE}:of_none"), r"too many positional arguments; expected a function of \(text\)"),
    ],
)
def test_a_function_that_is_not_there_is_told_before_anything_is_probed(own: FeatureSettings, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        check_settings(ProfileSettings(features=own))


def test_pictures_of_ones_own_need_no_scikit_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mintune.profile.probes.stage.importlib.util.find_spec", lambda name: None)
    check_settings(ProfileSettings(features=FeatureSettings(image=f"{HERE}:parity")))
    with pytest.raises(ConfigError, match="scikit-image"):
        check_settings(ProfileSettings(features=FeatureSettings(text=f"{HERE}:checksum")))


def test_what_was_seen_is_named() -> None:
    assert features(FeatureSettings(image="a.b:c")).startswith("a.b:c; TF-IDF")
    assert features(FeatureSettings(text="a.b:c")) == "HOG, colour; a.b:c"


SOURCE = "def seen(pictures):\n    return [{value}, len(pictures)]\n\n\ndef same(a, b):\n    return float(a == b)\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module of the user's own on the path."""
    path = tmp_path / "own_parts_of_a_test.py"
    path.write_text(SOURCE.format(value=1))
    monkeypatch.syspath_prepend(tmp_path)
    return path


def rewritten(path: Path, value: int) -> None:
    path.write_text(SOURCE.format(value=value))
    importlib.reload(importlib.import_module(path.stem))


@pytest.mark.parametrize(
    ("backbone", "profile"),
    [
        ("none", {"features": {"image": "own_parts_of_a_test:seen"}}),
        ("none", {"similarity": "own_parts_of_a_test:same"}),
    ],
)
def test_another_function_under_the_same_name_makes_another_profile(
    module: Path, tmp_path: Path, backbone: str, profile: dict[str, object]
) -> None:
    suite = SuiteSettings(world=WorldSettings(examples=20, test_examples=10, tasks=("for_mia",)))
    config = Config(backbone=backbone, suite=suite, profile=ProfileSettings.model_validate(profile))
    way = Way(config, RunFolder(tmp_path / "run"))
    before = profile_inputs(way)
    assert profile_inputs(way) == before
    rewritten(module, 2)
    after = profile_inputs(way)
    rewritten(module, 1)
    assert before == profile_inputs(way) != after


def test_a_function_is_known_by_its_own_file_and_by_that_of_its_module(module: Path, tmp_path: Path) -> None:
    (tmp_path / "own_alias_of_a_test.py").write_text("from own_parts_of_a_test import seen\n")
    name = "own_alias_of_a_test:seen"
    digest = functools.partial(source_digest, name)
    before = digest(find("key", name))
    rewritten(module, 3)
    importlib.reload(importlib.import_module("own_alias_of_a_test"))
    assert digest(find("key", name)) != before
    assert source_digest("math:sqrt", find("key", "math:sqrt"))


@pytest.mark.slow
def test_processes_of_their_own_find_the_function() -> None:
    tasks = tuple(replace(parity_task(), name=name) for name in ("first", "second"))
    settings = ProfileSettings(features=FeatureSettings(image=f"{HERE}:parity", text=f"{HERE}:checksum"))
    found = answer_suite(Suite(tasks), settings, seed=0, advance=lambda _: None, processes=2)
    assert {task: len(answers) for task, answers in found.predictions.items()} == {"first": 240, "second": 240}
    alone = answer_suite(Suite(tasks), settings, seed=0, advance=lambda _: None, processes=1)
    assert found.predictions == alone.predictions


def test_the_table_and_where_it_comes_from_name_the_function(module: Path, tmp_path: Path) -> None:
    world = WorldSettings(examples=20, test_examples=10, tasks=("for_mia",))
    own = FeatureSettings(image="own_parts_of_a_test:seen")
    config = Config(backbone="none", suite=SuiteSettings(world=world), profile=ProfileSettings(features=own))
    way = Way(config, RunFolder(tmp_path / "run"))
    table = pipeline.profile(way)
    assert table.probes.startswith("own_parts_of_a_test:seen; TF-IDF")
    assert "own_parts_of_a_test:seen" in way.run.read_provenance("profile/knowledge.json").backbone


def test_features_where_others_answer_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("task,example_id,view,answer,gold\nmine,1,both,red,red\n")
    config = Config(backbone="none", profile=ProfileSettings(features=FeatureSettings(image="a:b")))
    with pytest.raises(ConfigError, match=r"profile\.features: are what probes see, and here others answer"):
        pipeline.profile(Way(config.with_predictions(tmp_path / "mine.csv"), RunFolder(tmp_path / "run")))
