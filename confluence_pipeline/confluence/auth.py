"""Ways to log in: each is one frozen dataclass that says how a request is signed.

A new way is one more class with the methods of :class:`Auth`.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Protocol

from confluence_pipeline.confluence.errors import AuthenticationError


class Auth(Protocol):
    """What the client needs of a way to log in."""

    def authorization(self) -> str:
        """Return the value of the ``Authorization`` header for a request to the site's own origin."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must never show, even where a site repeats them in an error."""
        ...

    def refused(self, path: str, answer: str) -> AuthenticationError:
        """Return the error for a 401 on ``path``, naming the setting to change.

        Args:
            path: What was asked, without the host.
            answer: The site's own words, already shortened and free of markup.
        """
        ...


@dataclass(frozen=True)
class ApiToken:
    """An Atlassian account's e-mail address and an API token without scopes (Basic, on the site's own URL).

    Attributes:
        user_name: The account's e-mail address.
        api_token: The token, made at id.atlassian.com under Security; never shown.
    """

    user_name: str
    api_token: str = field(repr=False)

    def __post_init__(self) -> None:
        for setting, value in (
            ("CONFLUENCE_USER_NAME", self.user_name),
            ("CONFLUENCE_API_TOKEN", self.api_token),
        ):
            if not value.strip():
                raise AuthenticationError(f"{setting} is empty; set it to log in with an API token", setting=setting)
            if value != value.strip() or not value.isprintable():
                raise AuthenticationError(
                    f"{setting} has a space or line break around it; set it to the value alone",
                    setting=setting,
                )

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
        said = f" ({answer})" if answer else ""
        return AuthenticationError(
            f"The site does not accept the API token for {self.user_name} on {path}{said}; check "
            "CONFLUENCE_USER_NAME (the account's e-mail address) and CONFLUENCE_API_TOKEN (is it expired, "
            "revoked or a token with scopes?)",
            status=401,
            setting="CONFLUENCE_API_TOKEN",
        )
