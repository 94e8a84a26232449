"""Connections to the site, which are signed, and to where it sends us for bytes, which must not be."""

import ssl
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context

from confluence_pipeline.confluence.address import origin
from confluence_pipeline.confluence.auth import Auth
from confluence_pipeline.confluence.errors import SettingError
from confluence_pipeline.confluence.unanswered import CA_SETTING
from confluence_pipeline.confluence.wires import Wires


class _Session(requests.Session):
    """A session that takes redirects for what they are: answers, whose target is not even looked at."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - as requests calls it
        """Say that there is nothing to follow."""
        return


class _Signed(requests.auth.AuthBase):
    """Signs requests to one origin only; being an auth object, it also keeps ``.netrc`` out."""

    def __init__(self, base: str, auth: Auth) -> None:
        self._origin = origin(base)
        self._auth = auth

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if origin(request.url or "") == self._origin:
            credentials = self._auth.authorization()
            if credentials:
                request.headers["Authorization"] = credentials
        return request


class _Unsigned(requests.auth.AuthBase):
    """Signs nothing; being an auth object, it keeps ``.netrc`` out."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@dataclass(frozen=True)
class Line:
    """How connections are made, wherever they lead.

    Attributes:
        user_agent: How we introduce ourselves.
        connections: How many connections are kept open.
        ca_bundle: A file of certificate authorities that are trusted beside the public ones.
        wires: Cuts the connections.
    """

    user_agent: str
    connections: int = 1
    ca_bundle: str | None = None
    wires: Wires = field(default_factory=Wires)


class _Adapter(HTTPAdapter):
    """Connections that can be cut, and that trust further authorities beside those that ``requests`` knows."""

    def __init__(self, line: Line) -> None:
        self._context = None if line.ca_bundle is None else _trusting(line.ca_bundle)  # what is trusted adds up
        self._wires = line.wires
        super().__init__(pool_connections=2, pool_maxsize=line.connections, max_retries=0)

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """Make the connections' pool, as ``requests`` does once."""
        super().init_poolmanager(*given, **named, ssl_context=self._context)
        self._wires.watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        """Return the pool for connections through a proxy."""
        is_new = proxy not in self.proxy_manager
        pools = super().proxy_manager_for(proxy, **named, ssl_context=self._context)
        if is_new:
            self._wires.watch(pools)
        return pools


def _trusting(ca_bundle: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    try:
        context.load_verify_locations(ca_bundle)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(
            f"{CA_SETTING} is {ca_bundle}, which cannot be read as certificates; set it to a file of one or more "
            "certificates in PEM form",
            setting=CA_SETTING,
        ) from error
    return context


def signed_session(base: str, auth: Auth, line: Line) -> requests.Session:
    """Return a session for the site's API.

    Args:
        base: The API's base URL; requests to another origin are not signed.
        auth: How requests are signed.
        line: How connections are made.

    Raises:
        SettingError: The file of certificate authorities cannot be read.
    """
    session = _new(line)
    session.auth = _Signed(base, auth)
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip, deflate"})
    return session


def unsigned_session(line: Line) -> requests.Session:
    """Return a session for bytes at other hosts: without credentials, and without cookies, theirs included.

    Raises:
        SettingError: The file of certificate authorities cannot be read.
    """
    session = _new(line)
    session.auth = _Unsigned()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": "*/*", "Accept-Encoding": "identity"})
    return session


def _new(line: Line) -> requests.Session:
    session = _Session()
    adapter = _Adapter(line)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = line.user_agent
    return session
