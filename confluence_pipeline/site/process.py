"""A site in a process of its own, for tests, the demo and benchmarks.

with SiteProcess(GeneratedSource(pages=1_000)) as site:
    requests.get(f"{site.base_url}/api/v2/spaces", auth=(site.email, site.api_token))
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from queue import Empty, Queue
from types import TracebackType
from typing import IO, Self
from urllib.parse import urlsplit

from confluence_pipeline.site.control_client import SiteControl
from confluence_pipeline.site.gateway.seeding import GatewayLogins
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import DemoSource, SeedSource

_STOP_SECONDS = 10


class SiteProcessError(RuntimeError):
    """The site's process ended, or did not get ready in time."""


class SiteProcess:
    """Starts ``python -m confluence_pipeline.site`` on a free loopback port and stops it again.

    Args:
        source: what the site is filled with; the demo wiki by default.
        options: how the site behaves.
        timeout_seconds: how long to wait for it to be ready.

    Attributes:
        base_url: the site's address with ``/wiki`` and without a slash at the end.
        media_url: the other origin, which attachment downloads are redirected to.
        gateway_url: what stands for ``https://api.atlassian.com``.
        login_url: what stands for ``https://auth.atlassian.com``; the same origin.
        cloud_id: the site's, which its gateway addresses hold.
        logins: what opens the gateway at the start.
        email: the default caller's address, to log in with.
        api_token: the default caller's token.
        user_name: on a Data Center, the default caller's name to log in with; "" on Cloud.
        password: on a Data Center, the default caller's password; "" on Cloud.
        personal_access_token: on a Data Center, the default caller's; "" on Cloud.
        control: the endpoints that only the local site has, to change and to question it.
        pid: the process's id.

    Raises:
        SiteProcessError: From :meth:`start`, with what the process wrote to standard error.
    """

    def __init__(
        self,
        source: SeedSource | None = None,
        options: SiteOptions | None = None,
        *,
        timeout_seconds: float = 60,
    ) -> None:
        self._source = source or DemoSource()
        self._options = options or SiteOptions()
        self._timeout = timeout_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: list[bytes] = []
        self._readers: list[threading.Thread] = []
        self.base_url = self.media_url = self.email = self.api_token = ""
        self.gateway_url = self.login_url = self.cloud_id = ""
        self.logins = GatewayLogins()
        self.user_name = self.password = self.personal_access_token = ""
        self.pid = 0
        self.control: SiteControl

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the process and wait until the site answers; return self."""
        command = [sys.executable, "-m", "confluence_pipeline.site", "--json", "--until-stdin-ends"]
        command += [*self._source.arguments(), *self._options.arguments()]
        self._process = subprocess.Popen(  # noqa: S603 -- our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.pid = self._process.pid
        facts = json.loads(self._first_line(self._process))
        self.base_url, self.media_url = facts["base_url"], facts["media_url"]
        self.email, self.api_token = facts["email"], facts["api_token"]
        self.gateway_url, self.login_url, self.cloud_id = facts["gateway_url"], facts["login_url"], facts["cloud_id"]
        self.user_name, self.password = facts.get("user_name", ""), facts.get("password", "")
        self.personal_access_token = facts.get("personal_access_token", "")
        address = urlsplit(self.base_url)
        self.control = SiteControl(f"{address.scheme}://{address.netloc}")
        return self

    def _first_line(self, process: subprocess.Popen[bytes]) -> bytes:
        lines: Queue[bytes] = Queue()
        for stream, take in ((process.stdout, lines.put), (process.stderr, self._errors.append)):
            if stream is not None:
                reader = threading.Thread(target=_drain, args=(stream, take), daemon=True)
                reader.start()
                self._readers.append(reader)
        try:
            line = lines.get(timeout=self._timeout)
        except Empty:
            line = b""
        if not line:
            self.stop()
            said = b"".join(self._errors).decode(errors="replace").strip() or "it said nothing"
            raise SiteProcessError(f"the local site ended, or was not ready in {self._timeout:g} s: {said}")
        return line

    def stop(self) -> None:
        """End the process, kindly and then not; nothing happens when it has ended."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _drain(stream: IO[bytes], take: Callable[[bytes], None]) -> None:
    """Read a stream to its end, so that the process never waits for somebody to read; an empty line ends it."""
    for line in stream:
        take(line)
    take(b"")
