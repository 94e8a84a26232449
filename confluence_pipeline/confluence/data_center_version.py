"""Which Confluence Data Center answers, and what its version can give."""

import re
from dataclasses import dataclass

from confluence_pipeline.confluence.errors import UnsupportedError

OLDEST = (8, 5)
"""The oldest version that is supported: older ones are tried, and what they lack is told."""

_NUMBER = re.compile(r"\s*(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """The version of a Data Center, and what follows from it.

    Attributes:
        text: As the site writes it, such as ``9.2.1``; None where it does not tell.
    """

    text: str | None = None

    @property
    def number(self) -> tuple[int, int]:
        """Major and minor number; of a version that is not known, those of the oldest that is supported."""
        match = _NUMBER.match(self.text or "")
        return (int(match[1]), int(match[2])) if match else OLDEST

    @property
    def product(self) -> str:
        """The product's name with its version."""
        return f"Confluence Data Center {self.text}" if self.text else "Confluence Data Center"

    @property
    def is_old(self) -> bool:
        """Whether it is older than what is supported."""
        return self.number < OLDEST

    @property
    def described(self) -> str:
        """The product's name with its version, and a word of warning where that is old."""
        warning = ", which is older than {}.{}, the oldest that is supported, and is tried".format(*OLDEST)
        return self.product + (warning if self.is_old else "")

    def scans(self, content_type: str) -> bool:
        """Return whether ``content/scan`` lists a type: pages since 7.18, all types since 10.0 (its REST document)."""
        return self.number >= ((7, 18) if content_type == "page" else (10, 0))

    @property
    def lists_permissions(self) -> bool:
        """Whether REST lists a space's grants: since 9.1 (``space/{key}/permissions``)."""
        return self.number >= (9, 1)

    def cannot(self, table: str, because: str) -> UnsupportedError:
        """Return the error for a table that this version cannot give."""
        return UnsupportedError(f"{table} is not available from {self.product}: {because}")
