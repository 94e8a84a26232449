"""What goes wrong with each way in: situations, each as the settings that lead into it, or as what a person does."""

import os
import socket
import ssl
import sys
import types
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests

from confluence_pipeline.confluence.auth import TokenEndpoint
from confluence_pipeline.confluence.auth.stored_login import Grant, StoredLogin, to_text
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.confluence.doubles import Answer, serving
from confluence_pipeline_tests.login.person import Person
from confluence_pipeline_tests.ways_in.conftest import STORE, THROUGH_THE_GATEWAY

Situation = Callable[[SiteProcess, Path], Mapping[str, str]]
"""A function of a site of its own and an empty folder, which returns the settings."""
MachineSituation = Callable[[SiteProcess, Path, ExitStack], Mapping[str, str]]
"""The same with what holds the state of the machine, or of what stands between us and the site, until it is over."""
LoginSituation = Callable[[str, ExitStack], Mapping[str, Any]]
"""A function of the callback address and the machine, which returns how ``log_in`` is called otherwise than usual."""

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


def _interrupted(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    settings = _used_up(site, folder)
    token = settings["CONFLUENCE_OAUTH_REFRESH_TOKEN"]
    login = StoredLogin(site.logins.oauth_client_id, token, pending_since=1e9)
    _store_of(to_text(login), 0o600)(site, folder)
    return {**settings, "CONFLUENCE_OAUTH_REFRESH_TOKEN": ""}


def _nowhere_to_store(site: SiteProcess, folder: Path) -> Mapping[str, str]:
    (folder / "file").write_text("in the way")
    return _app(site, folder, CONFLUENCE_TOKEN_STORE=str(folder / "file" / STORE))


def _store_of_another_user(site: SiteProcess, folder: Path, machine: ExitStack) -> Mapping[str, str]:
    settings = _store_of("{}", 0o600)(site, folder)
    machine.enter_context(patch.object(os, "getuid", return_value=-1))
    return settings


def _keyring(site: SiteProcess, folder: Path, machine: ExitStack, *, is_installed: bool) -> Mapping[str, str]:
    package, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    locked = type("KeyringLocked", (Exception,), {})

    def get(_service: str, _name: str) -> str:
        raise locked

    vars(package)["get_password"], vars(errors)["KeyringError"] = get, locked
    modules = {"keyring": package, "keyring.errors": errors} if is_installed else {"keyring": None}
    machine.enter_context(patch.dict(sys.modules, modules))
    machine.enter_context(patch.dict(os.environ, {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}))
    return _app(site, folder, CONFLUENCE_TOKEN_STORE="keyring")


def _no_login_server(site: SiteProcess, folder: Path, machine: ExitStack) -> Mapping[str, str]:
    elsewhere = machine.enter_context(serving([Answer({"error": "not_found"}, 404)]))
    return _app(site, folder, CONFLUENCE_LOGIN_URL=elsewhere.url)


def _proxy_with_a_login(site: SiteProcess, _: Path, machine: ExitStack) -> Mapping[str, str]:
    proxy = machine.enter_context(serving([Answer(status=407)]))
    machine.enter_context(patch.dict(os.environ, {"HTTPS_PROXY": proxy.url, "NO_PROXY": "", "no_proxy": ""}))
    return {**_basic()(site, Path()), "CONFLUENCE_SERVER_URL": "https://site.atlassian.net"}


def _certificate(code: int, words: str) -> MachineSituation:
    def situation(site: SiteProcess, _: Path, machine: ExitStack) -> Mapping[str, str]:
        refused = ssl.SSLCertVerificationError(1, "certificate verify failed")
        refused.verify_code, refused.verify_message = code, words
        error = requests.exceptions.SSLError("no secure connection")
        error.__cause__ = refused
        machine.enter_context(patch.object(requests.Session, "send", side_effect=error))
        return _basic()(site, Path())

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
    "a renewal that was interrupted": _interrupted,
    "a store that cannot be written": _nowhere_to_store,
    "a cloud id of a site without Confluence": lambda site, _: {
        "CONFLUENCE_AUTH": "scoped_token",
        "CONFLUENCE_API_TOKEN": site.logins.service_account_token,
        "CONFLUENCE_CLOUD_ID": "00000000-0000-4000-8000-000000000007",
    },
    "a Data Center through the gateway": _scoped(CONFLUENCE_API_TOKEN="any", CONFLUENCE_PRODUCT="data_center"),
}
MACHINE: Mapping[str, MachineSituation] = {
    "a store of another user": _store_of_another_user,
    "a keyring that is locked": lambda *at: _keyring(*at, is_installed=True),
    "a keyring that is not installed": lambda *at: _keyring(*at, is_installed=False),
    "no login server at its address": _no_login_server,
    "a proxy that asks for a login": _proxy_with_a_login,
    "a certificate that has expired": _certificate(10, "certificate has expired"),
    "a certificate of a private authority": _certificate(19, "self-signed certificate in certificate chain"),
}
DATA_CENTER: Mapping[str, Situation] = {
    "a wrong personal access token": lambda *_: {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": "wrong"},
    "a wrong password": lambda site, _: {"CONFLUENCE_USER_NAME": site.user_name, "CONFLUENCE_API_TOKEN": "wrong"},
    "another address": _nowhere,
    "single sign-on": _behind_a_login_page,
    "a token with scopes on a Data Center": _scoped(CONFLUENCE_API_TOKEN="any"),
}


def _taken(callback: str, machine: ExitStack) -> Mapping[str, Any]:
    machine.enter_context(socket.create_server(("127.0.0.1", urlsplit(callback).port or 0)))
    return {"browser": lambda _: True}


def _without_a_refresh_token(_: str, machine: ExitStack) -> Mapping[str, Any]:
    machine.enter_context(patch.object(TokenEndpoint, "exchange", return_value=Grant("any", 60)))
    return {}


def _good_for_nothing(_: str, machine: ExitStack) -> Mapping[str, Any]:
    machine.enter_context(patch("confluence_pipeline.login.flow.sites_of", return_value=[]))
    return {}


LOGINS: Mapping[str, LoginSituation] = {
    "a person who cancels": lambda *_: {"talk": Person(decision="cancel")},
    "a person who does not come back": lambda *_: {"browser": lambda _: True, "seconds": 0.1},
    "a call-back of another login": lambda *_: {"talk": Person(forged="{callback}?code=stolen&state=guessed")},
    "something else that is pasted": lambda *_: {"talk": Person(forged="abc")},
    "a port that is taken": _taken,
    "a login without a refresh token": _without_a_refresh_token,
    "a login that is good for no site": _good_for_nothing,
    "a login for another site": lambda *_: {"site_url": "third.example"},
}
