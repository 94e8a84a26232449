"""Sends one request and gives back checked JSON: time-outs, retries, waiting, and faults by name.

Credentials are signed onto requests to the site's own origin and never follow a redirect: an API call that is
redirected is an error here, and downloads that redirect are followed by hand without credentials.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as Urllib3Error

from confluence_pipeline.confluence.address import SETTING as SERVER_SETTING
from confluence_pipeline.confluence.address import origin
from confluence_pipeline.confluence.auth import Auth
from confluence_pipeline.confluence.budget import Budget
from confluence_pipeline.confluence.errors import (
    AccessError,
    AddressError,
    AuthenticationError,
    ConfluenceError,
    GoneError,
    NotFoundError,
    RefusedError,
    ServerError,
    SiteUnavailableError,
)
from confluence_pipeline.confluence.meter import Cost, Meter
from confluence_pipeline.confluence.retries import RETRIED_STATUSES, RetryPolicy, asked_wait

Json = dict[str, Any]
Params = Sequence[tuple[str, str]]

_CHUNK = 64 * 1024
_LONGEST_QUOTE = 300


@dataclass(frozen=True)
class Timeouts:
    """How long one request may take, in seconds.

    Attributes:
        connect: Until the connection stands.
        read: Between two pieces of an answer.
        whole: From sending to the answer's last byte, however steadily it drips.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 300.0


@dataclass(frozen=True)
class Reply:
    """A good answer: its JSON and the headers a caller may need."""

    data: Json
    headers: Mapping[str, str]


@dataclass
class _Fault:
    """An attempt that failed in a way that may pass."""

    what: str
    status: int | None = None
    wait: float | None = None
    answered: bool = True
    login_page: bool = False


class _SignedBySession(requests.auth.AuthBase):
    """Signs requests to one origin only; being an auth object, it also keeps ``.netrc`` out."""

    def __init__(self, base: str, auth: Auth) -> None:
        self._origin = origin(base)
        self._auth = auth

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if origin(request.url or "") == self._origin:
            request.headers["Authorization"] = self._auth.authorization()
        return request


