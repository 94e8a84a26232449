"""An app that acts as a service account (OAuth 2.0, client credentials)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from confluence_pipeline.confluence.auth.fixed import quoted
from confluence_pipeline.confluence.auth.oauth import OAUTH_POINTS_PER_HOUR
from confluence_pipeline.confluence.auth.scopes import is_about_scope, scope_refused
from confluence_pipeline.confluence.auth.stored_login import StoredLogin
from confluence_pipeline.confluence.auth.token_endpoint import SECRET_SETTING, TokenEndpoint
from confluence_pipeline.confluence.errors import AccessError, AuthenticationError

_YOUNG_SECONDS = 10.0
_WHERE = "make credentials with it for the service account at admin.atlassian.com under Directory"


@dataclass
class ClientCredentials:
    """A service account's own credentials. Its tokens can be had again at any time, so they are kept in memory only.

    Attributes:
        endpoint: Gives the tokens.
        clock: Seconds since 1970.
    """

    endpoint: TokenEndpoint
    clock: Callable[[], float] = time.time
    _login: StoredLogin | None = field(init=False, repr=False, default=None)
    _refused: AuthenticationError | None = field(init=False, repr=False, default=None)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    through_gateway = True
    setting = SECRET_SETTING
    account = "the service account"
    points_per_hour = OAUTH_POINTS_PER_HOUR

    @property
    def quota_owner(self) -> str:
        """The app, whose points are spent on every site."""
        return self.endpoint.client_id

    def authorization(self) -> str:
        """Return the Bearer header's value, with a token that is good now."""
        return f"Bearer {self._good().access_token}"

    def renew(self, refused: str) -> bool:
        """Ask for another token, unless that happened already or the one refused came a moment ago."""
        with self._lock:
            login = self._login
            if login is None or f"Bearer {login.access_token}" != refused:
                return True
            if login.is_fresh(self.clock()) and self.clock() - login.issued_at < _YOUNG_SECONDS:
                return False
            self._login = None
        return f"Bearer {self._good().access_token}" != refused

    def _good(self) -> StoredLogin:
        with self._lock:
            if self._refused is not None:
                raise AuthenticationError(
                    str(self._refused), status=self._refused.status, setting=self._refused.setting
                )
            if self._login is None or not self._login.is_fresh(self.clock()):
                try:
                    grant = self.endpoint.by_credentials()
                except AuthenticationError as error:
                    self._refused = error
                    raise
                self._login = StoredLogin(self.endpoint.client_id, "").with_grant(grant, self.clock())
            return self._login

    def secrets(self) -> tuple[str, ...]:
        """Return the app's secret and its token."""
        login = self._login
        return (self.endpoint.client_secret, login.access_token) if login else (self.endpoint.client_secret,)

    def granted(self) -> tuple[str, ...]:
        """Return the scopes of the credentials; empty where the login server did not say.

        Raises:
            ConfluenceError: No token can be had.
        """
        return self._good().scopes

    def refused(self, path: str, answer: str) -> AuthenticationError | AccessError:
        """Return the error for a 401: a scope that is missing, or an account that is not let in."""
        if is_about_scope(answer):
            granted = self._login.scopes if self._login else ()
            return scope_refused(path, "the service account's token", _WHERE, self.setting, granted)
        return AuthenticationError(
            f"The gateway does not accept the service account on {path}{quoted(answer)}; give it access to Confluence "
            "at admin.atlassian.com, and check CONFLUENCE_OAUTH_CLIENT_ID and CONFLUENCE_OAUTH_CLIENT_SECRET",
            status=401,
            setting=self.setting,
        )
