"""Connections to the site, which are signed, and to where it sends us for bytes, which must not be."""

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter

from confluence_pipeline.confluence.address import origin
from confluence_pipeline.confluence.auth import Auth


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
            request.headers["Authorization"] = self._auth.authorization()
        return request


class _Unsigned(requests.auth.AuthBase):
    """Signs nothing; being an auth object, it keeps ``.netrc`` out."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def signed_session(base: str, auth: Auth, *, user_agent: str, connections: int) -> requests.Session:
    """Return a session for the site's API.

    Args:
        base: The site's base URL; requests to another origin are not signed.
        auth: How requests are signed.
        user_agent: How we introduce ourselves.
        connections: How many connections are kept open.
    """
    session = _new(user_agent, connections)
    session.auth = _Signed(base, auth)
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip, deflate"})
    return session


def unsigned_session(*, user_agent: str, connections: int) -> requests.Session:
    """Return a session for bytes at other hosts: without credentials, and without cookies, theirs included."""
    session = _new(user_agent, connections)
    session.auth = _Unsigned()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": "*/*", "Accept-Encoding": "identity"})
    return session


def _new(user_agent: str, connections: int) -> requests.Session:
    session = _Session()
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = user_agent
    return session
