"""What the client needs of a way to log in."""

from typing import Protocol

from confluence_pipeline.confluence.errors import AccessError, AuthenticationError


class Auth(Protocol):
    """A way to log in; shared by all threads of a client."""

    @property
    def through_gateway(self) -> bool:
        """Whether requests go through Atlassian's gateway, and not to the site's own URL."""
        ...

    @property
    def points_per_hour(self) -> float | None:
        """The points an hour that Atlassian grants to this way in; None where it does not count them."""
        ...

    @property
    def quota_owner(self) -> str | None:
        """Whose those points are, where one quota covers all sites: the app's id; None where each site has its own."""
        ...

    @property
    def account(self) -> str:
        """Whom the site takes us for, as words for an error message."""
        ...

    @property
    def setting(self) -> str:
        """The environment variable that names that account or holds its credentials."""
        ...

    def authorization(self) -> str:
        """Return the value of the ``Authorization`` header for a request to the API's own origin.

        Raises:
            ConfluenceError: There is no token, and none can be had.
        """
        ...

    def renew(self, refused: str) -> bool:
        """Take another token, if there can be one, after the API refused one that should still have been good.

        Args:
            refused: The ``Authorization`` that was refused with 401.

        Returns:
            Whether :meth:`authorization` now gives another one, so that the request is worth another attempt.

        Raises:
            ConfluenceError: A new token was asked for and not given.
        """
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return the texts that must never show, even where a site repeats them in an error."""
        ...

    def refused(self, path: str, answer: str) -> AuthenticationError | AccessError:
        """Return the error for a 401 on ``path``, naming what to change.

        Args:
            path: What was asked, without the host and what all paths begin with.
            answer: The site's own words, already shortened and free of markup.

        Returns:
            An :class:`AccessError` where the login is good and only a scope is missing.
        """
        ...
