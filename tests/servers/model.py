"""A language model's service on loopback, that answers as it is told to, and misbehaves in every way.

Rule: nothing sleeps; what hangs does so until the service is closed.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from tests.servers.process import HOST


@dataclass(frozen=True)
class Heard:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    """By names in lower case."""
    body: dict[str, Any]

    @property
    def asked(self) -> dict[str, Any]:
        """What the user's message says of the recap."""
        told: dict[str, Any] = json.loads(self.body["messages"][1]["content"])
        return told


class Handler(BaseHTTPRequestHandler):
    """One connection; `service` is the one that it belongs to."""

    service: "Model"

    def do_POST(self) -> None:
        """Hear the request, then do what the service is told to do."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.service.heard.append(
            Heard(self.path, {key.lower(): value for key, value in self.headers.items()}, json.loads(body))
        )
        self.close_connection = True
        try:
            self.service.behave(self)
        except OSError:
            pass  # the client has left

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        """A whole answer; `_` in the names of headers is a hyphen."""
        self.send_response(status)
        for name, value in {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


Behaviour = Callable[[Handler], None]


class Model:
    """`with Model(says([…])) as model: model.url; model.heard; model.behave = hang`."""

    def __init__(self, behave: Behaviour) -> None:
        self.behave = behave
        self.heard: list[Heard] = []
        self.closed = threading.Event()
        self._server = ThreadingHTTPServer((HOST, 0), type("Bound", (Handler,), {"service": self}))
        self._server.daemon_threads = False  # so that closing waits for every connection
        self.url = f"http://{HOST}:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> "Model":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def content(text: Any) -> Behaviour:
    """Answers as OpenAI does, with this content of the message."""
    body = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}).encode()
    return lambda handler: handler.answer(body)


def says(items: list[Any]) -> Behaviour:
    """Answers with these items."""
    return content(json.dumps({"items": items}))


def page(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    """Answers with just this."""
    return lambda handler: handler.answer(body, status, **headers)


def refuses(status: int, **headers: str) -> Behaviour:
    """Answers with a status and a page that tells the key it was given; who is to try again may do so at once."""

    def behave(handler: Handler) -> None:
        handler.answer(str(handler.headers["Authorization"]).encode(), status, **{"Retry_After_Ms": "1", **headers})

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Each once, then the last for ever."""
    left = list(behaviours)
    return lambda handler: (left.pop(0) if len(left) > 1 else left[0])(handler)


def hang(handler: Handler) -> None:
    """Says nothing."""
    handler.service.closed.wait()


def hang_up(handler: Handler) -> None:
    """Closes the connection without a word."""


def break_off(handler: Handler) -> None:
    """Closes the connection in the middle of the answer."""
    handler.answer(b'{"choices": [', Content_Length="1000")


def drip(handler: Handler) -> None:
    """Sends a byte now and then, so that no wait for the next one is long."""
    handler.answer(b"", Content_Length="1000000")
    while not handler.service.closed.wait(0.02):
        handler.wfile.write(b" ")


def drip_head(handler: Handler) -> None:
    """Does the same before the answer has begun."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while not handler.service.closed.wait(0.02):
        handler.wfile.write(b"x")


def endless(handler: Handler, status: int = 200) -> None:
    """An answer without an end."""
    handler.send_response(status)
    handler.end_headers()
    while not handler.service.closed.is_set():
        handler.wfile.write(b"x" * 65536)


def endless_page(handler: Handler) -> None:
    """The page of an error, without an end."""
    endless(handler, 404)
