"""A real browser for tests: Chromium without a window, pressed with a mouse through its own debugging protocol."""

import json
import os
import shlex
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests
from websockets.sync.client import connect

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--remote-debugging-port=0",
)
_SECONDS = 60

_MIDDLE = """(() => {
    const element = document.querySelector(%s);
    element.scrollIntoView({block: "center", behavior: "instant"});
    const box = element.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
})()"""

Value = TypeVar("Value")


def chromium_path() -> str:
    """Return where Chromium is; skip the test, with the reason, without one."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("there is no Chromium; install the distribution's package chromium")
    return path


@dataclass
class Chromium:
    """A browser that whatever opens one can be made to open, and whose pages a test can look at and click on.

    Args:
        folder: where its profile goes; one of its own for each browser.
    """

    folder: Path

    def command(self) -> str:
        """Return the path of a program that opens the address it is given, for the variable ``BROWSER``.

        The variable needs ``%s &`` behind it, so that who opens a browser does not wait until it is closed.
        """
        options = [*_OPTIONS, f"--user-data-dir={self.folder / 'profile'}"]
        options += ["--no-sandbox"] if os.geteuid() == 0 else []  # it will not start as root otherwise
        script = self.folder / "browser"
        script.write_text(
            f"#!/bin/sh\necho $$ > {shlex.quote(str(self.folder / 'pid'))}\n"
            f'exec {shlex.join([chromium_path(), *options])} "$1" >{shlex.quote(str(self.folder / "said"))} 2>&1\n'
        )
        script.chmod(0o700)
        return str(script)

    def press(self, selector: str) -> None:
        """Press the left mouse button on the middle of the element that a CSS selector finds, once it is there.

        The page is scrolled to it as a person would, since nothing can be pressed that is out of sight.
        """
        found = _eventually(lambda: self._value(f"document.querySelector({json.dumps(selector)}) !== null"))
        assert found, f"no {selector} on the page: {self.text()}"
        x, y = self._value(_MIDDLE % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self._do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def text(self) -> str:
        """Return what can be read on the page."""
        return str(self._value("document.body ? document.body.innerText : ''"))

    def wait_for_text(self, wanted: str) -> str:
        """Return what can be read on the page, once a text is there."""
        return str(_eventually(lambda: text if wanted in (text := self.text()) else None))

    def close(self) -> None:
        """End the browser, if it was opened."""
        if not (self.folder / "pid").exists():
            return
        pid = int((self.folder / "pid").read_text())
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            return
        _eventually(lambda: _has_ended(pid))

    def _value(self, expression: str) -> Any:
        return self._do("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def _do(self, method: str, **parameters: Any) -> Any:
        with connect(_eventually(self._page), open_timeout=_SECONDS, proxy=None) as socket:
            socket.send(json.dumps({"id": 1, "method": method, "params": parameters}))
            while True:
                answer = json.loads(socket.recv(timeout=_SECONDS))
                if answer.get("id") == 1:
                    assert "result" in answer, answer
                    return answer["result"]

    def _page(self) -> str | None:
        """Return the address of the page's debugger, once the browser has one."""
        noted = self.folder / "profile" / "DevToolsActivePort"
        if not noted.exists():
            return None
        port = noted.read_text().partition("\n")[0]
        try:
            targets = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=5).json()
        except requests.RequestException:
            return None
        return next((str(target["webSocketDebuggerUrl"]) for target in targets if target["type"] == "page"), None)


def _has_ended(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def _eventually(look: Callable[[], Value | None]) -> Value:
    """Return what ``look`` gives as soon as it gives anything; fail after a minute."""
    deadline = time.monotonic() + _SECONDS
    while not (value := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"the browser did not get there in {_SECONDS} s")
        time.sleep(0.05)
    return value
