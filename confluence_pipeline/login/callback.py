"""Where the browser comes back to: a server on this machine that takes one call and is gone."""

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

from confluence_pipeline.confluence import AuthenticationError, SettingError
from confluence_pipeline.confluence.address import is_loopback
from confluence_pipeline.login.authorization import CALLBACK_SETTING

_PAGE = (
    b"<!doctype html><meta charset=utf-8><title>Confluence Pipeline</title>"
    b"<p>Thank you. You can close this window; the terminal says what came of it."
)
_IDLE_SECONDS = 10


@dataclass(frozen=True)
class CallbackListener:
    """Waits for the browser.

    Attributes:
        redirect_uri: The address it listens at.
    """

    redirect_uri: str
    _came: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue, repr=False)

    def wait(self, seconds: float) -> str:
        """Return the whole address that the browser came back to.

        Raises:
            AuthenticationError: It did not in time.
        """
        try:
            return self._came.get(timeout=seconds)
        except queue.Empty:
            raise AuthenticationError(
                f"The browser did not come back to {self.redirect_uri} within {seconds:.0f} seconds; run "
                "`confluence-pipeline login` again, with --timeout for longer, or with --no-browser where the browser "
                "runs on another machine",
                setting=CALLBACK_SETTING,
            ) from None

    def came(self, target: str) -> bool:
        """Take a request for a path with its query; return whether it is the call-back."""
        parts = urlsplit(self.redirect_uri)
        if urlsplit(target).path != (parts.path or "/"):
            return False
        self._came.put(f"{parts.scheme}://{parts.netloc}{target}")
        return True


@contextmanager
def listening(redirect_uri: str) -> Iterator[CallbackListener]:
    """Listen at an address of this machine for a block; the port is free again afterwards.

    Raises:
        SettingError: The address is not one of this machine, or something else listens there.
    """
    host, port = place_of(redirect_uri)
    listener = CallbackListener(redirect_uri)

    class Handler(BaseHTTPRequestHandler):
        timeout = _IDLE_SECONDS

        def do_GET(self) -> None:
            self.send_response(200 if listener.came(self.path) else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(_PAGE)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(_PAGE)

        def log_message(self, *_: object) -> None:
            """Say nothing: the path holds the code."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        raise SettingError(
            f"Nothing can listen at {redirect_uri} ({error.strerror}); free the port, or set {CALLBACK_SETTING} and "
            "the app's callback URL to another, or use --no-browser",
            setting=CALLBACK_SETTING,
        ) from error
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def place_of(redirect_uri: str) -> tuple[str, int]:
    """Return the host and port to listen at for a call-back.

    Raises:
        SettingError: The address is not one of this machine.
    """
    try:
        parts = urlsplit(redirect_uri)
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "http" or not is_loopback(parts.hostname or "") or parts.query or parts.fragment:
        raise SettingError(
            f"{CALLBACK_SETTING} is not an http address of this machine; set it to the app's callback URL, for example "
            "http://localhost:8917/callback",
            setting=CALLBACK_SETTING,
        )
    return ("127.0.0.1" if parts.hostname == "localhost" else str(parts.hostname)), port
