"""The pipeline with a server in the backbone's place: profiles over real sockets, and what is fresh when it is gone."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.models.chat_server import Body, ChatServer, Sent, completion, serving, words_of
from tests.test_pipeline import KNOWS

from mintune import pipeline
from mintune.config import Config, ProfileSettings, ServerSettings, SuiteSettings, WorldSettings
from mintune.errors import BackboneError, ConfigError, MintuneError, ServerGoneError
from mintune.models.showing import show
from mintune.records import VIEWS, Hiding, Suite
from mintune.run import RunFolder
from mintune.way import Way, profile_inputs

TASKS = ("part_colour", "key_colour", "for_mia", "right_word")
SUITE = SuiteSettings(world=WorldSettings(examples=60, test_examples=10, tasks=TASKS))


def way_to(server: ChatServer, folder: Path, **changes: object) -> Way:
    """A run on the server, with a backbone that nobody could load."""
    served = ServerSettings.model_validate({"url": server.url, "retries": 0, **changes})
    config = Config(backbone="no/such/model", suite=SUITE, profile=ProfileSettings(server=served))
    return Way(config, RunFolder(folder / "run"))


def pictures_of(body: Body) -> tuple[str, ...]:
    urls = [part["image_url"]["url"] for part in body["messages"][0]["content"] if part["type"] == "image_url"]
    return tuple(hashlib.sha256(base64.b64decode(url.partition(",")[2])).hexdigest() for url in urls)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return Way(Config(suite=SUITE), RunFolder(tmp_path_factory.mktemp("data"))).suite


@pytest.fixture(scope="module")
def knower(suite: Suite) -> Callable[[Body, int], Sent]:
    """Answers from what is shown alone: right where the task's type says that such a view knows, else wrong."""
    answers: dict[tuple[tuple[str, ...], str], str] = {}
    for task in suite.tasks:
        for example in (*task.train, *task.validation):
            wrong = next(choice for choice in example.choices or ("?",) if choice not in example.targets)
            for view in VIEWS:
                shown = show(task, example, view)
                key = tuple(picture.sha256 for picture in shown.images), shown.words
                answers[key] = example.targets[0] if view in KNOWS[task.built_type] else wrong
    return lambda body, _: Sent(completion(answers[pictures_of(body), words_of(body)]))


def test_a_server_that_sees_what_the_views_show_gives_the_built_types(
    knower: Callable[[Body, int], Sent], suite: Suite, tmp_path: Path
) -> None:
    with serving(knower, models=("qwen",)) as server:
        way = way_to(server, tmp_path)
        table = pipeline.profile(way)
        num_requests = len(server.received.bodies)
        again = pipeline.profile(way_to(server, tmp_path))
    assert {profile.task: profile.type for profile in table.profiles} == {
        task.name: task.built_type for task in suite.tasks
    }
    assert again == table
    assert num_requests == len(server.received.bodies) <= table.cost.examples
    assert table.cost.tokens == 7 * table.cost.examples
    assert not table.adapted
    assert all("as written" in profile.notes[-1] for profile in table.profiles)
    made = way.run.read_provenance("profile/knowledge.json")
    assert made.backbone == f"server qwen at {server.url}"

    # The server is gone: what it answered is grouped, explained and scored again by another estimator.
    assert len(pipeline.group(way_to(server, tmp_path), "interaction").groups) == 4
    report = pipeline.explain(way_to(server, tmp_path))[0].read_text()
    assert made.backbone in report
    with pytest.raises(BackboneError, match="no/such/model cannot be loaded"):
        pipeline.tune(way_to(server, tmp_path))


def test_another_estimator_scores_the_same_answers_with_the_server_gone(
    knower: Callable[[Body, int], Sent], tmp_path: Path
) -> None:
    with serving(knower, models=("qwen",)) as server:
        way = way_to(server, tmp_path)
        pipeline.profile(way)
    settings = way.config.profile.model_copy(update={"estimator": "delta"})
    delta = pipeline.profile(Way(way.config.model_copy(update={"profile": settings}), way.run))
    assert delta.estimator == "delta"


