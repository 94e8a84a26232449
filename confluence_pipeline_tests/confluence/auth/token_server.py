"""A token endpoint with rotating refresh tokens, each good once, that counts what it is asked."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

CLIENT_ID = "app-1"
SECRET = "s3cr3t-of-the-app-c4n4ry"
FIRST = "refresh-0-c4n4ry"


@dataclass
class TokenServer:
    """What the endpoint knows; change its fields while it runs.

    Attributes:
        seconds: How long an access token lives.
        used_live_on: Whether a used refresh token is taken once more, as Atlassian's is for ten minutes.
        good: The refresh token that is good now.
        used: Those that were used.
        asked: The fields of each request.
        before_answer: Called once a request took effect and before it is answered.
        answer: Says something else instead: a status, and a body.
    """

    seconds: float = 3600
    used_live_on: bool = False
    good: str = FIRST
    used: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None
    answer: tuple[int, bytes] | None = None
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, fields: dict[str, str]) -> tuple[int, bytes]:
        """Return the status and body for a request."""
        with self.lock:
            self.asked.append(fields)
            status, said = self._said(fields)
        self.before_answer()
        return self.answer or (status, json.dumps(said).encode())

    def _said(self, fields: dict[str, str]) -> tuple[int, dict[str, object]]:
        if (fields.get("client_id"), fields.get("client_secret")) != (CLIENT_ID, SECRET):
            return 401, {"error": "access_denied", "error_description": "Unauthorized"}
        number = len(self.used) + 1
        if fields["grant_type"] == "client_credentials":
            self.used.append("")
            return 200, {"access_token": f"access-{number}", "expires_in": self.seconds, "token_type": "Bearer"}
        token = fields.get("refresh_token", "")
        if token != self.good and not (self.used_live_on and token in self.used):
            return 403, {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}
        self.used.append(token)
        self.good = f"refresh-{number}-c4n4ry"
        return 200, {
            "access_token": f"access-{number}",
            "refresh_token": self.good,
            "expires_in": self.seconds,
            "token_type": "Bearer",
            "scope": "read:page:confluence offline_access",
        }


@contextmanager
def token_server(**facts: object) -> Iterator[TokenServer]:
    """Run an endpoint on a loopback port."""
    known = TokenServer(**facts)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, content = known.reply({name: values[0] for name, values in parse_qs(body).items()})
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # whoever asked has died

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
