"""What can go wrong with a site, ordered by what a caller should do about it.

::

    ConfluenceError
    ├── SettingError              a person changes a setting; never retried
    │   ├── AddressError              CONFLUENCE_SERVER_URL does not lead to a Confluence site
    │   ├── AuthenticationError       the site does not accept the credentials
    │   ├── AccessError               the credentials are good, but not for this
    │   └── QueryError                the site does not accept the CQL
    ├── SiteUnavailableError      the whole step is tried again later
    ├── ServerError               this request cannot be answered: halve the batch, then the ledger
    ├── TooLargeError             this request's answer is too large to hold: halve the batch
    ├── ListingError              a listing that cannot be trusted: nothing may be removed because of it
    └── RefusedError              one item is refused: the ledger
        ├── NotFoundError             missing, or hidden from the caller (the API does not say which)
        └── GoneError                 the endpoint was removed (410)
            └── UnsupportedError          this product, or this version of it, never had one

Every message is safe to show: it names the path that was asked, never a body, a header or a credential.
"""

from datetime import UTC, datetime, timedelta


class ConfluenceError(Exception):
    """Something went wrong between us and the site.

    Attributes:
        status: The HTTP status of the last answer, or None if there was no answer.
        attempts: How many requests were made.
        setting: The environment variable to change, or None if no setting helps.
        retryable: Whether the same call may succeed later without anybody changing anything.
    """

    retryable = False

    def __init__(
        self, message: str, *, status: int | None = None, attempts: int = 1, setting: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.attempts = attempts
        self.setting = setting

    @property
    def reason(self) -> str:
        """One word for the ledger's ``reason``: the error's kind in snake case."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


class SettingError(ConfluenceError):
    """A setting is wrong; ``setting`` says which."""


class AddressError(SettingError):
    """The address does not lead to a Confluence site."""


class AuthenticationError(SettingError):
    """The site does not accept the credentials."""


class AccessError(SettingError):
    """The caller is known but may not do this (403)."""


class QueryError(SettingError):
    """The site does not accept the CQL; the message holds the site's own words."""


class SiteUnavailableError(ConfluenceError):
    """The site could not be reached, or asked us to stay away for longer than we are willing to wait.

    Attributes:
        until: Until when the site asked us to stay away, in UTC; None if it named no time.
    """

    retryable = True
    until: datetime | None = None

    @classmethod
    def left_alone(cls, seconds: float, *, status: int | None = None, attempts: int = 1) -> "SiteUnavailableError":
        """Return the error of a request that is not sent, or not again, for so many seconds to come."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        error = cls(
            f"The site asks to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC, for {seconds:.0f} seconds; nothing "
            "is sent to it from this machine before that, so run the sync again then",
            status=status,
            attempts=attempts,
        )
        error.until = until
        return error


class ServerError(ConfluenceError):
    """The site answered, again and again, with a fault (5xx, a body cut short, text that is not JSON)."""

    retryable = True


class TooLargeError(ConfluenceError):
    """The answer is larger than the caller is willing to hold at once."""


class ListingError(ConfluenceError):
    """A listing repeated itself, broke off or did not end, so it proves nothing about what is absent."""

    retryable = True


class RefusedError(ConfluenceError):
    """The site refused this one request (4xx) for a reason that lies in the item."""


class NotFoundError(RefusedError):
    """404: the thing does not exist or the caller may not see it."""


class GoneError(RefusedError):
    """410: the endpoint was removed from the API."""


class UnsupportedError(GoneError):
    """The product, or this version of it, has no way to give a table; asking again changes nothing."""
