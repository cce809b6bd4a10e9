"""Ask a server that speaks OpenAI's chat completions: many questions at once, each reply kept as it comes.

The `openai` package carries the requests: it asks again with growing, jittered pauses where the server is gone, slow or
busy, and waits as long as `Retry-After` says (longer than two minutes it does not wait, but stops). What no waiting
mends stops the run at once. Either way every reply that came is in the journal, and the same call goes on from there.

What is not known here: what a reply means (`replies.py`), and whether the server holds the weights that its model's
name promises.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from mintune.errors import BackboneError, ConfigError, ServerGoneError, ServerRefusedError
from mintune.models.replies import Account, Reply, ReplyJournal, accounts, answer_of, read_reply
from mintune.models.requests import body_of, guessed_tokens, key_of, longest_answer
from mintune.progress import number_of
from mintune.records import Prediction

if TYPE_CHECKING:
    from openai import APIError, AsyncOpenAI

    from mintune.config import ServerSettings
    from mintune.models.answering import Question

T = TypeVar("T")

LISTING_TIMEOUT_S = 10
"""Seconds that a server may take to name its models."""

NO_KEY = "none"
"""What stands where a key would: the client insists on one, and servers without keys ignore it."""

FORBIDDEN = (401, 403)
KEY_HINT = "; profile.server.key_variable names the environment variable that holds the key"
REFUSED = (400, 422)
"""What servers say to fields that they do not know, such as those that ask for scores."""

MESSAGE_LENGTH = 400

NAME_IT = "profile.server.model would name the one to ask"


@dataclass(frozen=True)
class Served:
    """Answers of a server in the order of the questions, and how those to each task came about.

    `num_tokens` are those of the prompts, as far as the server told them.
    """

    predictions: list[Prediction]
    num_tokens: int
    accounts: dict[str, Account]


@dataclass(frozen=True)
class Asking:
    """Questions to one model of a server.

    `keys` name each question's request; `missing` are the questions that are to be asked, by key, with the tokens that
    the answer may have: one of those that show the same, and none whose reply is known.
    """

    model: str
    questions: Sequence[Question]
    keys: Sequence[str]
    missing: Mapping[str, tuple[Question, int]]

    @property
    def sentence(self) -> str:
        """What will be asked, in words."""
        all_of_them = number_of(len(self.questions), "question")
        if not self.missing:
            return f"{self.model}: {all_of_them} answered before; nothing is asked"
        tokens = guessed_tokens(question for question, _ in self.missing.values())
        return (
            f"{self.model}: {all_of_them}, {number_of(len(self.missing), 'request')} with roughly {tokens:,} tokens "
            "(what is known or shows the same is not asked again)"
        )


def plan(
    model: str,
    questions: Sequence[Question],
    settings: ServerSettings,
    *,
    journal: ReplyJournal,
    longest: Mapping[str, int],
) -> Asking:
    """What has to be asked for these questions; `longest` are the tokens that open answers may have, by task."""
    limits = [longest_answer(question, longest) for question in questions]
    keys = [
        key_of(question, model=model, settings=settings, limit=limit)
        for question, limit in zip(questions, limits, strict=True)
    ]
    asked = zip(keys, questions, limits, strict=True)
    return Asking(model, questions, keys, {key: (one, limit) for key, one, limit in asked if key not in journal})


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work returns. In a notebook a loop runs already, and the work gets one in a thread of its own."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


class Server:
    """One model of one server. ConfigError where the client is not installed, or the key's variable is not set."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self._key = _key(settings)
        self._offers_scores = True
        require_client()

    def only_model(self) -> str:
        """The name of the only model that the server offers.

        ConfigError where it offers none or several; ServerGoneError, a BackboneError, where it cannot be reached.
        """
        names = run_to_end(self._list_models())
        if len(names) == 1:
            return names[0]
        several = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
        raise ConfigError(f"profile.server: {self.settings.url} offers {several or 'no model'}; {NAME_IT}")

    async def _list_models(self) -> list[str]:
        import openai

        async with self._client(retries=1, timeout_s=LISTING_TIMEOUT_S) as client:
            try:
                text = await client.get("/models", cast_to=str)
                return [model.id for model in _Models.model_validate_json(text).data]
            except openai.APIError as error:
                fault = self._fault(error, "list of models", tries=2)
                raise type(fault)(f"{fault}; {NAME_IT}") from error
            except ValidationError as error:
                came = _begin(self._safe(text))
                raise BackboneError(
                    f"server {self.settings.url}: what came is no list of models: {came!r}; {NAME_IT}"
                ) from error

    def ask(self, asking: Asking, *, journal: ReplyJournal, progress: Callable[[int], None]) -> Served:
        """Answer the questions; what the journal holds is not asked.

        Args:
            asking: the questions, planned (`plan`).
            journal: where replies are looked up and kept.
            progress: called with how many questions were answered since the last call; never where all were known.

        Raises:
            BackboneError: where the server refuses, fails or is gone for longer than the retries.
            DataError: where a picture cannot be decoded.
        """
        counts = Counter(asking.keys)

        def keep(key: str, reply: Reply) -> None:
            journal.add(key, reply)
            progress(counts[key])

        if asking.missing:
            progress(sum(count for key, count in counts.items() if key in journal))
            try:
                run_to_end(self._ask_all(asking, keep))
            except BackboneError as error:
                kept = sum(key in journal for key in counts)
                raise BackboneError(
                    f"{error}; {kept:,} of {len(counts):,} replies are kept, and the same command goes on from there"
                ) from error
        replies = [journal[key] for key in asking.keys]
        return Served(
            predictions=[
                Prediction(
                    question.task,
                    question.example_id,
                    question.view,
                    *answer_of(reply, question.choices),
                    draw=question.draw,
                )
                for question, reply in zip(asking.questions, replies, strict=True)
            ],
            num_tokens=sum(reply.num_tokens for reply in replies),
            accounts=accounts(asking.questions, replies),
        )

    async def _ask_all(self, asking: Asking, keep: Callable[[str, Reply], None]) -> None:
        """Ask all, `concurrency` at a time; the first failure ends the others."""
        rest = iter(asking.missing.items())

        async def work(client: AsyncOpenAI) -> None:
            for key, (question, limit) in rest:
                keep(key, await self._ask(client, asking.model, question, limit))

        async with self._client(self.settings.retries, self.settings.timeout_s) as client:
            num_workers = min(self.settings.concurrency, len(asking.missing))
            workers = [asyncio.create_task(work(client)) for _ in range(num_workers)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)

    async def _ask(self, client: AsyncOpenAI, model: str, question: Question, limit: int) -> Reply:
        """One question's reply, asked without scores where the server does not know of them."""
        body = body_of(question, model=model, settings=self.settings, limit=limit)
        what = f"model {model}: {question.task}, example {question.example_id} ({question.view})"
        if not self._offers_scores:
            body = _without_scores(body)
        try:
            text = await self._complete(client, body, what)
        except ServerRefusedError:
            if "logprobs" not in body:
                raise
            text = await self._complete(client, _without_scores(body), what)
            self._offers_scores = False
        try:
            reply = read_reply(text)
        except ValidationError as error:
            raise BackboneError(
                f"server {self.settings.url}: {what}: what came is no chat completion: {_begin(self._safe(text))!r}"
            ) from error
        is_secret = self._key is not None and len(self._key) >= LEAST_SECRET
        return replace(reply, text=self._safe(reply.text)) if is_secret else reply

    async def _complete(self, client: AsyncOpenAI, body: dict[str, Any], what: str) -> str:
        import openai

        try:
            return await client.post("/chat/completions", body=body, cast_to=str)
        except openai.APIError as error:
            raise self._fault(error, what, tries=self.settings.retries + 1) from error

    def _client(self, retries: int, timeout_s: float) -> AsyncOpenAI:
        from openai import AsyncOpenAI

        return AsyncOpenAI(
            base_url=self.settings.url, api_key=self._key or NO_KEY, max_retries=retries, timeout=timeout_s
        )

    def _fault(self, error: APIError, what: str, tries: int) -> BackboneError:
        """What went wrong in words, without the key, whoever wrote it."""
        import openai

        where = f"server {self.settings.url}: {what}"
        if isinstance(error, openai.APIStatusError):
            said = _begin(self._safe(error.response.text))
            hint = KEY_HINT if error.status_code in FORBIDDEN else ""
            kind = ServerRefusedError if error.status_code in REFUSED else BackboneError
            return kind(f"{where}: status {error.status_code}: {said or 'without a word'}{hint}")
        is_slow = isinstance(error, openai.APITimeoutError)
        fault = "took too long" if is_slow else f"cannot be reached ({self._safe(str(error.__cause__ or error))})"
        return ServerGoneError(f"{where}: {fault}, {number_of(tries, 'time')} in a row")

    def _safe(self, text: str) -> str:
        return text.replace(self._key, "***") if self._key else text


LEAST_SECRET = 8
"""A shorter key is a dummy, such as `EMPTY` or `none`: striking it from answers would change these."""


def require_client() -> None:
    """ConfigError where the package that carries the requests is not installed."""
    try:
        import openai  # noqa: F401
    except ImportError as error:
        raise ConfigError("profile.server: takes the package openai; pip install mintune[server]") from error


def _key(settings: ServerSettings) -> str | None:
    if settings.key_variable is None:
        return None
    key = os.environ.get(settings.key_variable)
    if not key:
        raise ConfigError("profile.server.key_variable: the environment variable that it names is not set, or empty")
    return key


def _without_scores(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("logprobs", "top_logprobs")}


def _begin(text: str) -> str:
    """The beginning of what a server said, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= MESSAGE_LENGTH else f"{line[:MESSAGE_LENGTH]}..."
