"""With another similarity, estimator or confidence nobody is asked again, and the cost stays that of asking."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.models.chat_server import Sent, completion, serving
from tests.models.tiny_models import make_qwen

from mintune import pipeline
from mintune.config import (
    Config,
    FeatureSettings,
    ProfileSettings,
    RoundsSettings,
    ServerSettings,
    SuiteSettings,
    WorldSettings,
)
from mintune.errors import ConfigError
from mintune.inquiry import is_answered
from mintune.models.backbone import Backbone
from mintune.plan import plan_profile
from mintune.profile.asking import questions
from mintune.progress import Advance
from mintune.records import Cost, Prediction, Suite, Task
from mintune.run import RunFolder
from mintune.way import ASKED, Way, asking_inputs, profile_inputs

HERE = __name__
SUITE = SuiteSettings(world=WorldSettings(examples=40, test_examples=10, tasks=("part_colour", "for_mia")))

SCORED_OTHERWISE: list[dict[str, Any]] = [
    {"estimator": "delta"},
    {"confidence": 0.9},
    {"information": True},
    {"similarity": "token_f1"},
    {"similarity": f"{HERE}:same_first_letter"},
]


def same_first_letter(first: str, second: str) -> float:
    """A notion of one's own, by which other answers are right."""
    return float(first[:1] == second[:1])


class Noted:
    """Keeps what a terminal would show."""

    def __init__(self) -> None:
        self.bars: list[str] = []
        self.lines: list[str] = []

    @contextmanager
    def track(self, label: str, total: int | None = None) -> Iterator[Advance]:
        self.bars.append(label)
        yield lambda _: None

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture(scope="module")
def backbone() -> Backbone:
    return make_qwen()


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return Way(Config(suite=SUITE), RunFolder(tmp_path_factory.mktemp("data"))).suite


@pytest.fixture
def way(backbone: Backbone, suite: Suite, tmp_path: Path) -> Way:
    """A backbone of random weights, which is asked as it is."""
    config = Config(suite=SUITE, profile=ProfileSettings(examples=20, adapt="never", adapt_epochs=1))
    return over(Way(config, RunFolder(tmp_path / "run")), {}, backbone, suite)


def over(way: Way, profile: Mapping[str, Any], backbone: Backbone | None = None, suite: Suite | None = None) -> Way:
    """The same run with other settings of `profile`, by a process of its own: it knows what is on disk."""
    settings = way.config.profile.model_copy(update=dict(profile))
    found = Way(way.config.model_copy(update={"profile": settings}), way.run, Noted())
    found.__dict__["suite"] = suite or way.suite
    if way.config.has_backbone and way.config.profile.server is None:
        found.__dict__["backbone"] = backbone or way.backbone
    return found


def shown(way: Way) -> Noted:
    assert isinstance(way.watch, Noted)
    return way.watch


@pytest.mark.parametrize("adapt", ["never", "always"])
@pytest.mark.parametrize("scoring", SCORED_OTHERWISE, ids=str)
def test_scored_otherwise_nobody_is_asked_and_the_cost_is_still_that_of_asking(
    way: Way, adapt: str, scoring: dict[str, Any]
) -> None:
    first = over(way, {"adapt": adapt})
    before = pipeline.profile(first)
    assert any(bar.startswith("answers under four views") for bar in shown(first).bars)
    again = over(way, {"adapt": adapt, **scoring})
    planned = plan_profile(again)
    assert (planned.num_answers, planned.num_training, planned.seconds) == (0, 0, 0)
    assert planned.sentence == "2 tasks: the answers of the backbone are there, nothing will be asked"
    after = pipeline.profile(again)
    assert profile_inputs(again) != profile_inputs(first)
    assert after.cost == before.cost == again.run.read_record(ASKED, Cost)
    assert before.cost.seconds > 0
    assert shown(again).bars == []
    assert all(line.endswith("there already, nobody is asked again") for line in shown(again).lines)
    assert len(shown(again).lines) == {"never": 1, "always": 2}[adapt]


