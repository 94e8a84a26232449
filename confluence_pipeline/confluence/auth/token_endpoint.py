"""The login server's token endpoint: what is asked of it, and what its answers mean.

The protocol (RFC 6749) is ``oauthlib``'s; the requests are sent here, so that proxies, certificates and time limits
are those of all other requests, and nothing logs a token.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error, WebApplicationClient

from confluence_pipeline.confluence.address import is_loopback
from confluence_pipeline.confluence.auth.stored_login import Grant
from confluence_pipeline.confluence.errors import AuthenticationError, SiteUnavailableError
from confluence_pipeline.confluence.unanswered import raise_if_for_good, root_words

SECRET_SETTING = "CONFLUENCE_OAUTH_CLIENT_SECRET"  # noqa: S105 - the name of a setting
_URL_SETTING = "CONFLUENCE_LOGIN_URL"
_PATH = "/oauth/token"
_ATTEMPTS = 3
_FIRST_PAUSE = 0.5
_TIMEOUT = (10.0, 30.0)
_USUAL_SECONDS = 3600.0
_PASSING = {"server_error", "temporarily_unavailable", "slow_down", "missing_token"}
_NOT_THE_APP = {"invalid_client", "access_denied"}
_FOR_GOOD = {"invalid_grant", "unauthorized_client", *_NOT_THE_APP}
"""What Atlassian's login server refuses credentials with; anything else may be the word of what stands before it."""
_CODE = re.compile(r"[a-z_]{1,40}")
_HEADERS = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}


class TokenRefusedError(AuthenticationError):
    """The token endpoint refuses the credentials for good: the same request will never be granted.

    Attributes:
        is_about_the_app: Whether it is the app's id or secret that is refused, and not what was handed in with them.
    """

    def __init__(self, message: str, *, status: int, setting: str, is_about_the_app: bool) -> None:
        super().__init__(message, status=status, setting=setting)
        self.is_about_the_app = is_about_the_app


@dataclass(frozen=True)
class TokenEndpoint:
    """Asks for tokens on behalf of one app.

    Attributes:
        login_url: The login server, checked for form.
        client_id: The app's id.
        client_secret: Its secret; never shown.
        connect: Opens a session without credentials.
    """

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)
    connect: Callable[[], requests.Session] = field(repr=False)

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> Grant:
        """Return the tokens for the code that a login gave.

        Args:
            code: The code, good for once.
            redirect_uri: Where the code came to.
            verifier: What proves that the login began here (RFC 7636).

        Raises:
            TokenRefusedError: The code is used or old, or the app's secret is wrong.
            AuthenticationError: It is refused by something that is no login server.
            SiteUnavailableError: The login server gives no useful answer.
        """
        client = WebApplicationClient(self.client_id)
        body = client.prepare_request_body(
            code=code, redirect_uri=redirect_uri, client_secret=self.client_secret, code_verifier=verifier
        )
        return self._ask(client, body, "the login")

    def refresh(self, refresh_token: str) -> Grant:
        """Return new tokens for a refresh token, which is dead afterwards.

        A request without an answer is repeated: the server may never have got it, and for ten minutes Atlassian takes
        a used token once more.

        Raises:
            TokenRefusedError: The refresh token is revoked, used or expired, or the app's secret is wrong.
            AuthenticationError: It is refused by something that is no login server.
            SiteUnavailableError: The login server gives no useful answer.
        """
        client = WebApplicationClient(self.client_id)
        body = client.prepare_refresh_body(
            refresh_token=refresh_token, client_id=self.client_id, client_secret=self.client_secret
        )
        return self._ask(client, body, "the refresh token")

    def by_credentials(self) -> Grant:
        """Return an access token for the app itself, a service account.

        Raises:
            TokenRefusedError: The app's id or secret is wrong.
            AuthenticationError: They are refused by something that is no login server.
            SiteUnavailableError: The login server gives no useful answer.
        """
        client = BackendApplicationClient(self.client_id)
        body = client.prepare_request_body(include_client_id=True, client_secret=self.client_secret)
        return self._ask(client, body, "the service account's credentials")

    def _ask(self, client: WebApplicationClient | BackendApplicationClient, body: str, what: str) -> Grant:
        words = "no answer"
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(_FIRST_PAUSE * 2 ** (attempt - 1))
            try:
                answer = self._post(body)
            except requests.exceptions.RequestException as error:
                raise_if_for_good(error, self._host)
                words = f"no answer ({root_words(error)})"
                continue
            grant = self._read(client, answer, what)
            if not isinstance(grant, str):
                return grant
            words = grant
        raise SiteUnavailableError(
            f"The login server {self._host} gave {words}, {_ATTEMPTS} times in a row; run this again later",
            attempts=_ATTEMPTS,
        )

    def _post(self, body: str) -> requests.Response:
        with self.connect() as session:
            return session.post(
                self.login_url + _PATH,
                data=body,
                headers=_HEADERS,
                timeout=_TIMEOUT,
                allow_redirects=False,
                proxies={"no_proxy": self._host} if is_loopback(self._host) else {},
            )

    @property
    def _host(self) -> str:
        return urlsplit(self.login_url).hostname or ""

    def _read(
        self, client: WebApplicationClient | BackendApplicationClient, answer: requests.Response, what: str
    ) -> Grant | str:
        """Return the grant, or words for an answer that may be another one next time."""
        if answer.status_code == 429 or answer.status_code >= 500:
            return f"status {answer.status_code}"
        try:
            token = client.parse_request_body_response(answer.text)
            return _grant(token)
        except OAuth2Error as error:
            if error.error in _PASSING:
                return f"status {answer.status_code} and no token"
            self._refuse(str(error.error), answer.status_code, what)
        except (ValueError, TypeError, AttributeError):
            return "something that is no token"

    def _refuse(self, code: str, status: int, what: str) -> NoReturn:
        if code not in _FOR_GOOD:
            said = f"{code} and status {status}" if _CODE.fullmatch(code) else f"status {status}"
            raise AuthenticationError(
                f"{self._host} refuses {what} with {said}, which is not how a login server refuses a login; check that "
                f"{_URL_SETTING} is its address and that nothing before it (a proxy, a firewall) answers in its place",
                status=status,
                setting=_URL_SETTING,
            ) from None
        if code in _NOT_THE_APP or (status == 401 and code != "invalid_grant"):
            raise TokenRefusedError(
                f"The login server does not know the app by CONFLUENCE_OAUTH_CLIENT_ID and {SECRET_SETTING} ({code}); "
                "copy both anew from where the app was made (developer.atlassian.com under Settings, for a service "
                "account admin.atlassian.com)",
                status=status,
                setting=SECRET_SETTING,
                is_about_the_app=True,
            ) from None
        raise TokenRefusedError(
            f"The login server refuses {what} ({code})", status=status, setting=SECRET_SETTING, is_about_the_app=False
        ) from None


def _grant(token: dict[str, object]) -> Grant:
    seconds = token.get("expires_in")
    refresh_token, scopes = token.get("refresh_token"), token.get("scope")
    return Grant(
        access_token=str(token["access_token"]),
        seconds=float(seconds) if isinstance(seconds, int | float) and seconds > 0 else _USUAL_SECONDS,
        refresh_token=refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        scopes=tuple(map(str, scopes)) if isinstance(scopes, list | tuple) else (),
    )
