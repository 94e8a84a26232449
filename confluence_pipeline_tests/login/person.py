"""A person who logs in: presses a button of the consent page, and answers what the terminal asks."""

import re
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from confluence_pipeline.login import Site


def free_port() -> int:
    """Return a port that nothing listens at."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def pressed(url: str, decision: str = "accept") -> str:
    """Open the consent page and press a button; return the address that the browser is sent back to."""
    page = requests.get(url, timeout=30, allow_redirects=False)
    if page.status_code == 302:
        return page.headers["Location"]
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket is not None, page.text
    parts = urlsplit(url)
    answer = requests.post(
        f"{parts.scheme}://{parts.netloc}/authorize",
        data={"ticket": ticket[1], "decision": decision},
        timeout=30,
        allow_redirects=False,
    )
    return answer.headers["Location"]


@dataclass
class Person:
    """Somebody at the terminal, with a browser.

    Attributes:
        decision: The button they press.
        forged: Come back to this instead, with ``{callback}`` for the address that was given.
        pick: Which of several sites they choose.
        shown: The addresses they were shown.
        offered: The sites they were to choose from.
        answered: The statuses that the browser got from us.
    """

    decision: str = "accept"
    forged: str | None = None
    pick: int = 0
    shown: list[str] = field(default_factory=list)
    offered: list[Site] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)

    def show_address(self, url: str, *, opened: bool) -> None:
        """Take note of the address."""
        self.shown.append(f"{url} {opened}")

    def pasted_callback(self) -> str:
        """Press the button and copy the address that the browser ends up at."""
        return self._back(self.shown[-1].split()[0])

    def choose(self, sites: Sequence[Site]) -> Site:
        """Choose a site."""
        self.offered = list(sites)
        return self.offered[self.pick]

    def browse(self, url: str) -> bool:
        """Open an address as a browser does, which is not waited for."""
        threading.Thread(target=self._browse, args=(url,), daemon=True).start()
        return True

    def _browse(self, url: str) -> None:
        back = self._back(url)
        for address in (back.partition("?")[0].replace("/callback", "/favicon.ico"), back):
            self.answered.append(requests.get(address, timeout=30).status_code)

    def _back(self, url: str) -> str:
        back = pressed(url, self.decision)
        return back if self.forged is None else self.forged.format(callback=back.partition("?")[0])
