"""What a watch on a site remembers from one look to the next. Pure: no clock, no network."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

OVERLAP_MINUTES = 60
"""How much of what was looked at before is looked at again: the search index may lag that long."""

_LONGEST_MINUTES = 24 * 60  # what is older is left to the daily sync


@dataclass(frozen=True)
class Watch:
    """The memory of a watch.

    Attributes:
        looked_at: When it last looked; None before the first time.
        seen: What it saw then, as marks by space key.
    """

    looked_at: datetime | None = None
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of_cursor(cls, cursor: str | None) -> "Watch":
        """Return what :meth:`as_cursor` wrote; a new watch for no cursor.

        Raises:
            ValueError: The text was not written so.
        """
        if not cursor:
            return cls()
        kept = json.loads(cursor)
        seen = {key: frozenset(marks) for key, marks in kept["seen"].items()}
        return cls(datetime.fromisoformat(kept["looked_at"]), seen)

    def as_cursor(self) -> str:
        """Return the memory as a text; equal ones give equal texts."""
        looked_at = self.looked_at.isoformat() if self.looked_at else None
        seen = {key: sorted(marks) for key, marks in sorted(self.seen.items())}
        return json.dumps({"looked_at": looked_at, "seen": seen}, separators=(",", ":"))

    def minutes(self, now: datetime, *, first: int) -> int:
        """Return how many minutes to look back, with the overlap: since the last look, but no more than a day.

        Args:
            now: The present, by the clock that ``looked_at`` was read from.
            first: How many minutes the first look goes back, without the overlap.
        """
        since = first if self.looked_at is None else ceil((now - self.looked_at).total_seconds() / 60)
        return OVERLAP_MINUTES + min(max(since, first), _LONGEST_MINUTES)


def change_key(marks: Mapping[str, Iterable[str]]) -> str:
    """Return a short text that is the same for the same changes, and another one for others."""
    ordered = [[key, sorted(found)] for key, found in sorted(marks.items())]
    return hashlib.sha256(json.dumps(ordered).encode()).hexdigest()[:32]
