"""A login from its beginning to its being stored, and its end."""

import time
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from confluence_pipeline.auth_settings import AuthSettings, not_set
from confluence_pipeline.confluence import AuthenticationError
from confluence_pipeline.confluence.auth import missing_scopes, scopes_for
from confluence_pipeline.confluence.auth.scopes import OFFLINE
from confluence_pipeline.confluence.auth.stored_login import StoredLogin, digest, to_text
from confluence_pipeline.confluence.gateway import service_url
from confluence_pipeline.login.authorization import Authorization, authorization
from confluence_pipeline.login.callback import listening, place_of
from confluence_pipeline.login.sites import Site, chosen_site, sites_of


class Conversation(Protocol):
    """What the person at the terminal is told and asked."""

    def show_address(self, url: str, *, opened: bool) -> None:
        """Show where the login goes on; ``opened`` where a browser opens it by itself."""
        ...

    def pasted_callback(self) -> str:
        """Ask for the address that the browser ended up at, and return it."""
        ...

    def choose(self, sites: Sequence[Site]) -> Site:
        """Ask which of several sites is meant."""
        ...


@dataclass(frozen=True)
class LoginOutcome:
    """What came of a login.

    Attributes:
        site: The site that was chosen.
        store: Where the login is kept, as words.
        granted: The scopes that were granted.
        missing: The scopes that are missing, each with the chosen tables that need it.
    """

    site: Site
    store: str
    granted: frozenset[str]
    missing: dict[str, frozenset[str]]


def log_in(
    settings: AuthSettings,
    tables: frozenset[str],
    talk: Conversation,
    *,
    site_url: str | None = None,
    seconds: float = 300.0,
    browser: Callable[[str], bool] | None = webbrowser.open,
) -> LoginOutcome:
    """Let a person log in, and store what comes of it.

    Args:
        settings: The app, and where everything is.
        tables: The tables that the login should let be filled.
        talk: The person.
        site_url: The site that is meant; None to ask where there are several.
        seconds: How long to wait for the browser to come back.
        browser: Opens an address; None to have the person do it and paste the address they end up at.

    Raises:
        AuthenticationError: The login was refused, did not come back in time, or belongs to another attempt.
        SettingError: A setting is missing or wrong, or the site is not one the login is good for.
        SiteUnavailableError: The login server or the gateway gives no useful answer.
    """
    settings = replace(settings, variant="oauth")
    endpoint, store = settings.token_endpoint(), settings.store()
    gateway = service_url(settings.gateway_url, "CONFLUENCE_GATEWAY_URL")
    place_of(settings.callback_url)
    with store.lock():  # whether the login can be stored shows before anybody logs in
        pass
    begun = authorization(endpoint.login_url, gateway, endpoint.client_id, settings.callback_url, scopes_for(tables))
    code = begun.code(_callback(begun, talk, browser, seconds))
    grant = endpoint.exchange(code, begun.redirect_uri, begun.verifier)
    if grant.refresh_token is None:
        raise AuthenticationError(
            f"The login server gave no refresh token, though {OFFLINE} was asked for; check the app at "
            "developer.atlassian.com, and log in again",
            setting="CONFLUENCE_OAUTH_CLIENT_ID",
        )
    site = chosen_site(sites_of(gateway, grant.access_token, settings.session), site_url, talk.choose)
    start = settings.oauth_refresh_token
    login = StoredLogin(
        endpoint.client_id,
        grant.refresh_token,
        site_url=site.url,
        seed=digest(start) if start else None,
    )
    granted = site.scopes | (frozenset(grant.scopes) & {OFFLINE})  # those of the token may be for another site
    with store.lock():
        store.save(to_text(replace(login.with_grant(grant, time.time()), scopes=tuple(sorted(granted)))))
    return LoginOutcome(site, str(store), granted - {OFFLINE}, missing_scopes(granted, tables))


def _callback(begun: Authorization, talk: Conversation, browser: Callable[[str], bool] | None, seconds: float) -> str:
    if browser is None:
        talk.show_address(begun.url, opened=False)
        return talk.pasted_callback()
    with listening(begun.redirect_uri) as listener:
        talk.show_address(begun.url, opened=browser(begun.url))
        return listener.wait(seconds)


def log_out(settings: AuthSettings) -> str:
    """Forget the stored login.

    Returns:
        Where it was kept, as words.

    Raises:
        SettingError: It cannot be removed, or the app's id is missing.
    """
    if not settings.oauth_client_id:
        raise not_set(["CONFLUENCE_OAUTH_CLIENT_ID"], "oauth")
    store = settings.store()
    with store.lock():
        store.remove()
    return str(store)
