"""What an answer means: JSON that can be used, a fault that may pass, or a refusal by name."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

from confluence_pipeline.confluence.address import SETTING as SERVER_SETTING
from confluence_pipeline.confluence.auth import Auth
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
from confluence_pipeline.confluence.retries import RETRIED_STATUSES, asked_wait, quota_is_spent
from confluence_pipeline.confluence.unanswered import proxy_wants_login, raise_if_for_good, root_words

Json = dict[str, Any]

_LONGEST_QUOTE = 300
_ANSWERED_BY_A_LIST = re.compile(r"/rest/api/space/[^/]+/permissions")
"""What a Data Center answers with a bare JSON array, which is taken for the ``results`` of an object."""


@dataclass(frozen=True)
class Reply:
    """A good answer: its JSON and the headers a caller may need."""

    data: Json
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """An attempt that failed in a way that may pass.

    Attributes:
        what: What came instead of a good answer.
        status: The answer's status, or None without an answer.
        wait: The seconds that the site asked for.
        answered: Whether anything came at all.
        not_an_api: Whether what came is something that no Confluence API says.
        too_fast: Whether the site refused because requests came too fast.
        episode: The stretch between two pauses that the request was sent in, if known.
    """

    what: str
    status: int | None = None
    wait: float | None = None
    answered: bool = True
    not_an_api: bool = False
    too_fast: bool = False
    episode: int | None = None

    @property
    def is_of_the_request(self) -> bool:
        """Whether the API did answer, and not to all requests alike, as when it cannot be reached or is too busy."""
        return self.answered and not self.not_an_api and self.status != 429


def most_telling(faults: Sequence[Fault]) -> Fault:
    """Return the fault to report of those that one request met: the last that only this request can have met.

    An API that answered once, if only with a fault, is there, whatever cut the other attempts off.
    """
    return next((fault for fault in reversed(faults) if fault.is_of_the_request), faults[-1])


class Judge:
    """Says what the answers of one site mean.

    Args:
        base: The site's base URL.
        auth: How requests are signed; what it keeps secret is taken out of what the site says.
    """

    def __init__(self, base: str, auth: Auth) -> None:
        self._base = base
        self._auth = auth

    def answer(self, path: str, response: requests.Response, content: bytes | bytearray, attempt: int) -> Reply | Fault:
        """Say what an answer means.

        Args:
            path: What was asked.
            response: The answer's status and headers.
            content: Its body.
            attempt: How many requests were made for it.

        Returns:
            A good answer, or a fault that may pass.

        Raises:
            ConfluenceError: The site refuses, by name.
        """
        status = response.status_code
        if status in RETRIED_STATUSES:
            wait = asked_wait(response.headers, datetime.now(UTC))
            return Fault(
                f"status {status}", status, wait, too_fast=status == 429 and not quota_is_spent(response.headers)
            )
        if 300 <= status < 400:
            raise AddressError(
                f"{path} was redirected to {_host(response.headers.get('Location', ''))}, so {SERVER_SETTING} is not "
                "the address of the API; set it to the address that the browser ends up at, or where that is a login "
                "page (single sign-on), have the REST API let through there",
                status=status,
                setting=SERVER_SETTING,
            )
        is_html = "html" in response.headers.get("Content-Type", "").lower()
        if status == 200 and is_html:
            return Fault("a web page instead of JSON, as a login page does", status, not_an_api=True)
        if status == 200:
            return self._parse(path, response, content)
        if status == 404 and is_html:
            raise self._elsewhere(path, status, attempt)
        said = "" if is_html else self.words_of(response, content)
        raise self._refused(path, status, said, attempt)

    def words_of(self, response: requests.Response, content: bytes | bytearray) -> str:
        """Return the site's own words from an error's body without anything secret, or "" where it has none to show.

        What the request was signed with is taken out beside what the way in knows now: another thread may have
        renewed the token since.
        """
        signed = str(response.request.headers.get("Authorization", ""))
        return quote(content, hidden=(signed, signed.partition(" ")[2], *self._auth.secrets()))

    def _parse(self, path: str, response: requests.Response, content: bytes | bytearray) -> Reply | Fault:
        is_list = bool(_ANSWERED_BY_A_LIST.fullmatch(path)) and content.lstrip().startswith(b"[")
        if not is_list and not re.match(rb"\s*\{", content):
            return Fault("something other than a JSON object", 200, not_an_api=bool(content))
        try:
            data = json.loads(content)
            return Reply({"results": data} if is_list else data, response.headers)
        except (ValueError, RecursionError):
            return Fault("JSON that breaks off", 200)

    def _elsewhere(self, path: str, status: int, attempt: int) -> AddressError:
        return AddressError(
            f"There is no Confluence at {urlsplit(self._base).netloc}: it answered {path} with a web page and status "
            f"{status}; check {SERVER_SETTING}",
            status=status,
            attempts=attempt,
            setting=SERVER_SETTING,
        )

    def _refused(self, path: str, status: int, said: str, attempt: int) -> ConfluenceError:
        words = f": {said}" if said else ""
        if status == 401:
            return self._auth.refused(path, said)
        if status == 403:
            return AccessError(
                f"The site forbids {path}{words}; give {self._auth.account} access to Confluence and to this call",
                status=status,
                attempts=attempt,
                setting=self._auth.setting,
            )
        if status == 407:
            raise proxy_wants_login()
        kinds: dict[int, type[RefusedError]] = {404: NotFoundError, 410: GoneError}
        return kinds.get(status, RefusedError)(
            f"The site refused {path} with status {status}{words}", status=status, attempts=attempt
        )

    def given_up(self, path: str, fault: Fault, attempts: int) -> ConfluenceError:
        """Return the error for a fault that did not pass, after so many requests for ``path``."""
        if fault.not_an_api:
            return AuthenticationError(
                f"{path} was answered with {fault.what}, {attempts} times; either {SERVER_SETTING} is not the address "
                "of a Confluence site, or the site wants a login in the browser (single sign-on) that no token passes: "
                "have the REST API let through there",
                status=fault.status,
                attempts=attempts,
                setting=SERVER_SETTING,
            )
        kind: type[ConfluenceError] = ServerError
        if not fault.answered or fault.status == 429:
            kind = SiteUnavailableError
        hint = "" if fault.answered else f"; if this does not pass, check {SERVER_SETTING}"
        return kind(
            f"{urlsplit(self._base).netloc} gave {fault.what} for {path}, {attempts} times in a row{hint}",
            status=fault.status,
            attempts=attempts,
            setting=None if fault.answered else SERVER_SETTING,
        )

    def unanswered(self, error: Exception, host: str) -> Fault:
        """Return the fault in a request that got no answer from a host, or an answer that broke off.

        Raises:
            AddressError: The host's certificate is not trusted, or the proxy before it wants a login.
        """
        raise_if_for_good(error, host)
        if isinstance(error, requests.exceptions.SSLError):
            return Fault(f"no secure connection ({root_words(error)})", answered=False)
        if isinstance(error, requests.exceptions.ConnectionError):
            return Fault(f"no connection ({root_words(error)})", answered=False)
        if isinstance(error, requests.exceptions.Timeout):
            return Fault("no answer in time", answered=False)
        return Fault(f"an answer that broke off ({root_words(error)})")


def quote(content: bytes | bytearray, *, hidden: Iterable[str] = ()) -> str:
    """Return the site's own words from an error's body, shortened, or "" where it has none to show.

    Knows the v2 envelope (``errors[].title`` and ``detail``), the v1 one (``message``) and the gateway's
    (``message``).

    Args:
        content: The body.
        hidden: Secrets to take out, should the site repeat them.
    """
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
    for secret in filter(None, hidden):
        text = text.replace(secret, "***")
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "another page"
    except ValueError:
        return "another page"
