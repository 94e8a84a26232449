"""Sites in processes of their own, and callers to ask them with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource

SMALL = FunctionSource("confluence_pipeline_tests.site.seeds:small_seed")
RICH = FunctionSource("confluence_pipeline_tests.site.rich_seed:rich_seed")


@dataclass
class Caller:
    """Somebody who asks a site, as a person would with a plain HTTP client."""

    site: SiteProcess
    auth: tuple[str, str] | None
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send a request to a path below ``/wiki``."""
        options.setdefault("timeout", 30)
        return self.session.request(method, self.site.base_url + path, auth=self.auth, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET."""
        return self.ask("GET", path, **options)

    def json(self, path: str, **options: Any) -> dict[str, Any]:
        """Return the JSON of a GET that must succeed."""
        reply = self.get(path, **options)
        assert reply.status_code == 200, f"{reply.status_code} {reply.text}"
        body: dict[str, Any] = reply.json()
        return body

    def walk(self, path: str) -> Iterator[dict[str, Any]]:
        """Yield all results of a v2 list, following its next links by hand."""
        while path:
            body = self.json(path)
            yield from body["results"]
            path = body["_links"].get("next", "").removeprefix("/wiki")

    def searched(self, cql: str, expand: str = "") -> list[dict[str, Any]]:
        """Return all contents that a v1 search finds, archived ones too, with parts of them expanded."""
        params: dict[str, Any] | None = {
            "cql": cql,
            "expand": ",".join(f"content.{part}" for part in expand.split(",") if part),
            "limit": 50,
            "cqlcontext": '{"contentStatuses":["current","archived"]}',
        }
        path, found = "/rest/api/search", []
        while path:
            body = self.json(path, params=params)
            found += [hit["content"] for hit in body["results"]]
            path, params = body["_links"].get("next", ""), None
        return found

    def id_of(self, title: str, path: str = "/api/v2/pages?limit=250") -> str:
        """Return the id of the page (or what the list holds) with a title."""
        return str(next(item["id"] for item in self.walk(path) if item["title"] == title))

    def space_id(self, key: str) -> str:
        """Return the id of a space."""
        return str(next(item["id"] for item in self.walk(f"/api/v2/spaces?keys={key}")))


@pytest.fixture(scope="module")
def shared_site() -> Iterator[SiteProcess]:
    """The small site, for tests that only read."""
    with SiteProcess(SMALL) as site:
        yield site


@pytest.fixture
def site() -> Iterator[SiteProcess]:
    """The small site, for a test that changes it."""
    with SiteProcess(SMALL) as site:
        yield site


@pytest.fixture(scope="module")
def rich_site() -> Iterator[SiteProcess]:
    """The rich site, for tests that only read."""
    with SiteProcess(RICH) as site:
        yield site


@pytest.fixture
def own_rich_site() -> Iterator[SiteProcess]:
    """The rich site, for a test that changes it."""
    with SiteProcess(RICH) as site:
        yield site


def ada_of(site: SiteProcess) -> Caller:
    """Return the administrator."""
    return Caller(site, ("ada@example.com", "token-ada"))


def bo_of(site: SiteProcess) -> Caller:
    """Return somebody with fewer rights."""
    return Caller(site, ("bo@example.com", "token-bo"))


@pytest.fixture
def ada(shared_site: SiteProcess) -> Caller:
    """The administrator, on the site that is only read."""
    return ada_of(shared_site)


@pytest.fixture
def bo(shared_site: SiteProcess) -> Caller:
    """Somebody with fewer rights, on the site that is only read."""
    return bo_of(shared_site)


@pytest.fixture
def anonymous(shared_site: SiteProcess) -> Caller:
    """Nobody in particular, on the site that is only read."""
    return Caller(shared_site, None)
