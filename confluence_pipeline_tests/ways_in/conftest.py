"""The ways in to the small site, each as the settings that a person would make, and what a sync by one gives."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from confluence_pipeline.lake import Lake
from confluence_pipeline.runs import SyncOutcome
from confluence_pipeline.site.gateway.points import PER_HOUR
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import CONTENT_TABLES, STAMPS
from confluence_pipeline_tests.pipeline import Pipeline
from confluence_pipeline_tests.site.gateway.conftest import Visitor

Settings = Mapping[str, str]

_NOT_COMPARED = {"views": {"as_of"}}
"""What the clock tells."""


def _basic(site: SiteProcess, _: Path) -> Settings:
    return {"CONFLUENCE_USER_NAME": site.email, "CONFLUENCE_API_TOKEN": site.api_token}


def _scoped_token(site: SiteProcess, _: Path) -> Settings:
    return {
        "CONFLUENCE_AUTH": "scoped_token",
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.logins.scoped_token,
    }


def _service_account(site: SiteProcess, _: Path) -> Settings:
    return {"CONFLUENCE_AUTH": "scoped_token", "CONFLUENCE_API_TOKEN": site.logins.service_account_token}


def _oauth(site: SiteProcess, folder: Path) -> Settings:
    return {
        "CONFLUENCE_AUTH": "oauth",
        "CONFLUENCE_OAUTH_CLIENT_ID": site.logins.oauth_client_id,
        "CONFLUENCE_OAUTH_CLIENT_SECRET": site.logins.oauth_client_secret,
        "CONFLUENCE_OAUTH_REFRESH_TOKEN": site.control.grant(site.logins.oauth_client_id)["refresh_token"],
        "CONFLUENCE_TOKEN_STORE": str(folder / STORE),
    }


def _client_credentials(site: SiteProcess, _: Path) -> Settings:
    return {
        "CONFLUENCE_AUTH": "oauth_client_credentials",
        "CONFLUENCE_OAUTH_CLIENT_ID": site.logins.service_client_id,
        "CONFLUENCE_OAUTH_CLIENT_SECRET": site.logins.service_client_secret,
    }


STORE = "login.json"
"""The file in the caller's folder in which a login with OAuth is kept."""

BASIC = _basic
THROUGH_THE_GATEWAY: Mapping[str, Callable[[SiteProcess, Path], Settings]] = {
    "scoped_token": _scoped_token,
    "service_account": _service_account,
    "oauth": _oauth,
    "oauth_client_credentials": _client_credentials,
}
"""Those through the gateway by name: functions of the site and of a folder of the caller's own."""

WAYS_IN = {"basic": BASIC, **THROUGH_THE_GATEWAY}


def charged(site: SiteProcess) -> int:
    """Return the points that the site charged the app this hour, with one for each earlier question like this."""
    token = site.control.grant(site.logins.oauth_client_id)["access_token"]
    answer = Visitor(site, token).get("/api/v2/pages/0")
    return PER_HOUR - int(answer.headers["X-RateLimit-Remaining"]) - 1


@contextmanager
def pipeline_to(site: SiteProcess, folder: Path, credentials: Settings) -> Iterator[Pipeline]:
    """Set the environment of a pipeline that reads all tables of a site.

    Args:
        site: The site.
        folder: Where the lake goes.
        credentials: The settings of a way in.
    """
    before = dict(os.environ)
    settings = {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_PRODUCT": "cloud",
        "CONFLUENCE_GATEWAY_URL": site.gateway_url,
        "CONFLUENCE_LOGIN_URL": site.login_url,
        "CONFLUENCE_LAKE": str(folder / "lake"),
        "CONFLUENCE_TABLES": "all",
        "CONFLUENCE_SPACE_KEY": "LAMP",
        **credentials,
    }
    os.environ.update(settings)
    try:
        with dg.DagsterInstance.ephemeral() as instance:
            yield Pipeline(site, Lake(str(folder / "lake")), instance, settings)
    finally:
        os.environ.clear()
        os.environ.update(before)


def synced(site: SiteProcess, folder: Path, credentials: Settings) -> tuple[SyncOutcome, dict[str, list[Any]]]:
    """Sync by a way in; return how it went, and the rows of all tables without what time alone changes."""
    with pipeline_to(site, folder, credentials) as pipeline:
        outcome = pipeline.sync()
        return outcome, {table: _lasting(table, pipeline.rows(table)) for table in CONTENT_TABLES if table in TABLES}


def _lasting(table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    left_out = {*STAMPS, *_NOT_COMPARED.get(table, ())}
    return [{name: value for name, value in row.items() if name not in left_out} for row in rows]
