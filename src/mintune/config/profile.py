"""`profile` in mintune.yaml: how the interaction of image and text is measured, and who answers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, JsonValue, field_validator, model_validator

from mintune.config.base import Name, Settings
from mintune.records import Hiding

OWN_FIELDS = frozenset({"model", "messages", "stream", "n", "logprobs", "top_logprobs"})
"""Fields of a request to a server that mintune sets."""


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
    wordings: dict[Name, tuple[str, ...]] = Field({})
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
    request: dict[str, JsonValue] = Field({})
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
    """`knowledge` goes by gold answers; `delta` is the published score and goes by none."""
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
    """How alike two answers are: `exact`, `token_f1`, `distribution` (needs scores, so closed tasks), which with
    `estimator: knowledge` changes `delta` alone; or a function of your own as `package.module:function`, of two answers
    to a number in [0, 1], which then also says what is right: what is 0.5 or more like an accepted answer. Off: `exact`
    for closed answers, `token_f1` for open ones."""
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
