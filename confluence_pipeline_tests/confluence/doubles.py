"""A server with one scripted answer after another, for faults on the wire that a faithful site does not make."""

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from confluence_pipeline.confluence import ApiToken, Connection, RetryPolicy, Timeouts

CANARY = "c4n4ry-t0ken-that-must-not-show"
LOGIN = ApiToken("reader@example.com", CANARY)
QUICK = RetryPolicy(attempts=3, first_seconds=0.005, most_seconds=0.02, longest_wait_seconds=2.0)


@dataclass
class Answer:
    """What the server says: by default a good JSON object, of the right length.

    Attributes:
        body: JSON value, or the bytes to send as they are.
        status: The status.
        headers: Further headers; ``Content-Length`` replaces the right one.
        cut: Break the connection after the body.
        drip_seconds: Wait so long before each byte of the body.
    """

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    drip_seconds: float = 0.0

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: dict[str, str]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away: some tests are about that."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class ScriptedServer:
    """Answers on a loopback port; keeps what it was asked.

    Args:
        answer: Gives the answer to each request; or the answers in order, the last of which is repeated.
    """

    def __init__(self, answer: Callable[[Asked], Answer] | Sequence[Answer]) -> None:
        self.asked: list[Asked] = []
        self._answer = answer
        self._lock = threading.Lock()
        self._stop = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.serve(self)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                server.serve(self)

            def do_CONNECT(self) -> None:
                server.serve(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        asked = Asked(handler.command, handler.path, dict(handler.headers))
        with self._lock:
            number = len(self.asked)
            self.asked.append(asked)
        if isinstance(self._answer, Sequence):
            answer = self._answer[min(number, len(self._answer) - 1)]
        else:
            answer = self._answer(asked)
        content = answer.content
        handler.send_response(answer.status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(content))} | answer.headers
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        self._send(handler, content, answer)

    def _send(self, handler: BaseHTTPRequestHandler, content: bytes, answer: Answer) -> None:
        try:
            for at in range(len(content)) if answer.drip_seconds else [0]:
                if self._stop.wait(answer.drip_seconds):
                    return
                handler.wfile.write(content[at : at + 1] if answer.drip_seconds else content)
                handler.wfile.flush()
        except OSError:
            handler.close_connection = True  # the client went away
        if answer.cut:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Stop answering."""
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def serving(answer: Callable[[Asked], Answer] | Sequence[Answer]) -> Iterator[ScriptedServer]:
    """Run a scripted server for a block."""
    server = ScriptedServer(answer)
    try:
        yield server
    finally:
        server.stop()


def connection_to(url: str, **changes: Any) -> Connection:
    """Return a connection, to Cloud unless said otherwise, that is quick to give up."""
    timeouts = Timeouts(connect=2, read=2, whole=4)
    settings: dict[str, Any] = {"auth": LOGIN, "product": "cloud", "retries": QUICK, "timeouts": timeouts, **changes}
    return Connection(url, **settings)
