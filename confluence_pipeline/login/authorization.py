"""The address that a login begins at, and what comes back from it; the protocol is ``oauthlib``'s."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from oauthlib.oauth2 import MismatchingStateError, OAuth2Error, WebApplicationClient

from confluence_pipeline.confluence import AuthenticationError
from confluence_pipeline.confluence.address import is_loopback
from confluence_pipeline.confluence.auth.scopes import OFFLINE

CALLBACK_SETTING = "CONFLUENCE_OAUTH_CALLBACK_URL"
_AUDIENCE = "api.atlassian.com"
_VERIFIER_LENGTH = 64


@dataclass(frozen=True)
class Authorization:
    """One attempt to log in.

    Attributes:
        url: What the person opens in a browser.
        redirect_uri: Where the browser comes back to.
        state: What must come back with it, so that nobody can slip us a login that we did not begin; never shown.
        verifier: What proves at the token endpoint that the login began here (RFC 7636); never shown.
    """

    url: str
    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    def code(self, callback: str) -> str:
        """Return the code that a call-back carries.

        Args:
            callback: The whole address that the browser came back to, or as much of its end as holds the query.

        Raises:
            AuthenticationError: It belongs to another attempt, says that the login was refused, or says nothing.
        """
        query = _query_of(callback)
        if not {"code", "error"} & dict(parse_qsl(query)).keys():
            raise AuthenticationError(
                "That is no call-back: it has no code in it; run `confluence-pipeline login` again, and paste the "
                f"whole address that the browser ends up at, {self.redirect_uri}?code=… and what follows",
                setting=CALLBACK_SETTING,
            )
        address = f"{_as_https(self.redirect_uri)}?{query}"
        try:
            return str(WebApplicationClient("").parse_request_uri_response(address, state=self.state)["code"])
        except MismatchingStateError:
            raise AuthenticationError(
                "The call-back does not belong to this login: its state is another one, so it was not used; run "
                "`confluence-pipeline login` again and finish it in the page that opens",
                setting=CALLBACK_SETTING,
            ) from None
        except OAuth2Error as error:
            raise AuthenticationError(
                f"The login server refused the login ({error.error}); run `confluence-pipeline login` again and press "
                "Accept, and check that the app has the scopes it asks for (developer.atlassian.com, Permissions)",
                setting="CONFLUENCE_OAUTH_CLIENT_ID",
            ) from None


def authorization(
    login_url: str, gateway_url: str, client_id: str, redirect_uri: str, scopes: Iterable[str]
) -> Authorization:
    """Return the beginning of a login (Atlassian, "OAuth 2.0 (3LO) apps").

    Args:
        login_url: The login server, checked for form.
        gateway_url: The gateway, which the tokens are to be good for.
        client_id: The app.
        redirect_uri: Where the browser comes back to; the app's callback URL, to the letter.
        scopes: What is asked for, besides being able to renew the login.
    """
    client = WebApplicationClient(client_id)
    verifier, state = client.create_code_verifier(_VERIFIER_LENGTH), secrets.token_urlsafe(32)
    gateway = urlsplit(gateway_url).hostname or ""
    page = f"{login_url}/authorize"
    url = client.prepare_request_uri(
        _as_https(page),
        redirect_uri=redirect_uri,
        scope=[*sorted(scopes), OFFLINE],
        state=state,
        code_challenge=client.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
        audience=_AUDIENCE if is_loopback(gateway) else gateway,
        prompt="consent",
    )
    return Authorization(page + url.removeprefix(_as_https(page)), redirect_uri, state, verifier)


def _query_of(callback: str) -> str:
    """Return the query of an address that a person copied, who may have left out what stands before it."""
    text = callback.strip().partition("#")[0]
    before, mark, query = text.partition("?")
    return query if mark else before


def _as_https(url: str) -> str:
    """Return an address with https: ``oauthlib`` takes no other, though on this machine http is good (RFC 8252)."""
    return f"https{url.removeprefix('http')}" if url.startswith("http://") else url
