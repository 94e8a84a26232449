"""What a watch on a site remembers from one look to the next. Pure: no clock, no network."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil

OVERLAP_MINUTES = 60
"""How much of what was looked at before is looked at again: the search index may lag that long."""

MOST_ATTEMPTS = 5
"""How often a run that fails is asked for; after that its spaces are left to the daily sync."""

_LONGEST_MINUTES = 24 * 60  # what is older is left to the daily sync
_FIRST_WAIT = timedelta(minutes=5)


@dataclass(frozen=True)
class Asked:
    """A run that was asked for, and is not known to have succeeded.

    Attributes:
        run_key: The key it was asked for under.
        first: The first space of its range.
        last: The last one.
        attempts: How often the range was asked for, this time included.
        at: When it was asked for this time.
        spaces: The spaces of its range that changed; all of them where none is named.
    """

    run_key: str
    first: str
    last: str
    attempts: int
    at: datetime
    spaces: tuple[str, ...] = ()

    def is_due(self, now: datetime) -> bool:
        """Return whether it is time to ask again, should it have failed: five minutes later, then ten, and so on."""
        return self.attempts < MOST_ATTEMPTS and now >= self.at + _FIRST_WAIT * 2 ** (self.attempts - 1)

    def is_worth_waiting_for(self, now: datetime) -> bool:
        """Return whether it may still be asked for again; a run that was deleted is forgotten after a day."""
        return self.attempts < MOST_ATTEMPTS and now - self.at < timedelta(minutes=_LONGEST_MINUTES)

    def again(self, now: datetime) -> "Asked":
        """Return what to ask for in its place, under a key of its own."""
        key = f"{self.run_key.partition('#')[0]}#{self.attempts + 1}"
        return replace(self, run_key=key, attempts=self.attempts + 1, at=now)


@dataclass(frozen=True)
class Watch:
    """The memory of a watch.

    Attributes:
        looked_at: When it last looked; None before the first time.
        seen: What it saw then, as marks by space key.
        asked: The runs that it asked for and that are not known to have succeeded.
    """

    looked_at: datetime | None = None
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()

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
        asked = (
            Asked(**{**facts, "at": datetime.fromisoformat(facts["at"]), "spaces": tuple(facts.get("spaces", ()))})
            for facts in kept.get("asked", ())
        )
        return cls(datetime.fromisoformat(kept["looked_at"]) if kept["looked_at"] else None, seen, tuple(asked))

    def as_cursor(self) -> str:
        """Return the memory as a text; equal ones give equal texts."""
        looked_at = self.looked_at.isoformat() if self.looked_at else None
        seen = {key: sorted(marks) for key, marks in sorted(self.seen.items())}
        asked = [{**asdict(one), "at": one.at.isoformat()} for one in self.asked]
        return json.dumps({"looked_at": looked_at, "seen": seen, "asked": asked}, separators=(",", ":"))

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
