"""The consent page in a real browser."""

import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.chromium import Chromium
from confluence_pipeline_tests.site.gateway.conftest import token_request


class Callback(ThreadingHTTPServer):
    """An app's callback address, which remembers what it was called back with."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Called)
        self.called: list[dict[str, str]] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}/callback"


class _Called(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/callback" and isinstance(self.server, Callback):
            self.server.called.append({name: values[0] for name, values in parse_qs(parts.query).items()})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"You may close this page")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def callback() -> Iterator[Callback]:
    """A callback address that listens."""
    with Callback() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Chromium]:
    """A browser that is closed again."""
    browser = Chromium(tmp_path)
    yield browser
    browser.close()


@pytest.mark.parametrize(("button", "brings"), [("accept", {"code", "state"}), ("cancel", {"error", "state"})])
def test_a_person_decides(
    shared_site: SiteProcess, callback: Callback, chromium: Chromium, button: str, brings: set[str]
) -> None:
    """A click on either button leads the browser back to the app, with a code that can be exchanged or an error."""
    query = {
        "audience": "api.atlassian.com",
        "client_id": shared_site.logins.oauth_client_id,
        "scope": "read:page:confluence offline_access",
        "redirect_uri": callback.address,
        "state": "4711",
        "response_type": "code",
        "prompt": "consent",
    }
    address = requests.Request("GET", f"{shared_site.login_url}/authorize", params=query).prepare().url
    assert address is not None
    with subprocess.Popen([chromium.command(), address]):
        assert "read:page:confluence" in chromium.wait_for_text("wants access")
        chromium.press(f"button[value={button}]")
        chromium.wait_for_text("You may close this page")
        chromium.close()
    (said,) = callback.called
    assert brings <= said.keys()
    assert said["state"] == "4711"
    if button == "accept":
        tokens = token_request(
            shared_site, grant_type="authorization_code", code=said["code"], redirect_uri=callback.address
        )
        assert tokens.status_code == 200
