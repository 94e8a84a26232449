"""Data Centers in processes of their own, and callers to ask them with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.data_center.people import user_key
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import RICH, SMALL
from confluence_pipeline_tests.site.rich_seed import ADA, BO

ADA_KEY, BO_KEY = user_key(ADA), user_key(BO)


@dataclass
class Reader:
    """Somebody who asks a Data Center, with a plain HTTP client; nobody in particular without a login."""

    site: SiteProcess
    auth: tuple[str, str] | None = None
    token: str | None = None
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET to a path below ``/rest``."""
        return self.ask("GET", f"/rest{path}", **options)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to a path below the context path."""
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **options.pop("headers", {})}
        address = self.site.base_url + path
        return self.session.request(method, address, auth=self.auth, headers=headers, timeout=30, **options)

    def json(self, path: str, **options: Any) -> Any:
        """Return the JSON of a GET below ``/rest/api`` that must succeed."""
        reply = self.get(f"/api{path}", **options)
        assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
        return reply.json()

    def walk(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield all results of a list, following its next links by hand."""
        while path:
            body = self.json(path)
            yield from body["results"]
            path = body["_links"].get("next", "").removeprefix("/rest/api")

    def found(self, cql: str, **params: str) -> set[str]:
        """Return the titles that a search finds."""
        return {item["title"] for item in self.json("/content/search", params={"cql": cql, **params})["results"]}


def ada_of(site: SiteProcess) -> Reader:
    """Return the administrator, with a personal access token."""
    return Reader(site, token=site.personal_access_token)


def bo_of(site: SiteProcess) -> Reader:
    """Return somebody with fewer rights, with a user name and a password."""
    return Reader(site, auth=("bo", "token-bo"))


@pytest.fixture(scope="session")
def rich_center() -> Iterator[SiteProcess]:
    """The rich site as a Data Center of the newest version, for tests that only read."""
    with SiteProcess(RICH, SiteOptions(installation=Installation("10.0.3"))) as site:
        yield site


@pytest.fixture
def small_center() -> Iterator[SiteProcess]:
    """The small site as a Data Center, for a test that changes it."""
    with SiteProcess(SMALL, SiteOptions(installation=Installation("9.2.1"))) as site:
        yield site


@pytest.fixture(scope="session")
def old_center() -> Iterator[SiteProcess]:
    """The rich site as a Data Center of the oldest version that is supported, without a context path."""
    with SiteProcess(RICH, SiteOptions(installation=Installation("8.5.4", context_path="", start_shortfall=2))) as site:
        yield site


@pytest.fixture
def ada(rich_center: SiteProcess) -> Reader:
    """The administrator, on the site that is only read."""
    return ada_of(rich_center)


@pytest.fixture
def bo(rich_center: SiteProcess) -> Reader:
    """Somebody with fewer rights, on the site that is only read."""
    return bo_of(rich_center)


@pytest.fixture
def visitor(rich_center: SiteProcess) -> Reader:
    """Nobody in particular, on the site that is only read."""
    return Reader(rich_center)
