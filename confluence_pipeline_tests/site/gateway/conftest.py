"""Callers that come through the gateway of the small site."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import SMALL

CALLBACK = "http://127.0.0.1:9/callback"


@dataclass
class Visitor:
    """Somebody with a token, who asks the gateway."""

    site: SiteProcess
    token: str
    email: str | None = None

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET to a path below ``/wiki``, with the token as Bearer or, with an email, as Basic."""
        bearer = {} if self.email else {"Authorization": f"Bearer {self.token}"}
        return requests.get(
            f"{self.site.gateway_url}/ex/confluence/{self.site.cloud_id}/wiki{path}",
            auth=(self.email, self.token) if self.email else None,
            headers={**bearer, **options.pop("headers", {})},
            timeout=30,
            **options,
        )


def visitor_of(site: SiteProcess) -> Visitor:
    """Return whoever has the site's first API token with scopes."""
    return Visitor(site, site.logins.scoped_token)


def token_request(site: SiteProcess, **fields: str) -> requests.Response:
    """Ask the token endpoint, with the credentials of the app for people unless others are given."""
    app = {"client_id": site.logins.oauth_client_id, "client_secret": site.logins.oauth_client_secret}
    return requests.post(f"{site.login_url}/oauth/token", json={**app, **fields}, timeout=30)


def asked_for(site: SiteProcess, scopes: Sequence[str], **changes: str | None) -> requests.Response:
    """Open the consent page as an app sends a person there."""
    query = {
        "audience": "api.atlassian.com",
        "client_id": site.logins.oauth_client_id,
        "scope": " ".join(scopes),
        "redirect_uri": CALLBACK,
        "state": "s t&te",
        "response_type": "code",
        "prompt": "consent",
        **changes,
    }
    return requests.get(f"{site.login_url}/authorize", params=query, timeout=30, allow_redirects=False)


def decided(site: SiteProcess, page: requests.Response, decision: str) -> requests.Response:
    """Press a button of the consent page."""
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket is not None
    fields = {"ticket": ticket[1], "decision": decision}
    return requests.post(f"{site.login_url}/authorize", data=fields, timeout=30, allow_redirects=False)


def called_back(reply: requests.Response) -> dict[str, str]:
    """Return the query that the app is called back with."""
    assert reply.status_code == 302, reply.text
    assert reply.headers["Location"].startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["Location"]).query).items()}


@pytest.fixture
def restored(shared_site: SiteProcess) -> Iterator[SiteProcess]:
    """The small site; what a test breaks at its gateway is mended after it."""
    yield shared_site
    control, logins = shared_site.control, shared_site.logins
    control.set_faults()
    control.set_token_life(3600)
    control.set_v1_removed("gateway")
    control.set_app(logins.oauth_client_id, callbacks=[], per_hour=65_000)


@pytest.fixture
def own_site() -> Iterator[SiteProcess]:
    """The small site, for a test that revokes what all others come in with."""
    with SiteProcess(SMALL) as site:
        yield site
