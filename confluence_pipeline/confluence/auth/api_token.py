"""E-mail address and API token, or user name and password: Basic on the site's own URL."""

from base64 import b64encode
from dataclasses import dataclass, field

from confluence_pipeline.confluence.auth.fixed import Fixed, check_form, quoted
from confluence_pipeline.confluence.errors import AuthenticationError


@dataclass(frozen=True)
class ApiToken(Fixed):
    """An Atlassian account's e-mail address and an API token without scopes (Basic, on the site's own URL).

    On Data Center, a user name and its password.

    Attributes:
        user_name: The account's e-mail address.
        api_token: The token, made at id.atlassian.com under Security; never shown.
    """

    user_name: str
    api_token: str = field(repr=False)

    through_gateway = False
    setting = "CONFLUENCE_USER_NAME"
    account = f"the account behind {setting}"

    def __post_init__(self) -> None:
        check_form("CONFLUENCE_USER_NAME", self.user_name, "to log in with an API token")
        check_form("CONFLUENCE_API_TOKEN", self.api_token, "to log in with an API token")

    def authorization(self) -> str:
        """Return the Basic header's value."""
        return f"Basic {self._credentials}"

    def secrets(self) -> tuple[str, ...]:
        """Return the token, and what is sent in its place."""
        return self.api_token, self._credentials

    @property
    def _credentials(self) -> str:
        return b64encode(f"{self.user_name}:{self.api_token}".encode()).decode()

    def refused(self, path: str, answer: str) -> AuthenticationError:
        """Return the error for a 401, naming both settings."""
        return AuthenticationError(
            f"The site does not accept the API token for {self.user_name} on {path}{quoted(answer)}; check "
            "CONFLUENCE_USER_NAME (the account's e-mail address) and CONFLUENCE_API_TOKEN (is it expired, "
            "revoked or a token with scopes? One with scopes needs CONFLUENCE_AUTH=scoped_token)",
            status=401,
            setting="CONFLUENCE_API_TOKEN",
        )
