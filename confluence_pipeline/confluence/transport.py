"""Sends one request and gives back checked JSON, or a stream of bytes: time-outs, retries, and waiting.

Credentials are signed onto requests to the site's own origin and never follow a redirect: an API call that is
redirected is an error here, and downloads that redirect are followed by hand on a session without credentials.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError as Urllib3Error

from confluence_pipeline.confluence.address import is_loopback
from confluence_pipeline.confluence.answers import Fault, Json, Judge, Reply, most_telling, quote
from confluence_pipeline.confluence.auth import Auth
from confluence_pipeline.confluence.auth.scopes import is_about_scope
from confluence_pipeline.confluence.budget import Budget
from confluence_pipeline.confluence.errors import AuthenticationError, SiteUnavailableError, TooLargeError
from confluence_pipeline.confluence.flow import Flow
from confluence_pipeline.confluence.latency import kind_of
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.points import points_of
from confluence_pipeline.confluence.quota import tight_quota
from confluence_pipeline.confluence.retries import RetryPolicy
from confluence_pipeline.confluence.sessions import Line, signed_session, unsigned_session
from confluence_pipeline.confluence.wires import Wires
from confluence_pipeline.cost import Cost

Params = Sequence[tuple[str, str]]

Answer = TypeVar("Answer")

NETWORK_ERRORS = (requests.exceptions.RequestException, Urllib3Error, OSError)
"""What goes wrong on the wire, while a request is opened or its answer is read."""

_CHUNK = 64 * 1024
CLOUD_KNOWS_LOGINS = "/api/v2/"
"""Where 401 is about the login, so that no further request can succeed; v1 says it of some single calls too."""
DATA_CENTER_KNOWS_LOGINS = "/rest/"
"""The same on Data Center, where 401 is always about the login."""


@dataclass(frozen=True)
class Timeouts:
    """How long one request may take, in seconds.

    Attributes:
        connect: Until the connection stands.
        read: Between two pieces of an answer.
        whole: From sending to the answer's last byte, however steadily it comes.
        slow: For how long bytes may come more slowly than ``least_rate``, once the first are there.
        least_rate: Bytes a second; what drips more slowly is cut off, and asked for again as any cut connection is.
    """

    connect: float = 10.0
    read: float = 60.0
    whole: float = 300.0
    slow: float = 20.0
    least_rate: float = 1000.0


@dataclass(frozen=True, slots=True)
class _Call:
    """A request as it is repeated."""

    method: str
    path: str
    params: Params
    body: Json | None
    meter: Meter
    most_bytes: int | None = None
    attempts: int | None = None
    is_signed_anew: bool = False


@dataclass
class Transport:
    """Requests to one site, shared by all threads.

    Attributes:
        base: The site's base URL.
        auth: How requests are signed.
        budget: How many may be under way, and when all wait.
        retries: When a request is repeated.
        timeouts: How long one may take.
        user_agent: How we introduce ourselves.
        connections: How many connections are kept open.
        ca_bundle: A file of certificate authorities that are trusted beside the public ones.
        api: What every path is joined to; the site's base URL, unless requests go through a gateway.
        knows_logins: What paths begin with where 401 is about the login and not about a single call.
    """

    base: str
    auth: Auth
    budget: Budget
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    user_agent: str = "confluence-pipeline"
    connections: int = 8
    ca_bundle: str | None = None
    api: str = ""
    knows_logins: str = CLOUD_KNOWS_LOGINS
    _wires: Wires = field(init=False, repr=False)
    _session: requests.Session = field(init=False, repr=False)
    _elsewhere: requests.Session = field(init=False, repr=False)
    judge: Judge = field(init=False, repr=False)
    _lost_login: AuthenticationError | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        self.api = self.api or self.base
        self.judge = Judge(self.api, self.auth)
        self._wires = Wires()
        line = Line(self.user_agent, self.connections, self.ca_bundle, self._wires)
        self._session = signed_session(self.api, self.auth, line)
        self._elsewhere = unsigned_session(line)

    def close(self) -> None:
        """Cut every connection; requests that wait, are under way or come after this raise :class:`ClosedError`."""
        self.budget.close()
        self._wires.cut()
        self._session.close()
        self._elsewhere.close()

    def get(
        self,
        path: str,
        params: Params = (),
        *,
        meter: Meter,
        most_bytes: int | None = None,
        attempts: int | None = None,
    ) -> Reply:
        """Ask for ``path`` below the base.

        Args:
            path: Begins with ``/``.
            params: Query parameters in order; a name may come more than once.
            meter: Counts the requests.
            most_bytes: Read no more than this of an answer, after decompression; None reads it all.
            attempts: How many faulty answers are enough; None for as many as the retry policy says.

        Returns:
            The answer's JSON object and headers.

        Raises:
            TooLargeError: The answer is larger than ``most_bytes``.
            ConfluenceError: One of its other subclasses, by what the caller should do.
        """
        return self._send(_Call("GET", path, params, None, meter, most_bytes, attempts))

    def post(self, path: str, body: Json, *, meter: Meter) -> Reply:
        """Send JSON to ``path`` for a reading call; repeated like :meth:`get`, and raises the same."""
        return self._send(_Call("POST", path, (), body, meter))

    def _send(self, call: _Call) -> Reply:
        return self.repeat(call.path, call.meter, lambda attempt: self._attempt(call, attempt), call.attempts)

    def repeat(
        self, path: str, meter: Meter, attempt: Callable[[int], Answer | Fault], attempts: int | None = None
    ) -> Answer:
        """Do what may fail in a way that passes, again and again, as the retry policy says.

        Args:
            path: What is asked, for error messages.
            meter: Counts the repeats.
            attempt: Sends the request, given how many were sent with this one; returns a fault to be called again.
            attempts: How many faulty answers are enough; None for as many as the retry policy says, which holds in
                any case where no answer comes or the site says that requests come too fast.

        Raises:
            ServerError: Every attempt was a fault.
            SiteUnavailableError: The site cannot be reached, or asks us to stay away for too long.
        """
        number, paused = 1, 0.0
        faults: list[Fault] = []
        while True:
            outcome = attempt(number)
            if not isinstance(outcome, Fault):
                self.budget.succeeded()
                return outcome
            faults.append(outcome)
            if outcome.wait:
                paused += outcome.wait
                self.budget.throttled(outcome.wait, episode=outcome.episode, too_fast=outcome.too_fast)
                self._refuse_to_wait_longer(path, outcome, number, paused)
            elif number < (attempts if attempts and outcome.is_of_the_request else self.retries.attempts):
                self._back_off(outcome, number, meter)
                number += 1
            else:
                raise self.judge.given_up(path, most_telling(faults), number)
            meter.add(Cost(retries=1))

    def _refuse_to_wait_longer(self, path: str, fault: Fault, attempt: int, paused: float) -> None:
        if fault.wait is not None and fault.wait > self.retries.longest_wait_seconds:
            raise SiteUnavailableError.left_alone(fault.wait, status=fault.status, attempts=attempt)
        if paused > self.retries.longest_wait_seconds:
            raise SiteUnavailableError(
                f"The site asks to wait {paused:.0f} seconds in all before {path} is answered; run the sync later",
                status=fault.status,
                attempts=attempt,
            )

    def _back_off(self, fault: Fault, attempt: int, meter: Meter) -> None:
        pause = self.retries.backoff(attempt)
        if fault.status == 429 or fault.wait is not None:
            self.budget.throttled(pause, reason="backoff", episode=fault.episode, too_fast=fault.too_fast)
        else:
            meter.add(self.budget.wait(pause))

    def _attempt(self, call: _Call, attempt: int) -> Reply | Fault:
        with self.budget.slot(kind_of(call.path, call.params)) as given:
            if self._lost_login is not None:
                raise AuthenticationError(
                    str(self._lost_login), status=self._lost_login.status, setting=self._lost_login.setting
                )
            call.meter.add(Cost(requests=1) + given.waited)
            try:
                with self._request(self._session, call.method, self.api + call.path, call.params, call.body) as answer:
                    content = self._read(answer, call)
            except NETWORK_ERRORS as error:
                return self._unanswered(error, self._host)
        if not call.is_signed_anew and self._can_sign_anew(answer, content):
            return self._attempt(replace(call, is_signed_anew=True), attempt)
        outcome = self._judged(call, answer, content, attempt)
        points = points_of(call.path, outcome.data) if isinstance(outcome, Reply) else 1
        call.meter.add(Cost(bytes_received=len(content), points=points))
        if isinstance(outcome, Fault):
            return replace(outcome, episode=given.episode)
        quota = tight_quota(outcome.headers, datetime.now(UTC))
        self.budget.answered(given, answer.elapsed.total_seconds(), points, quota)
        return outcome

    def _judged(
        self, call: _Call, answer: requests.Response, content: bytes | bytearray, attempt: int
    ) -> Reply | Fault:
        try:
            return self.judge.answer(call.path, answer, content, attempt)
        except AuthenticationError as error:
            if call.path.startswith(self.knows_logins):
                self._lost_login = error
            raise

    def open(
        self, path: str, meter: Meter, headers: Mapping[str, str], *, is_signed_anew: bool = False
    ) -> requests.Response | Fault:
        """Open ``path`` below the base and return the answer with its body unread, or the fault that came of it.

        A place in the budget is held until the answer begins, and not while its body is read: see
        :mod:`~confluence_pipeline.confluence.downloads`.

        Raises:
            SettingError: The credentials are refused, also after they were renewed.
        """
        with self.budget.slot() as given:
            meter.add(Cost(requests=1, points=1) + given.waited)
            try:
                answer = self._request(self._session, "GET", self.api + path, headers=headers)
                if answer.status_code != 401:
                    return answer
                with answer:
                    said = self.read_piece(answer, time.monotonic() + self.timeouts.read)
            except NETWORK_ERRORS as error:
                return self._unanswered(error, self._host)
        if not is_signed_anew and self._can_sign_anew(answer, said):
            return self.open(path, meter, headers, is_signed_anew=True)
        raise self.auth.refused(path, self.judge.words_of(answer, said))

    def _can_sign_anew(self, answer: requests.Response, content: bytes | bytearray) -> bool:
        """Return whether a request was refused for a token that is no longer good, and there is another one now."""
        if answer.status_code != 401 or is_about_scope(quote(content)):
            return False
        return self.auth.renew(str(answer.request.headers.get("Authorization", "")))

    def open_elsewhere(self, url: str, meter: Meter, headers: Mapping[str, str]) -> requests.Response | Fault:
        """Do the same for an address that the site sent us to: without credentials, cookies or a place held.

        The site did answer, so a host that does not is a fault of this one request.
        """
        self.budget.check_open()
        meter.add(Cost(requests=1))
        try:
            return self._request(self._elsewhere, "GET", url, headers=headers)
        except NETWORK_ERRORS as error:
            host = urlsplit(url).hostname or ""
            fault = self._unanswered(error, host)
            return replace(fault, what=f"{fault.what} from {host}, where it sent us", answered=True)

    def _unanswered(self, error: Exception, host: str) -> Fault:
        """Say what it means that no answer came; if we cut the connection ourselves, it is no fault of the site."""
        self.budget.check_open()
        return self.judge.unanswered(error, host)

    @property
    def _host(self) -> str:
        return urlsplit(self.api).hostname or ""

    def _request(
        self,
        session: requests.Session,
        method: str,
        url: str,
        params: Params = (),
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        host = urlsplit(url).hostname or ""
        return session.request(
            method,
            url,
            params=list(params),
            json=body,
            headers=headers,
            stream=True,
            allow_redirects=False,
            proxies={"no_proxy": host} if is_loopback(host) else {},  # plain http must not leave this machine
            timeout=(self.timeouts.connect, self.timeouts.read),
        )

    def _read(self, response: requests.Response, call: _Call) -> bytearray:
        content, flow = bytearray(), self.flow()
        deadline = time.monotonic() + self.timeouts.whole
        while piece := self.read_piece(response, deadline, flow):
            content += piece
            if call.most_bytes is not None and len(content) > call.most_bytes:
                call.meter.add(Cost(bytes_received=len(content)))
                raise TooLargeError(f"The answer of {call.path} is larger than {call.most_bytes} bytes")
        return content

    def flow(self) -> Flow:
        """Return what watches how fast one answer's body comes."""
        return Flow(self.timeouts.least_rate, self.timeouts.slow)

    def read_piece(self, response: requests.Response, deadline: float, flow: Flow | None = None) -> bytes:
        """Return the next piece of an answer's body, decompressed; empty at its end.

        Args:
            response: An answer whose body is read piece by piece.
            deadline: Until when, by the monotonic clock, a piece may come.
            flow: Watches the answer's body, from its first piece on; None where one piece is enough.

        Raises:
            OSError: The piece came too late, or the body drips, or what else is among :data:`NETWORK_ERRORS`.
            ClosedError: The client was closed.
        """
        began = time.monotonic()
        piece: bytes = response.raw.read1(_CHUNK, decode_content=True)
        now = time.monotonic()
        if piece and (now > deadline or (flow is not None and flow.drips(len(piece), now - began))):
            raise requests.exceptions.ChunkedEncodingError from TimeoutError()
        self.budget.check_open()
        return piece
