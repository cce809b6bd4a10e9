"""A small HTTP server on loopback that speaks chat completions, for behaviour that a real one does not show on demand.

Real sockets and nothing else: what it answers is a function of the request's JSON and of how many came before.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """One HTTP response; `after_s` is how long it takes."""

    body: object
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0


@dataclass
class Received:
    """What came in: bodies of the questions in order, when they came, their headers, and how many at once at most."""

    bodies: list[Body] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    most_at_once: int = 0


@dataclass
class ChatServer:
    """The address of a running server and what it received."""

    url: str
    received: Received


def completion(text: str | None, *, first: dict[str, float] | None = None, finish: str = "stop") -> Body:
    """A chat completion as servers write it."""
    choice: Body = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    if first is not None:
        top = [{"token": token, "logprob": value, "bytes": list(token.encode())} for token, value in first.items()]
        choice["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
    return {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}


def words_of(body: Body) -> str:
    """The words of a request's only turn."""
    (turn,) = body["messages"]
    return "".join(part["text"] for part in turn["content"] if part["type"] == "text")


@contextlib.contextmanager
def serving(
    answer: Callable[[Body, int], Sent], *, models: tuple[str, ...] = ("m",), port: int = 0
) -> Iterator[ChatServer]:
    """A server that answers the n-th question (from 0) with `answer(body, n)`, until the block ends."""
    received = Received()
    lock = threading.Lock()
    at_once = 0

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send(Sent({"object": "list", "data": [{"id": name, "object": "model"} for name in models]}))

        def do_POST(self) -> None:
            nonlocal at_once
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                number = len(received.bodies)
                received.bodies.append(body)
                received.times.append(time.monotonic())
                received.headers.append({name.lower(): value for name, value in self.headers.items()})
                at_once += 1
                received.most_at_once = max(received.most_at_once, at_once)
            try:
                sent = answer(body, number)
                time.sleep(sent.after_s)
            finally:
                with lock:
                    at_once -= 1
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # whoever asked has gone
                self.send(sent)

        def send(self, sent: Sent) -> None:
            content = sent.body if isinstance(sent.body, bytes) else json.dumps(sent.body).encode()
            self.send_response(sent.status)
            for name, value in {"Content-Type": "application/json", **sent.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ChatServer(f"http://127.0.0.1:{server.server_port}/v1", received)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
