"""A personal access token of Confluence Data Center."""

from dataclasses import dataclass, field

from confluence_pipeline.confluence.auth.fixed import Fixed, check_form, quoted
from confluence_pipeline.confluence.errors import AuthenticationError


@dataclass(frozen=True)
class PersonalAccessToken(Fixed):
    """A token that a person made under their profile on a Data Center site (Bearer; Confluence 7.9 and later).

    Attributes:
        token: The token; never shown.
    """

    token: str = field(repr=False)

    through_gateway = False
    setting = "CONFLUENCE_PERSONAL_ACCESS_TOKEN"
    account = f"the account behind {setting}"

    def __post_init__(self) -> None:
        check_form(self.setting, self.token, "to log in with a personal access token")

    def authorization(self) -> str:
        """Return the Bearer header's value."""
        return f"Bearer {self.token}"

    def secrets(self) -> tuple[str, ...]:
        """Return the token."""
        return (self.token,)

    def refused(self, path: str, answer: str) -> AuthenticationError:
        """Return the error for a 401, naming the setting."""
        return AuthenticationError(
            f"The site does not accept the personal access token on {path}{quoted(answer)}; check {self.setting} (is "
            "it expired or revoked? It is made on the site under the profile picture, Settings, Personal access "
            "tokens)",
            status=401,
            setting=self.setting,
        )
