"""What goes wrong with each way in: situations, each as the settings that lead into it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import requests

from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.ways_in.conftest import STORE, THROUGH_THE_GATEWAY

Situation = Callable[[SiteProcess, Path], Mapping[str, str]]
"""A function of a site of its own and an empty folder, which returns the settings."""

_NARROW = "a-token-without-scopes-7e1"
_NO_TASKS = ["read:content-details:confluence"]


def _basic(**changes: str) -> Situation:
    return lambda site, _: {"CONFLUENCE_USER_NAME": site.email, "CONFLUENCE_API_TOKEN": site.api_token, **changes}


def _scoped(**changes: str) -> Situation:
    return lambda *_: {"CONFLUENCE_AUTH": "scoped_token", **changes}


def _app(site: SiteProcess, folder: Path, **changes: str) -> dict[str, str]:
    return {**THROUGH_THE_GATEWAY["oauth"](site, folder), **changes}


def _without_access(site: SiteProcess, _: Path) -> Mapping[str, str]:
    site.control.set_user("712020:bo", can_use=False)
    return {"CONFLUENCE_USER_NAME": "bo@example.com", "CONFLUENCE_API_TOKEN": "token-bo"}


def _without_a_scope(site: SiteProcess, _: Path) -> Mapping[str, str]:
    site.control.set_scoped_token(_NARROW, scopes=_NO_TASKS)
    return {"CONFLUENCE_AUTH": "scoped_token", "CONFLUENCE_API_TOKEN": _NARROW}


def _nobody_logged_in(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    return _app(site, folder, CONFLUENCE_OAUTH_REFRESH_TOKEN="")


def _used_up(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    settings = _app(site, folder)
    fields = {"client_id": site.logins.oauth_client_id, "client_secret": site.logins.oauth_client_secret}
    token = {"grant_type": "refresh_token", "refresh_token": settings["CONFLUENCE_OAUTH_REFRESH_TOKEN"]}
    assert requests.post(f"{site.login_url}/oauth/token", json={**fields, **token}, timeout=30).status_code == 200
    return settings


def _without_a_scope_of_the_app(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    granted = site.control.grant(site.logins.oauth_client_id, scopes=[*_NO_TASKS, "offline_access"])
    return _app(site, folder, CONFLUENCE_OAUTH_REFRESH_TOKEN=str(granted["refresh_token"]))


def _store_of(text: str, mode: int) -> Situation:
    def situation(site: SiteProcess, folder: Path) -> Mapping[str, str]:
        (folder / STORE).write_text(text)
        (folder / STORE).chmod(mode)
        return _app(site, folder)

    return situation


def _account_shut_out(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    site.control.set_user("712020:ada", account_status="inactive")
    return _app(site, folder)


def _login_server_in_trouble(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    site.control.set_faults(FaultRule("error", status=500, path="/oauth/token"))
    return _app(site, folder)


def _service(site: SiteProcess, folder: Path, **changes: str) -> Mapping[str, str]:
    return {**THROUGH_THE_GATEWAY["oauth_client_credentials"](site, folder), **changes}


def _service_without_a_scope(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    site.control.set_app(site.logins.service_client_id, scopes=_NO_TASKS)
    return _service(site, folder)


def _app_for_people(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    return _app(site, folder, CONFLUENCE_AUTH="oauth_client_credentials")


def _nowhere(site: SiteProcess, _: Path) -> Mapping[str, str]:
    address = site.base_url.replace("/confluence", "/nowhere")
    return {"CONFLUENCE_SERVER_URL": address, "CONFLUENCE_PERSONAL_ACCESS_TOKEN": site.personal_access_token}


def _behind_a_login_page(site: SiteProcess, _: Path) -> Mapping[str, str]:
    site.control.set_faults(FaultRule("login_page"))
    return {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": site.personal_access_token}


CLOUD: Mapping[str, Situation] = {
    "a wrong API token": _basic(CONFLUENCE_API_TOKEN="wrong"),
    "a token with scopes on the site's own address": lambda site, _: {
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.logins.scoped_token,
    },
    "an account without Confluence": _without_access,
    "a scope that is missing": _without_a_scope,
    "a wrong token with scopes": _scoped(CONFLUENCE_API_TOKEN="wrong"),
    "a cloud id that is none": _scoped(CONFLUENCE_API_TOKEN="any", CONFLUENCE_CLOUD_ID="your-site"),
    "no token": _basic(CONFLUENCE_API_TOKEN=""),
    "two ways in": _basic(CONFLUENCE_PERSONAL_ACCESS_TOKEN="another"),
    "nobody logged in": _nobody_logged_in,
    "a wrong secret": lambda site, folder: _app(site, folder, CONFLUENCE_OAUTH_CLIENT_SECRET="wrong"),
    "a refresh token that is used up": _used_up,
    "an app without a scope": _without_a_scope_of_the_app,
    "a store that others can read": _store_of("{}", 0o644),
    "a store that is damaged": _store_of("{", 0o600),
    "an account that is shut out": _account_shut_out,
    "a login server in trouble": _login_server_in_trouble,
    "a service account's wrong secret": lambda *at: _service(*at, CONFLUENCE_OAUTH_CLIENT_SECRET="wrong"),
    "a service account without a scope": _service_without_a_scope,
    "an app for people as a service account": _app_for_people,
}
DATA_CENTER: Mapping[str, Situation] = {
    "a wrong personal access token": lambda *_: {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": "wrong"},
    "a wrong password": lambda site, _: {"CONFLUENCE_USER_NAME": site.user_name, "CONFLUENCE_API_TOKEN": "wrong"},
    "another address": _nowhere,
    "single sign-on": _behind_a_login_page,
}