def test_another_question_is_asked_and_planned(way: Way) -> None:
    pipeline.profile(way)
    more = over(way, {"examples": 21})
    assert asking_inputs(more) != asking_inputs(way)
    assert plan_profile(more).num_answers == 2 * 21 * 4
    pipeline.profile(more)
    assert shown(more).bars == ["answers under four views"]


def test_without_the_answers_that_were_kept_they_are_planned_again(way: Way) -> None:
    pipeline.profile(way)
    (way.run / "cache" / "answers.jsonl").unlink()
    assert is_answered(way)  # the profile itself is there
    assert not is_answered(over(way, {"estimator": "delta"}))


def test_scores_of_open_answers_are_missed_before_anything_is_asked(way: Way) -> None:
    opened, closed = way.suite.tasks
    bare = tuple(replace(example, choices=None) for example in opened.train)
    suite = Suite((replace(opened, splits={"train": bare}), closed))
    compared = over(way, {"similarity": "distribution"}, suite=suite)
    says = "distribution compares scores of choices, and part_colour has open answers, which get none; accepted"
    with pytest.raises(ConfigError, match=says):
        pipeline.profile(compared)
    assert shown(compared).bars == []
    assert pipeline.profile(over(way, {"similarity": "distribution"})).cost.examples == 2 * 20 * 4


def test_in_rounds_scores_decide_what_is_asked(way: Way) -> None:
    rounds = {"rounds": RoundsSettings()}
    one, other = over(way, rounds), over(way, {**rounds, "similarity": "token_f1"})
    assert asking_inputs(one) == profile_inputs(one) != asking_inputs(other)


