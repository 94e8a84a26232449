"""``check`` says which way in is taken, where requests go, and which scopes are missing for which tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.check import Finding, check
from confluence_pipeline.confluence.auth import scopes_for
from confluence_pipeline.settings import Settings
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import DEFAULT_TABLES
from confluence_pipeline_tests.site.conftest import SMALL


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """A site with a gateway."""
    with SiteProcess(SMALL) as running:
        yield running


def found(site: SiteProcess, folder: Path, **credentials: str) -> dict[str, list[Finding]]:
    """Return what check finds, by what it is about."""
    environment = {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_GATEWAY_URL": site.gateway_url,
        "CONFLUENCE_LOGIN_URL": site.login_url,
        "CONFLUENCE_LAKE": str(folder / "lake"),
        "CONFLUENCE_TOKEN_STORE": str(folder / "login.json"),
        **credentials,
    }
    findings: dict[str, list[Finding]] = {}
    for finding in check(Settings.from_environment(environment)):
        findings.setdefault(finding.what, []).append(finding)
    return findings


def test_a_login_with_all_scopes_is_good(site: SiteProcess, tmp_path: Path) -> None:
    """The way in, the gateway and the points are said, and no scope is missing."""
    findings = found(
        site,
        tmp_path,
        CONFLUENCE_AUTH="oauth",
        CONFLUENCE_OAUTH_CLIENT_ID=site.logins.oauth_client_id,
        CONFLUENCE_OAUTH_CLIENT_SECRET=site.logins.oauth_client_secret,
        CONFLUENCE_OAUTH_REFRESH_TOKEN=site.control.grant(site.logins.oauth_client_id)["refresh_token"],
    )
    (way_in,) = findings["way in"]
    assert way_in.said.startswith(f"oauth through the gateway at {site.gateway_url}/ex/confluence/{site.cloud_id}")
    assert "65,000 points an hour" in way_in.said
    assert [finding.good for finding in findings["scopes"]] == [True]
    assert all(finding.good for some in findings.values() for finding in some)


def test_missing_scopes_are_told_by_table(site: SiteProcess, tmp_path: Path) -> None:
    """Each one that is missing is a finding about a setting, with the chosen tables that need it."""
    kept = scopes_for(DEFAULT_TABLES) - {"read:task:confluence", "read:comment:confluence"}
    site.control.set_scoped_token("some", scopes=sorted(kept))
    findings = found(site, tmp_path, CONFLUENCE_AUTH="scoped_token", CONFLUENCE_API_TOKEN="some")
    said = sorted(finding.said for finding in findings["scopes"])
    assert said == [
        "read:comment:confluence is missing, which these tables need: comments",
        "read:task:confluence is missing, which these tables need: tasks",
    ]
    assert all(finding.setting_fault and not finding.good for finding in findings["scopes"])


def test_on_the_sites_own_address_there_are_no_scopes(site: SiteProcess, tmp_path: Path) -> None:
    """An API token without scopes is told as such, with no cap of points."""
    findings = found(site, tmp_path, CONFLUENCE_USER_NAME=site.email, CONFLUENCE_API_TOKEN=site.api_token)
    assert findings["way in"][0].said == f"basic at the site's own address, {site.base_url}"
    assert "scopes" not in findings
