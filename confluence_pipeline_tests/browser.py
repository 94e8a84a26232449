"""Dagster's web interface as a process, asked as a browser asks it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

REPOSITORY = Path(__file__).resolve().parents[1]
_READY_SECONDS = 90

_EVENTS = """query($key: AssetKeyInput!, $partitions: [String!]) { assetOrError(assetKey: $key) { ... on Asset {
    assetMaterializations(limit: 1, partitions: $partitions) { partition metadataEntries {
        label ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text }
        ... on MarkdownMetadataEntry { mdStr } ... on BoolMetadataEntry { boolValue } } } } } }"""


@dataclass(frozen=True)
class Browser:
    """Asks a web server's GraphQL."""

    url: str

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the data of a query that must succeed."""
        reply = requests.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        body = reply.json()
        assert "errors" not in body, body
        return body["data"]

    def newest(self, *key: str, partition: str | None = None) -> dict[str, Any]:
        """Return the metadata of an asset's newest event, by label."""
        chosen = {"key": {"path": list(key)}, "partitions": [partition] if partition else None}
        (event,) = self.ask(_EVENTS, **chosen)["assetOrError"]["assetMaterializations"]
        return {
            entry["label"]: next((value for name, value in entry.items() if name != "label"), None)
            for entry in event["metadataEntries"]
        }


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[Browser]:
    """Run the web server on the project's own workspace."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port), "-w", "workspace.yaml"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    ) as server:
        try:
            browser = Browser(f"http://127.0.0.1:{port}")
            _wait_for(browser, server)
            yield browser
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(browser: Browser, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            requests.get(f"{browser.url}/server_info", timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the web server did not start")