def test_other_ways_of_hiding_are_asked_too_and_scored_again_from_what_is_stored(suite: Suite, tmp_path: Path) -> None:
    """This server is put off by a blank picture: beside one it does not read the text."""
    answers: dict[tuple[tuple[str, ...], str], str] = {}
    hidings: tuple[Hiding, ...] = ("drop", "blank")
    for task in suite.tasks:
        for example in (*task.train, *task.validation):
            wrong = next(choice for choice in example.choices or ("?",) if choice not in example.targets)
            for hiding, view in itertools.product(hidings, VIEWS):
                knows = view in KNOWS[task.built_type] and (hiding, view) != ("blank", "text")
                shown = show(task, example, view, hiding=hiding)
                key = tuple(picture.sha256 for picture in shown.images), shown.words
                answers[key] = example.targets[0] if knows else wrong

    def knower(body: Body, _: int) -> Sent:
        return Sent(completion(answers[pictures_of(body), words_of(body)]))

    with serving(knower, models=("qwen",)) as server:
        way = way_to(server, tmp_path)
        settings = way.config.profile.model_copy(update={"also_hiding": ("blank",)})
        table = pipeline.profile(Way(way.config.model_copy(update={"profile": settings}), way.run))
        asked = [(pictures_of(body), words_of(body)) for body in server.received.bodies]
    found = {one.task: {hiding: by.type for hiding, by in one.robustness.items()} for one in table.profiles}
    assert found == {
        "part_colour": {"drop": "redundancy", "blank": "unique_image"},
        "key_colour": {"drop": "unique_image", "blank": "unique_image"},
        "for_mia": {"drop": "unique_text", "blank": "synergy"},
        "right_word": {"drop": "synergy", "blank": "synergy"},
    }
    assert len(asked) == len(set(asked))  # nothing that shows the same is asked twice, `both` least of all
    assert table.cost.examples == sum(one.num_examples for one in table.profiles) * (4 + 3)

    brought = Config(
        backbone="none",
        suite=SUITE,
        profile=ProfileSettings(also_hiding=("blank",), predictions=way.run / "predictions"),
    )
    again = pipeline.profile(Way(brought, RunFolder(tmp_path / "again")))
    assert {one.task: one.robustness for one in again.profiles} == {one.task: one.robustness for one in table.profiles}
    report = reported(brought, tmp_path / "again")
    assert "Redundant: leaving it out; Image-unique: a blank." in report


def reported(config: Config, folder: Path) -> str:
    way = Way(config, RunFolder(folder))
    pipeline.group(way, "interaction")
    return pipeline.explain(way)[0].read_text()


def test_model_and_further_fields_make_another_profile_and_the_address_does_not(tmp_path: Path) -> None:
    with serving(lambda *_: Sent(completion("?"))) as server:
        plain = profile_inputs(way_to(server, tmp_path, model="m"))
        moved = {"url": "http://elsewhere/v1", "concurrency": 2, "retries": 3, "timeout_s": 1, "key_variable": "K"}
        assert profile_inputs(way_to(server, tmp_path)) == plain
        assert profile_inputs(way_to(server, tmp_path, model="m", **moved)) == plain
        assert profile_inputs(way_to(server, tmp_path, model="n")) != plain
        assert profile_inputs(way_to(server, tmp_path, model="m", request={"seed": 1})) != plain
        assert profile_inputs(Way(Config(suite=SUITE), RunFolder(tmp_path / "own"))) != plain


def test_without_a_name_and_without_the_server_there_is_no_profile(tmp_path: Path) -> None:
    with serving(lambda *_: Sent(completion("?"))) as server:
        pass
    with pytest.raises(ServerGoneError, match="cannot be reached"):
        pipeline.profile(way_to(server, tmp_path))


def test_no_key_is_anywhere_in_a_run_folder(
    knower: Callable[[Body, int], Sent], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-do-not-tell-0123")
    with serving(knower, models=("qwen",)) as server:
        way = way_to(server, tmp_path, key_variable="MY_KEY")
        pipeline.profile(way)
    written = b"".join(path.read_bytes() for path in way.run.path.rglob("*") if path.is_file())
    assert b"MY_KEY" in written
    assert b"sk-do-not-tell-0123" not in written


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda config: config.with_predictions(Path("mine")).with_server("http://h"),
            "server and predictions are both",
        ),
        (
            lambda config: config.with_server("http://h").with_predictions(Path("mine")),
            "server and predictions are both",
        ),
        (lambda config: config.with_server("ftp://h"), "is no address of a server"),
        (lambda config: config.with_server("http://user:secret@h/v1"), "holds more than an address"),
        (lambda config: config.with_server("http://h/v1?key=secret"), "holds more than an address"),
    ],
)
def test_what_cannot_be_is_told_at_once_and_repeats_no_secret(make: Callable[[Config], Config], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as raised:
        make(Config())
    assert "secret" not in str(raised.value)


def test_an_adapter_for_a_server_is_told_to_be_impossible() -> None:
    config = Config(profile=ProfileSettings(adapt="always"))
    with pytest.raises(MintuneError, match="adapt: always takes a backbone"):
        config.with_server("http://h")
