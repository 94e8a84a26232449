"""Who may come in through the gateway: apps, grants, codes, and tokens with the scopes they carry.

As the real service does (developer.atlassian.com, "OAuth 2.0 (3LO) apps"): a code works once, a refresh token dies
when it is used and a new one comes with the access token, and client credentials get no refresh token.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from confluence_pipeline.site.clock import SiteClock
from confluence_pipeline.site.gateway.points import Allowance
from confluence_pipeline.site.gateway.refusals import oauth_refusal

OFFLINE = "offline_access"
_CODE_SECONDS = 300


@dataclass(slots=True)
class App:
    """An OAuth 2.0 app, as its owner sets it up in the developer console.

    Attributes:
        client_id: its public name to the login server.
        client_secret: what proves that it is the one.
        name: what people read on the consent page.
        scopes: what it may ask for.
        callbacks: the addresses it may be called back at; empty: any on the loopback interface.
        account_id: the service account that it acts as by itself; None: it acts for people who consent.
        allowance: its points of the hour.
    """

    client_id: str
    client_secret: str
    name: str
    scopes: frozenset[str]
    callbacks: tuple[str, ...] = ()
    account_id: str | None = None
    allowance: Allowance = field(default_factory=Allowance)


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token lets its bearer do: as whom, with which scopes, until when (None: for good), for which app."""

    account_id: str
    scopes: frozenset[str]
    app: App | None = None
    until: datetime | None = None
    grant: "Grant | None" = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody was asked, and agreed to: an app, scopes, and where the app wants to be called back.

    ``challenge`` is what the exchange of the code must prove to know the source of (RFC 7636, S256); None: nothing.
    """

    app: App
    account_id: str
    scopes: frozenset[str]
    redirect_uri: str
    until: datetime
    challenge: str | None = None


def _challenge(verifier: str) -> str:
    """Return what a verifier is the source of (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass(eq=False, slots=True)
class Grant:
    """What somebody let an app do; all tokens that come from it die with it."""

    app: App
    account_id: str
    scopes: frozenset[str]
    revoked: bool = False


@dataclass(slots=True)
class Logins:
    """Everything that lets anybody in through the gateway of one site.

    Attributes:
        clock: the site's.
        token_seconds: how long an access token works.
        grace_seconds: how long a refresh token works on after it was used; 0: it dies at once.
        apps: by client id.
        scoped_tokens: API tokens with scopes, by token.
        neighbours: what else a token is said to be good for: further entries of ``accessible-resources``.
        issued: every code and token that was ever given out.
        asked: who is before a consent page, by the page's ticket, and the ``state`` that the app gave.
    """

    clock: SiteClock
    token_seconds: float = 3600
    grace_seconds: float = 0
    apps: dict[str, App] = field(default_factory=dict)
    scoped_tokens: dict[str, Pass] = field(default_factory=dict)
    neighbours: list[dict[str, object]] = field(default_factory=list)
    issued: list[str] = field(default_factory=list)
    asked: dict[str, tuple[Consent, str | None]] = field(default_factory=dict)
    _codes: dict[str, Consent] = field(default_factory=dict)
    _access: dict[str, Pass] = field(default_factory=dict)
    _refresh: dict[str, tuple[Grant, datetime | None]] = field(default_factory=dict)

    def bearer(self, token: str) -> Pass | None:
        """Return what a token lets its bearer do, or None when it is nobody's, expired or revoked."""
        known = self._access.get(token) or self.scoped_tokens.get(token)
        if known is None or (known.until is not None and known.until <= self.clock.now()):
            return None
        return None if known.grant is not None and known.grant.revoked else known

    def app(self, client_id: str, client_secret: str) -> App:
        """Return the app that these credentials prove; 401 when they prove none."""
        app = self.apps.get(client_id)
        if app is None or not secrets.compare_digest(app.client_secret.encode(), client_secret.encode()):
            raise oauth_refusal(401, "access_denied", "Unauthorized")
        return app

    def consented(self, consent: Consent) -> str:
        """Return the code that an app gets for somebody's consent."""
        code = self._new_secret()
        self._codes[code] = consent
        return code

    def consent_until(self) -> datetime:
        """Return until when a code that is given now works."""
        return self.clock.now() + timedelta(seconds=_CODE_SECONDS)

    def by_code(self, app: App, code: str, redirect_uri: str, verifier: str) -> dict[str, object]:
        """Return the tokens for a code, which is used up by it; 403 for a code that is not this app's, or used.

        ``verifier`` proves that who exchanges the code asked for it, where a challenge was given then.
        """
        consent = self._codes.pop(code, None)
        if consent is None or consent.app is not app or consent.until <= self.clock.now():
            raise oauth_refusal(403, "invalid_grant", "Invalid authorization code")
        if consent.redirect_uri != redirect_uri:
            raise oauth_refusal(403, "invalid_grant", "The redirect URI is wrong.")
        if consent.challenge not in (None, _challenge(verifier)):
            raise oauth_refusal(403, "invalid_grant", "Failed to verify code verifier")
        return self._tokens(Grant(app, consent.account_id, consent.scopes))

    def by_refresh_token(self, app: App, token: str) -> dict[str, object]:
        """Return new tokens, another refresh token among them; the one given is dead, or soon will be."""
        if token not in self._refresh:
            raise oauth_refusal(403, "unauthorized_client", "refresh_token is invalid")
        grant, until = self._refresh[token]
        now = self.clock.now()
        if grant.revoked or grant.app is not app or (until is not None and until <= now):
            raise oauth_refusal(403, "invalid_grant", "Unknown or invalid refresh token.")
        self._refresh[token] = grant, until or now + timedelta(seconds=self.grace_seconds)
        return self._tokens(grant)

    def by_credentials(self, app: App) -> dict[str, object]:
        """Return an access token for the app's own service account; there is no refresh token."""
        if app.account_id is None:
            raise oauth_refusal(
                403, "unauthorized_client", "Grant type 'client_credentials' not allowed for the client."
            )
        return self._access_token(Pass(app.account_id, app.scopes, app))

    def granted(self, app: App, account_id: str, scopes: frozenset[str]) -> dict[str, object]:
        """Return tokens as if somebody had consented just now."""
        return self._tokens(Grant(app, account_id, scopes))

    def revoke_all(self) -> None:
        """Revoke what lets anybody in: every grant, and every API token with scopes."""
        for grant, _ in self._refresh.values():
            grant.revoked = True
        self._access.clear()
        self.scoped_tokens.clear()

    def _tokens(self, grant: Grant) -> dict[str, object]:
        scopes = grant.scopes - {OFFLINE}
        answer = self._access_token(Pass(grant.account_id, scopes, grant.app, None, grant))
        if OFFLINE in grant.scopes:
            refresh = self._new_secret()
            self._refresh[refresh] = grant, None
            answer = {**answer, "refresh_token": refresh, "scope": f"{answer['scope']} {OFFLINE}"}
        return answer

    def _new_secret(self) -> str:
        secret = secrets.token_urlsafe(48)
        self.issued.append(secret)
        return secret

    def _access_token(self, visit: Pass) -> dict[str, object]:
        token = self._new_secret()
        until = self.clock.now() + timedelta(seconds=self.token_seconds)
        self._access[token] = Pass(visit.account_id, visit.scopes, visit.app, until, visit.grant)
        return {
            "access_token": token,
            "expires_in": round(self.token_seconds),
            "token_type": "Bearer",
            "scope": " ".join(sorted(visit.scopes)),
        }
