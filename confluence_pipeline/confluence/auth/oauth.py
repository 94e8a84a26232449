"""An app that acts for a person who logged in once (OAuth 2.0, three-legged)."""

from dataclasses import dataclass

from confluence_pipeline.confluence.auth.fixed import quoted
from confluence_pipeline.confluence.auth.renewal import LOGIN_COMMAND, REFRESH_SETTING, Renewal
from confluence_pipeline.confluence.auth.scopes import is_about_scope, scope_refused
from confluence_pipeline.confluence.errors import AccessError, AuthenticationError

OAUTH_POINTS_PER_HOUR = 65_000.0
"""What Atlassian grants to an OAuth app, of all its users together (developer.atlassian.com, "Rate limiting")."""

_WHERE = (
    "add it to the app at developer.atlassian.com under Permissions, and run "
    f"{LOGIN_COMMAND} again, since a login keeps the scopes it was given"
)


@dataclass(frozen=True)
class OAuth:
    """The login of a person with an OAuth 2.0 app, whose tokens are renewed as they run out.

    Attributes:
        renewal: Keeps the tokens good.
    """

    renewal: Renewal

    through_gateway = True
    setting = REFRESH_SETTING
    account = "the account that logged in"
    points_per_hour = OAUTH_POINTS_PER_HOUR

    @property
    def quota_owner(self) -> str:
        """The app, whose points all of its users spend."""
        return self.renewal.endpoint.client_id

    def authorization(self) -> str:
        """Return the Bearer header's value, with a token that is good now."""
        return f"Bearer {self.renewal.login().access_token}"

    def renew(self, refused: str) -> bool:
        """Renew the token that was refused, unless that happened already."""
        return self.renewal.renew(refused.removeprefix("Bearer "))

    def secrets(self) -> tuple[str, ...]:
        """Return the app's secret and every token that is known."""
        return self.renewal.endpoint.client_secret, *self.renewal.secrets()

    def granted(self) -> tuple[str, ...]:
        """Return the scopes of the login; empty where the login server did not say.

        Raises:
            ConfluenceError: There is no login that is good.
        """
        return self.renewal.login().scopes

    def refused(self, path: str, answer: str) -> AuthenticationError | AccessError:
        """Return the error for a 401: a scope that is missing, or a login that is lost."""
        if is_about_scope(answer):
            return scope_refused(path, "the login", _WHERE, self.setting, self.renewal.known_scopes())
        return AuthenticationError(
            f"The gateway does not accept the login on {path}{quoted(answer)}, although its token was renewed; is the "
            f"app still let in for this site? Run {LOGIN_COMMAND} again",
            status=401,
            setting=self.setting,
        )
