"""An API token with scopes, of a person or of a service account, through Atlassian's gateway."""

from base64 import b64encode
from dataclasses import dataclass, field

from confluence_pipeline.confluence.auth.fixed import Fixed, check_form, quoted
from confluence_pipeline.confluence.auth.scopes import is_about_scope, scope_refused
from confluence_pipeline.confluence.errors import AccessError, AuthenticationError

_WHERE = (
    "a token's scopes cannot be changed, so make another at id.atlassian.com under Security (for a service account at "
    "admin.atlassian.com under Directory) and set CONFLUENCE_API_TOKEN to it"
)


@dataclass(frozen=True)
class ScopedToken(Fixed):
    """An API token with scopes; it is good at the gateway only (jira.atlassian.com, CLOUD-12617).

    Attributes:
        api_token: The token; never shown.
        user_name: The account's e-mail address, which makes it Basic; without one the token is sent as Bearer, as
            service accounts do.
    """

    api_token: str = field(repr=False)
    user_name: str | None = None

    through_gateway = True
    setting = "CONFLUENCE_API_TOKEN"
    account = f"the account behind {setting}"

    def __post_init__(self) -> None:
        check_form("CONFLUENCE_API_TOKEN", self.api_token, "to log in with a scoped token")
        if self.user_name is not None:
            check_form("CONFLUENCE_USER_NAME", self.user_name, "to the account's e-mail address, or unset it")

    def authorization(self) -> str:
        """Return the Basic or Bearer header's value."""
        return f"Bearer {self.api_token}" if self.user_name is None else f"Basic {self._credentials}"

    def secrets(self) -> tuple[str, ...]:
        """Return the token, and what is sent in its place."""
        return self.api_token, self._credentials

    @property
    def _credentials(self) -> str:
        return b64encode(f"{self.user_name}:{self.api_token}".encode()).decode()

    def refused(self, path: str, answer: str) -> AuthenticationError | AccessError:
        """Return the error for a 401: a scope that is missing, or a token that is no good."""
        if is_about_scope(answer):
            return scope_refused(path, "the scoped token", _WHERE, self.setting)
        return AuthenticationError(
            f"The gateway does not accept the scoped token on {path}{quoted(answer)}; check CONFLUENCE_API_TOKEN (is "
            "it expired, revoked, or one without scopes? One without needs CONFLUENCE_USER_NAME and "
            "CONFLUENCE_AUTH=basic), and where CONFLUENCE_USER_NAME is set that it is the account's e-mail address",
            status=401,
            setting=self.setting,
        )