def test_a_similarity_by_which_the_backbone_cannot_do_the_tasks_is_planned_with_an_adapter(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mintune.profile.stage.needs_adapter", lambda *_: False)
    pipeline.profile(over(way, {"adapt": "auto"}))
    again = over(way, {"adapt": "auto", "similarity": f"{HERE}:same_first_letter"})
    assert is_answered(again)
    monkeypatch.setattr("mintune.profile.stage.needs_adapter", lambda *_: True)
    assert not is_answered(again)
    assert plan_profile(again).num_training > 0


def test_the_report_has_the_answers_of_its_own_profile_and_no_other(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under `auto` another similarity may answer by adapters: these are not what the first profile was made from."""
    plain, own = ({"adapt": "auto", "similarity": name} for name in (None, f"{HERE}:same_first_letter"))
    monkeypatch.setattr("mintune.profile.stage.needs_adapter", lambda *_: False)
    first = over(way, plain)
    pipeline.group(first, "interaction")
    assert len(pipeline.evidence(first).predictions) == 2
    monkeypatch.setattr("mintune.profile.stage.needs_adapter", lambda *_: True)
    pipeline.profile(over(way, {**own, "estimator": "delta"}))
    assert pipeline.evidence(over(way, plain)).predictions == {}


def test_a_profile_that_was_cut_short_costs_what_both_processes_took(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by a second at each look, so that no machine is measured."""
    ticks = iter(range(1_000_000))
    monkeypatch.setattr("mintune.run.time.monotonic", lambda: float(next(ticks)))
    batches = over(way, {})
    batches.config.__dict__["batch_size"] = 16
    ledger = way.run / "cache" / "seconds.jsonl"

    class Cut(Noted):
        @contextmanager
        def track(self, label: str, total: int | None = None) -> Iterator[Advance]:
            calls: list[int] = []

            def advance(done: int) -> None:
                calls.append(done)
                if len(calls) == 4:
                    raise KeyboardInterrupt

            yield advance

    cut = over(batches, {})
    cut.watch = Cut()
    with pytest.raises(KeyboardInterrupt):
        pipeline.profile(cut)
    before = len(ledger.read_text().splitlines())
    table = pipeline.profile(batches)
    laps = [json.loads(line)["seconds"] for line in ledger.read_text().splitlines()]
    assert table.cost.seconds == sum(laps) > before > 0
    assert len(laps) > before
    assert pipeline.profile(over(batches, {"estimator": "delta"})).cost == table.cost


def test_a_server_is_not_asked_again_and_its_cost_stays(tmp_path: Path, suite: Suite) -> None:
    with serving(lambda *_: Sent(completion("red"))) as server:
        served = ServerSettings(url=server.url, model="m", retries=0)
        config = Config(backbone="no/such/model", suite=SUITE, profile=ProfileSettings(examples=20, server=served))
        first = over(Way(config, RunFolder(tmp_path / "run")), {}, suite=suite)
        before = pipeline.profile(first)
    assert shown(first).bars == ["answers under four views"]
    again = over(first, {"estimator": "delta"})
    assert plan_profile(again).sentence == "2 tasks: the answers of the server are there, nothing will be asked"
    assert pipeline.profile(again).cost == before.cost
    assert shown(again).bars == []
    assert any("nothing is asked" in line for line in shown(again).lines)


@pytest.fixture
def probed(tmp_path: Path, suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Way:
    """Probes that have answered; they draw by lot, as learning takes long and is tested elsewhere."""
    monkeypatch.setattr("mintune.profile.probes.stage.answer_task", by_lot)
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    config = Config(backbone="none", suite=SUITE, profile=ProfileSettings(examples=20))
    way = over(Way(config, RunFolder(tmp_path / "run")), {}, suite=suite)
    pipeline.profile(way)
    return way


def by_lot(task: Task, settings: ProfileSettings, seed: int) -> list[Prediction]:
    """Drawn probabilities of the choices of `part_colour`; of another task nothing, as of one that shares a picture."""
    asked = questions(task, settings, seed=seed) if task.name == "part_colour" else []
    rng, found = np.random.default_rng(seed), []
    for one in asked:
        choices = one.choices or ()
        scores = np.log(rng.dirichlet(np.ones(len(choices)))).tolist()
        answer = choices[int(np.argmax(scores))]
        found.append(Prediction(one.task, one.example_id, one.view, answer, tuple(scores)))
    return found


def test_probes_do_not_probe_again_and_say_the_same(
    probed: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the task that none could answer, too."""
    scoring = {"estimator": "delta", "similarity": "distribution"}
    fresh = Way(over(probed, scoring).config, RunFolder(tmp_path / "fresh"))
    fresh.__dict__["suite"] = probed.suite
    anew = pipeline.profile(fresh)
    monkeypatch.setattr("mintune.profile.probes.stage.answer_suite", None)
    before = probed.run.read_record(ASKED, Cost)
    again = over(probed, scoring)
    assert plan_profile(again).sentence == "2 tasks: the answers of the probes are there, nothing will be asked"
    table = pipeline.profile(again)
    assert table.model_dump(exclude={"cost"}) == anew.model_dump(exclude={"cost"})
    assert [row.task for row in table.quarantined] == ["for_mia"]
    assert table.cost == before
    assert shown(again).bars == []
    assert shown(again).lines == ["probes: 80 answers there already, no task is probed again"]


def test_answers_of_probes_that_are_not_whole_are_made_again(probed: Way) -> None:
    (probed.run / "predictions" / "part_colour" / "both.parquet").unlink()
    again = over(probed, {"estimator": "delta"})
    assert not is_answered(again)
    pipeline.profile(again)
    assert shown(again).bars == ["probing tasks"]
    assert (probed.run / "predictions" / "part_colour" / "both.parquet").exists()


def test_other_features_of_ones_own_are_probed_again(probed: Way) -> None:
    own = over(probed, {"features": FeatureSettings(text=f"{HERE}:length")})
    assert asking_inputs(own) != asking_inputs(probed)


def length(text: str) -> list[float]:
    return [float(len(text))]
