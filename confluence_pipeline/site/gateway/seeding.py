"""What a site starts with at its gateway: an app for people, a service account's app, and two API tokens with scopes.

They all let in the site's default caller, so that whatever way in is used, the same is seen.
"""

from dataclasses import dataclass

from confluence_pipeline.site.clock import SiteClock
from confluence_pipeline.site.gateway.logins import App, Logins, Pass
from confluence_pipeline.site.gateway.needs import ALL_SCOPES, READ_SCOPES


@dataclass(frozen=True, slots=True)
class GatewayLogins:
    """What opens the gateway of a site as it starts; none of it is worth anything elsewhere.

    Attributes:
        oauth_client_id: of the app that acts for people who consent (3LO).
        oauth_client_secret: the same app's.
        service_client_id: of the app that acts as its own service account (2LO).
        service_client_secret: the same app's.
        scoped_token: an API token with every scope that reads, of the default caller.
        service_account_token: the same, of a service account.
    """

    oauth_client_id: str = "local-oauth-client"
    oauth_client_secret: str = "local-oauth-secret-3f1c9a"  # noqa: S105 -- opens nothing but a site on this machine
    service_client_id: str = "local-service-client"
    service_client_secret: str = "local-service-secret-b27e44"  # noqa: S105 -- the same
    scoped_token: str = "local-scoped-token-8d50e2"  # noqa: S105 -- the same
    service_account_token: str = "local-service-token-c9f613"  # noqa: S105 -- the same


LOGINS = GatewayLogins()


def seeded_logins(clock: SiteClock, caller_id: str, token_seconds: float) -> Logins:
    """Return the logins that a site starts with."""
    logins = Logins(clock, token_seconds)
    logins.apps[LOGINS.oauth_client_id] = App(
        LOGINS.oauth_client_id, LOGINS.oauth_client_secret, "Confluence Pipeline", ALL_SCOPES
    )
    logins.apps[LOGINS.service_client_id] = App(
        LOGINS.service_client_id,
        LOGINS.service_client_secret,
        "Confluence Pipeline's service account",
        READ_SCOPES,
        account_id=caller_id,
    )
    for token in (LOGINS.scoped_token, LOGINS.service_account_token):
        logins.scoped_tokens[token] = Pass(caller_id, READ_SCOPES)
    return logins
