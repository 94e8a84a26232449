"""Sends one request and gives back checked JSON: time-outs, retries, and waiting.

Credentials are signed onto requests to the site's own origin and never follow a redirect: an API call that is
redirected is an error here, and downloads that redirect are followed by hand without credentials.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError as Urllib3Error

from confluence_pipeline.confluence.address import is_loopback, origin
from confluence_pipeline.confluence.answers import Fault, Json, Judge, Reply, root_words
from confluence_pipeline.confluence.auth import Auth
from confluence_pipeline.confluence.budget import Budget
from confluence_pipeline.confluence.errors import SiteUnavailableError, TooLargeError
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.retries import RetryPolicy
from confluence_pipeline.cost import Cost

Params = Sequence[tuple[str, str]]

_CHUNK = 64 * 1024


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


@dataclass(frozen=True, slots=True)
class _Call:
    """A request as it is repeated."""

    method: str
    path: str
    params: Params
    body: Json | None
    meter: Meter
    most_bytes: int | None = None


class _Session(requests.Session):
    """A session that takes redirects for what they are: answers, whose target is not even looked at."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - as requests calls it
        """Say that there is nothing to follow."""
        return


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
        connections: How many connections are kept open.
    """

    base: str
    auth: Auth
    budget: Budget
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    user_agent: str = "confluence-pipeline"
    connections: int = 8
    _session: requests.Session = field(init=False, repr=False)
    _judge: Judge = field(init=False, repr=False)
    _no_proxy: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        host = urlsplit(self.base).hostname or ""
        self._no_proxy = {"no_proxy": host} if is_loopback(host) else {}  # plain http must not leave this machine
        self._judge = Judge(self.base, self.auth)
        self._session = _Session()
        adapter = HTTPAdapter(pool_connections=2, pool_maxsize=self.connections, max_retries=0)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        self._session.auth = _SignedBySession(self.base, self.auth)
        self._session.headers.update(
            {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": self.user_agent}
        )

    def close(self) -> None:
        """Close every connection; requests that wait or come after this raise :class:`ClosedError`."""
        self.budget.close()
        self._session.close()

    def get(self, path: str, params: Params = (), *, meter: Meter, most_bytes: int | None = None) -> Reply:
        """Ask for ``path`` below the base.

        Args:
            path: Begins with ``/``.
            params: Query parameters in order; a name may come more than once.
            meter: Counts the requests.
            most_bytes: Read no more than this of an answer, after decompression; None reads it all.

        Returns:
            The answer's JSON object and headers.

        Raises:
            TooLargeError: The answer is larger than ``most_bytes``.
            ConfluenceError: One of its other subclasses, by what the caller should do.
        """
        return self._send(_Call("GET", path, params, None, meter, most_bytes))

    def post(self, path: str, body: Json, *, meter: Meter) -> Reply:
        """Send JSON to ``path`` for a reading call; repeated like :meth:`get`, and raises the same."""
        return self._send(_Call("POST", path, (), body, meter))

    def _send(self, call: _Call) -> Reply:
        attempt, paused = 1, 0.0
        while True:
            outcome = self._attempt(call, attempt)
            if isinstance(outcome, Reply):
                self.budget.succeeded()
                return outcome
            if outcome.wait:
                paused += outcome.wait
                self._refuse_to_wait_longer(call, outcome, attempt, paused)
                self.budget.throttled(outcome.wait)
            elif attempt < self.retries.attempts:
                self._back_off(outcome, attempt)
                attempt += 1
            else:
                raise self._judge.given_up(call.path, outcome, attempt)
            call.meter.add(Cost(retries=1))

    def _refuse_to_wait_longer(self, call: _Call, fault: Fault, attempt: int, paused: float) -> None:
        if paused > self.retries.longest_wait_seconds:
            raise SiteUnavailableError(
                f"The site asks to wait {paused:.0f} seconds in all before {call.path} is answered; run the sync later",
                status=fault.status,
                attempts=attempt,
            )

    def _back_off(self, fault: Fault, attempt: int) -> None:
        pause = self.retries.backoff(attempt)
        if fault.status == 429 or fault.wait is not None:
            self.budget.throttled(pause)
        else:
            self.budget.wait(pause)

    def _attempt(self, call: _Call, attempt: int) -> Reply | Fault:
        with self.budget.slot() as paused:
            call.meter.add(Cost(requests=1, throttled_seconds=paused))
            try:
                with self._session.request(
                    call.method,
                    self.base + call.path,
                    params=list(call.params),
                    json=call.body,
                    stream=True,
                    allow_redirects=False,
                    proxies=dict(self._no_proxy),
                    timeout=(self.timeouts.connect, self.timeouts.read),
                ) as response:
                    content = self._read(response, call)
            except requests.exceptions.SSLError as error:
                return self._judge.insecure(error)
            except requests.exceptions.ConnectionError as error:
                return Fault(f"no connection ({root_words(error)})", answered=False)
            except requests.exceptions.Timeout:
                return Fault("no answer in time", answered=False)
            except (requests.exceptions.RequestException, Urllib3Error, OSError) as error:
                return Fault(f"an answer that broke off ({root_words(error)})")
        call.meter.add(Cost(bytes_received=len(content)))
        return self._judge.answer(call.path, response, content, attempt)

    def _read(self, response: requests.Response, call: _Call) -> bytearray:
        deadline = time.monotonic() + self.timeouts.whole
        content = bytearray()
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            content += piece
            if call.most_bytes is not None and len(content) > call.most_bytes:
                call.meter.add(Cost(bytes_received=len(content)))
                raise TooLargeError(f"The answer of {call.path} is larger than {call.most_bytes} bytes")
            if time.monotonic() > deadline:
                raise requests.exceptions.ChunkedEncodingError from TimeoutError()
            self.budget.check_open()
        return content
