"""Asking over real sockets: many at once, again where waiting helps, at once an error where it does not."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.models.chat_server import Body, ChatServer, Sent, completion, serving, words_of

from mintune.config import ServerSettings
from mintune.errors import BackboneError, ConfigError, ServerGoneError, ServerRefusedError
from mintune.models.answering import Question
from mintune.models.replies import Reply, ReplyJournal
from mintune.models.server import Served, Server, plan
from mintune.models.showing import Shown
from mintune.records import VIEWS

SECRET = "sk-do-not-tell-0123"


def questions(number: int, choices: tuple[str, ...] | None = None) -> list[Question]:
    return [Question("t", str(index), "both", Shown(f"say {index}", ()), choices) for index in range(number)]


def echo(body: Body, _: int) -> Sent:
    return Sent(completion(words_of(body).split()[-1]))


def settings(server: ChatServer, **changes: object) -> ServerSettings:
    return ServerSettings.model_validate({"url": server.url, "model": "m", "concurrency": 4, "retries": 2, **changes})


def ask(
    server: ChatServer,
    asked: list[Question],
    path: Path,
    *,
    progress: Callable[[int], None] = lambda _: None,
    **changes: object,
) -> Served:
    journal, found = ReplyJournal(path), settings(server, **changes)
    return Server(found).ask(plan("m", asked, found, journal=journal, longest={}), journal=journal, progress=progress)


def test_answers_come_in_the_order_of_the_questions_and_no_more_at_once_than_allowed(tmp_path: Path) -> None:
    done: list[int] = []

    def slow(body: Body, number: int) -> Sent:
        return Sent(echo(body, number).body, after_s=0.05 if number % 2 else 0)

    with serving(slow) as server:
        served = ask(server, questions(20), tmp_path / "j", progress=done.append)
    assert [prediction.answer for prediction in served.predictions] == [str(index) for index in range(20)]
    assert 2 <= server.received.most_at_once <= 4
    assert (sum(done), served.num_tokens) == (20, 140)


def test_a_notebook_asks_too_though_a_loop_runs_already(tmp_path: Path) -> None:
    async def cell(server: ChatServer) -> Served:
        return ask(server, questions(2), tmp_path / "j")

    with serving(echo) as server:
        served = asyncio.run(cell(server))
    assert [prediction.answer for prediction in served.predictions] == ["0", "1"]


def test_what_will_be_asked_is_known_before(tmp_path: Path) -> None:
    journal, asked = ReplyJournal(tmp_path / "j"), [*questions(3), *questions(2, ("yes", "no"))]
    where = ServerSettings(url="http://h")
    first = plan("m", [*asked, *asked], where, journal=journal, longest={})
    assert first.sentence.startswith("m: 10 questions, 5 requests with roughly 105 tokens")
    for key in first.missing:
        journal.add(key, Reply("x", None, 1, False))
    assert plan("m", asked, where, journal=journal, longest={}).sentence == (
        "m: 5 questions answered before; nothing is asked"
    )


def test_what_shows_the_same_is_asked_once_whoever_asks(tmp_path: Path) -> None:
    same = [Question(f"t{number}", "1", view, Shown("say 7", ()), None) for number in range(3) for view in VIEWS]
    with serving(echo) as server:
        served = ask(server, same, tmp_path / "j")
    assert len(server.received.bodies) == 1
    assert len(served.predictions) == served.num_tokens / 7 == 12


def test_what_was_answered_is_not_asked_again_even_at_another_address(tmp_path: Path) -> None:
    with serving(echo) as server:
        first = ask(server, questions(5), tmp_path / "j")
    with serving(echo) as moved:
        second = ask(moved, questions(8), tmp_path / "j")
    assert second.predictions[:5] == first.predictions
    assert sorted(words_of(body) for body in moved.received.bodies) == ["say 5", "say 6", "say 7"]


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
def test_where_waiting_helps_it_is_asked_again(tmp_path: Path, status: int) -> None:
    def busy(body: Body, number: int) -> Sent:
        return echo(body, number) if number else Sent({"error": "busy"}, status, {"Retry-After": "0.01"})

    with serving(busy) as server:
        assert ask(server, questions(1), tmp_path / "j").predictions[0].answer == "0"
    assert len(server.received.bodies) == 2


def test_it_waits_as_long_as_the_server_says(tmp_path: Path) -> None:
    def limited(body: Body, number: int) -> Sent:
        return echo(body, number) if number else Sent({"error": "slowly"}, 429, {"Retry-After": "2"})

    with serving(limited) as server:
        ask(server, questions(1), tmp_path / "j")
    first, second = server.received.times
    assert second - first >= 2


def test_an_answer_that_takes_too_long_is_asked_again(tmp_path: Path) -> None:
    with serving(lambda body, number: Sent(echo(body, number).body, after_s=0 if number else 3)) as server:
        assert ask(server, questions(1), tmp_path / "j", timeout_s=0.3).predictions[0].answer == "0"
    assert len(server.received.bodies) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_what_waiting_does_not_mend_is_an_error_at_once(tmp_path: Path, status: int) -> None:
    def refuse(body: Body, number: int) -> Sent:
        return Sent({"error": {"message": f"no such thing for {SECRET}"}}, status)

    with serving(refuse) as server, pytest.raises(BackboneError) as raised:
        ask(server, questions(1), tmp_path / "j")
    message = str(raised.value)
    assert all(part in message for part in (server.url, "model m", "t, example 0 (both)", str(status), "no such thing"))
    assert ("key_variable" in message) == (status in (401, 403))
    assert len(server.received.bodies) == 1


def test_the_key_is_sent_and_told_to_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MY_KEY", SECRET)
    caplog.set_level("DEBUG")

    def tell(body: Body, number: int) -> Sent:
        return Sent(completion(f"your key is {SECRET}")) if number == 0 else Sent({"detail": f"bad key {SECRET}"}, 401)

    with serving(tell) as server, pytest.raises(BackboneError) as raised:
        ask(server, questions(2), tmp_path / "j", key_variable="MY_KEY", concurrency=1)
    assert {headers["authorization"] for headers in server.received.headers} == {f"Bearer {SECRET}"}
    told = str(raised.value) + caplog.text + (tmp_path / "j").read_text()
    assert "bad key ***" in told
    assert "your key is ***" in told
    assert SECRET not in told


def test_a_key_that_is_not_asked_for_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, SECRET)
    with serving(echo) as server:
        ask(server, questions(1), tmp_path / "j")
    assert SECRET not in json.dumps(server.received.headers)


def test_a_variable_that_is_not_set_is_an_error_that_does_not_repeat_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("sk_written_here", raising=False)
    with pytest.raises(ConfigError, match="is not set") as raised:
        Server(ServerSettings(url="http://h", key_variable="sk_written_here"))
    assert "sk_written_here" not in str(raised.value)


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"", {"choices": []}, {"error": "in disguise"}])
def test_what_is_no_completion_is_an_error_that_shows_it(tmp_path: Path, body: object) -> None:
    with serving(lambda *_: Sent(body)) as server, pytest.raises(BackboneError, match="is no chat completion"):
        ask(server, questions(1), tmp_path / "j")


def test_scores_come_where_they_are_offered(tmp_path: Path) -> None:
    first = {"Well": -0.2, "no": -2.0, "yes": -3.0}
    with serving(lambda *_: Sent(completion("Well, no", first=first))) as server:
        (found,) = ask(server, questions(1, ("yes", "no")), tmp_path / "j").predictions
    assert (found.answer, found.scores) == ("no", (-3.0, -2.0))


def test_a_server_that_refuses_to_score_is_asked_without_once_that_is_known(tmp_path: Path) -> None:
    def plain(body: Body, number: int) -> Sent:
        refused = Sent({"error": "logprobs are not supported"}, 400)
        return refused if "logprobs" in body else Sent(completion("Yes."))

    with serving(plain) as server:
        served = ask(server, questions(10, ("yes", "no")), tmp_path / "j", concurrency=1)
    assert {(prediction.answer, prediction.scores) for prediction in served.predictions} == {("yes", None)}
    assert ["logprobs" in body for body in server.received.bodies] == [True] + [False] * 10
    assert served.accounts["t"].sentence == "closed answers: 10 as written"


def test_what_is_none_of_the_choices_is_counted(tmp_path: Path) -> None:
    said = itertools.cycle(["yes", "I cannot see it", "", "no"])
    with serving(lambda *_: Sent(completion(next(said)))) as server:
        served = ask(server, questions(8, ("yes", "no")), tmp_path / "j", concurrency=1)
    assert served.accounts["t"].sentence == (
        "closed answers: 4 as written, 4 none of the choices, so wrong; 2 answers without a word"
    )


def test_a_server_that_dies_half_way_loses_what_was_in_flight_and_nothing_else(tmp_path: Path) -> None:
    dying = threading.Event()

    def mortal(body: Body, number: int) -> Sent:
        if number >= 12:
            dying.set()
            return Sent({"error": "out of memory"}, 500, {"Retry-After": "0.01"})
        return echo(body, number)

    with serving(mortal) as server, pytest.raises(BackboneError, match=r"status 500.*the same command") as raised:
        ask(server, questions(20), tmp_path / "j")
    assert dying.is_set()
    kept = len((tmp_path / "j").read_text().splitlines())
    assert 8 <= kept <= 12  # all that came but for those on their way when the first of the others failed
    assert f"{kept} of 20 replies are kept" in str(raised.value)
    with serving(echo) as again:
        served = ask(again, questions(20), tmp_path / "j")
    assert [prediction.answer for prediction in served.predictions] == [str(index) for index in range(20)]
    assert len(again.received.bodies) == 20 - kept


def test_a_server_that_is_gone_is_an_error_that_says_how_often_it_was_tried(tmp_path: Path) -> None:
    with serving(echo) as server:
        pass
    with pytest.raises(BackboneError, match=r"cannot be reached .*2 times in a row; 0 of 3 replies are kept"):
        ask(server, questions(3), tmp_path / "j", retries=1)


def test_what_is_refused_without_scores_too_was_not_refused_for_them(tmp_path: Path) -> None:
    with serving(lambda *_: Sent({"error": "context length"}, 400)) as server, pytest.raises(BackboneError) as raised:
        ask(server, questions(1, ("a", "b")), tmp_path / "j")
    assert isinstance(raised.value.__cause__, ServerRefusedError)
    assert ["logprobs" in body for body in server.received.bodies] == [True, False]


def test_the_only_model_of_a_server_needs_no_name() -> None:
    with serving(echo, models=("qwen",)) as server:
        assert Server(settings(server)).only_model() == "qwen"
    with pytest.raises(ServerGoneError, match=r"profile\.server\.model would name"):
        Server(settings(server)).only_model()


@pytest.mark.parametrize(
    ("models", "says"), [(("a", "b"), "offers a, b; profile.server.model"), ((), "offers no model")]
)
def test_of_several_models_one_must_be_named(models: tuple[str, ...], says: str) -> None:
    with serving(echo, models=models) as server, pytest.raises(ConfigError, match=says):
        Server(settings(server)).only_model()


def test_without_its_package_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ConfigError, match=r"pip install mintune\[server\]"):
        Server(ServerSettings(url="http://h"))
