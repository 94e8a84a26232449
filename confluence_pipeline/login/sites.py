"""Which sites a login is good for, and which of them is meant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from confluence_pipeline.confluence import AuthenticationError, SettingError, SiteUnavailableError, site_base
from confluence_pipeline.confluence.address import is_loopback
from confluence_pipeline.confluence.unanswered import raise_if_for_good, root_words

_PATH = "/oauth/token/accessible-resources"
_TIMEOUT = (10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Site:
    """A site that a login is good for.

    Attributes:
        cloud_id: Its id at the gateway.
        url: Its address, without ``/wiki``.
        name: What its people call it.
        scopes: What the login may do there.
    """

    cloud_id: str
    url: str
    name: str
    scopes: frozenset[str]


def sites_of(gateway_url: str, access_token: str, connect: Callable[[], requests.Session]) -> list[Site]:
    """Return the Confluence sites that a token is good for, each once.

    The same id comes twice where the login is good for two products there; what is not about Confluence is left out.

    Args:
        gateway_url: The gateway, checked for form.
        access_token: What to ask with.
        connect: Opens a session without credentials.

    Raises:
        AuthenticationError: The gateway does not accept the token.
        SiteUnavailableError: It gives no useful answer.
    """
    host = urlsplit(gateway_url).hostname or ""
    try:
        with connect() as session:
            answer = session.get(
                gateway_url + _PATH,
                headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
                timeout=_TIMEOUT,
                allow_redirects=False,
                proxies={"no_proxy": host} if is_loopback(host) else {},
            )
    except requests.exceptions.RequestException as error:
        raise_if_for_good(error, host)
        raise SiteUnavailableError(f"The gateway {host} gave no answer ({root_words(error)}); try again") from None
    if answer.status_code in (401, 403):
        raise AuthenticationError(
            f"The gateway {host} does not accept the new login (status {answer.status_code}); check that the app uses "
            "the Confluence API (developer.atlassian.com, Permissions)",
            status=answer.status_code,
            setting="CONFLUENCE_OAUTH_CLIENT_ID",
        )
    try:
        listed = answer.json()
    except ValueError:
        listed = None
    if answer.status_code != 200 or not isinstance(listed, list):
        raise SiteUnavailableError(
            f"The gateway {host} did not list the sites (status {answer.status_code}); try again",
            status=answer.status_code,
        )
    return merged(listed)


def merged(listed: Sequence[Any]) -> list[Site]:
    """Return the Confluence sites of ``accessible-resources``, each once, with the scopes of all its entries."""
    sites: dict[str, Site] = {}
    for entry in listed:
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not isinstance(entry.get("url"), str):
            continue
        scopes = frozenset(str(scope) for scope in entry.get("scopes") or () if "confluence" in str(scope))
        before = sites.get(entry["id"])
        if scopes:
            scopes |= before.scopes if before else frozenset()
            sites[entry["id"]] = Site(entry["id"], entry["url"].rstrip("/"), str(entry.get("name") or ""), scopes)
    return list(sites.values())


def chosen_site(sites: Sequence[Site], wanted: str | None, ask: Callable[[Sequence[Site]], Site]) -> Site:
    """Return the site that is meant.

    Args:
        sites: Those the login is good for.
        wanted: The address of the one that is meant, in any form that people paste; None to take the only one.
        ask: Chooses one of several.

    Raises:
        SettingError: There is none, or not the one that is meant.
    """
    if not sites:
        raise SettingError(
            "The login is good for no Confluence site; log in as somebody who can use one, and choose it on the page "
            "that asks for consent",
            setting="CONFLUENCE_SERVER_URL",
        )
    if wanted is None:
        return sites[0] if len(sites) == 1 else ask(sites)
    base = site_base(wanted)
    found = [site for site in sites if site_base(site.url) == base]
    if not found:
        names = ", ".join(site.url for site in sites)
        raise SettingError(
            f"The login is good for {names}, and not for {base}; choose that site on the page that asks for consent, "
            "or change CONFLUENCE_SERVER_URL or --site",
            setting="CONFLUENCE_SERVER_URL",
        )
    return found[0]