@dataclass
class Transport:
    """Requests to one site, shared by all threads.

    Attributes:
        base: The site's base URL; every path is joined to it.
        auth: How requests are signed.
        budget: How many may be under way, and when all wait.
        retries: When a request is repeated.
        timeouts: How long one may take.
        user_agent: How we introduce ourselves.
        sleep: Waits a number of seconds.
    """

    base: str
    auth: Auth
    budget: Budget
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    user_agent: str = "confluence-pipeline"
    connections: int = 8
    sleep: Callable[[float], None] = time.sleep
    _session: requests.Session = field(init=False, repr=False)
    _closed: threading.Event = field(init=False, repr=False, default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._session = requests.Session()
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=self.connections, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._session.auth = _SignedBySession(self.base, self.auth)
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": self.user_agent}
        )

    def close(self) -> None:
        """Close every connection; requests after this fail."""
        self._closed.set()
        self._session.close()

    def get(self, path: str, params: Params = (), *, meter: Meter) -> Reply:
        """Ask for ``path`` below the base.

        Args:
            path: Begins with ``/``.
            params: Query parameters in order; a name may come more than once.
            meter: Counts the requests.

        Returns:
            The answer's JSON object and headers.

        Raises:
            ConfluenceError: One of its subclasses, by what the caller should do.
        """
        return self._send("GET", path, params, None, meter)

    def post(self, path: str, body: Json, *, meter: Meter) -> Reply:
        """Send JSON to ``path`` for a reading call; repeated like :meth:`get`, and raises the same."""
        return self._send("POST", path, (), body, meter)

    def _send(self, method: str, path: str, params: Params, body: Json | None, meter: Meter) -> Reply:
        fault = _Fault("no request was made")
        for attempt in range(1, self.retries.attempts + 1):
            outcome = self._attempt(method, path, params, body, attempt, meter)
            if isinstance(outcome, Reply):
                self.budget.succeeded()
                return outcome
            fault = outcome
            if attempt < self.retries.attempts:
                self._wait(fault, attempt, path, meter)
        raise self._given_up(path, fault)

    def _wait(self, fault: _Fault, attempt: int, path: str, meter: Meter) -> None:
        if fault.wait is not None and fault.wait > self.retries.longest_wait_seconds:
            raise SiteUnavailableError(
                f"The site asks to wait {fault.wait:.0f} seconds before {path} is tried again; run the sync later",
                status=fault.status,
                attempts=attempt,
            )
        if fault.status == 429 or fault.wait is not None:
            self.budget.throttled(fault.wait if fault.wait is not None else self.retries.backoff(attempt))
        else:
            self.sleep(self.retries.backoff(attempt))
        meter.add(Cost(retries=1))

    def _attempt(
        self, method: str, path: str, params: Params, body: Json | None, attempt: int, meter: Meter
    ) -> Reply | _Fault:
        with self.budget.slot() as paused:
            meter.add(Cost(requests=1, throttled_seconds=paused))
            try:
                with self._session.request(
                    method,
                    self.base + path,
                    params=list(params),
                    json=body,
                    stream=True,
                    allow_redirects=False,
                    timeout=(self.timeouts.connect, self.timeouts.read),
                ) as response:
                    content = self._read(response, path)
            except requests.exceptions.SSLError as error:
                raise AddressError(
                    f"The certificate of {urlsplit(self.base).hostname} is not trusted ({_root(error)}); for a "
                    "private authority set REQUESTS_CA_BUNDLE to its certificate file",
                    setting="REQUESTS_CA_BUNDLE",
                ) from None
            except requests.exceptions.ConnectionError as error:
                return _Fault(f"no connection ({_root(error)})", answered=False)
            except requests.exceptions.Timeout:
                return _Fault("no answer in time", answered=False)
            except (requests.exceptions.RequestException, Urllib3Error, OSError) as error:
                return _Fault(f"the answer was cut short ({_root(error)})")
        meter.add(Cost(bytes_received=len(content)))
        return self._judge(path, response, content, attempt)

    def _read(self, response: requests.Response, path: str) -> bytes:
        deadline = time.monotonic() + self.timeouts.whole
        pieces = []
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            pieces.append(piece)
            if time.monotonic() > deadline:
                raise requests.exceptions.ChunkedEncodingError(
                    f"{path} was not whole after {self.timeouts.whole:.0f} seconds"
                )
        return b"".join(pieces)

    def _judge(self, path: str, response: requests.Response, content: bytes, attempt: int) -> Reply | _Fault:
        status = response.status_code
        if status in RETRIED_STATUSES:
            return _Fault(f"status {status}", status, asked_wait(response.headers, datetime.now(UTC)))
        if 300 <= status < 400:
            target = urlsplit(response.headers.get("Location", "")).hostname or "another page"
            raise AddressError(
                f"{path} was redirected to {target}, so {SERVER_SETTING} is not the address of the API; set it to "
                "the address that the browser ends up at",
                status=status,
                setting=SERVER_SETTING,
            )
        is_html = "html" in response.headers.get("Content-Type", "").lower()
        if status == 200 and is_html:
            return _Fault("a web page instead of JSON, as a login page does", status, login_page=True)
        if status == 200:
            return self._parse(response, content)
        raise self._refused(path, status, quote(content, is_html=is_html), attempt)

    def _parse(self, response: requests.Response, content: bytes) -> Reply | _Fault:
        try:
            data = json.loads(content)
        except ValueError:
            return _Fault("JSON that breaks off", 200)
        if not isinstance(data, dict):
            return _Fault("JSON that is no object", 200)
        return Reply(data, response.headers)

    def _refused(self, path: str, status: int, said: str, attempt: int) -> ConfluenceError:
        words = f": {said}" if said else ""
        if status == 401:
            return self.auth.refused(path, said)
        if status == 403:
            return AccessError(
                f"The site forbids {path}{words}; give the account behind CONFLUENCE_USER_NAME access to Confluence "
                "and to this call",
                status=status,
                attempts=attempt,
                setting="CONFLUENCE_USER_NAME",
            )
        kinds: dict[int, type[RefusedError]] = {404: NotFoundError, 410: GoneError}
        return kinds.get(status, RefusedError)(
            f"The site refused {path} with status {status}{words}", status=status, attempts=attempt
        )

    def _given_up(self, path: str, fault: _Fault) -> ConfluenceError:
        attempts = self.retries.attempts
        host = urlsplit(self.base).netloc
        if fault.login_page:
            return AuthenticationError(
                f"{path} was answered with a web page instead of JSON, {attempts} times; either {SERVER_SETTING} is "
                "not a Confluence site or the site wants a login that an API token cannot pass",
                status=fault.status,
                attempts=attempts,
                setting=SERVER_SETTING,
            )
        kind: type[ConfluenceError] = ServerError
        if not fault.answered or fault.status == 429:
            kind = SiteUnavailableError
        return kind(
            f"{host} gave {fault.what} for {path}, {attempts} times in a row",
            status=fault.status,
            attempts=attempts,
            setting=None if fault.answered else SERVER_SETTING,
        )


def quote(content: bytes, *, is_html: bool = False) -> str:
    """Return the site's own words from an error's body, shortened, or "" where it has none to show.

    Knows the v2 envelope (``errors[].title`` and ``detail``), the v1 one (``message``) and the gateway's
    (``message``); a web page has nothing for a person to read.
    """
    if is_html:
        return ""
    try:
        data = json.loads(content)
    except ValueError:
        return ""
    if not isinstance(data, dict):
        return ""
    said = data.get("message")
    if not said and isinstance(data.get("errors"), list) and data["errors"]:
        first = data["errors"][0]
        said = (
            " ".join(str(first[k]) for k in ("title", "detail") if first.get(k)) if isinstance(first, dict) else first
        )
    text = re.sub(r"\s+", " ", str(said or "")).strip()
    text = re.sub(r"^com\.atlassian\.[\w.]*?(\w+Exception): ", "", text)
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"


def _root(error: BaseException) -> str:
    """Return the kind of the innermost cause; its text may hold a URL, so it is not shown."""
    cause: BaseException = error
    for _ in range(8):
        inner = getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
        if not isinstance(inner, BaseException):
            break
        cause = inner
    return type(cause).__name__
