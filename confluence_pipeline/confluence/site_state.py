"""What the processes of a machine know together of one site's limits: a plain record, and how it changes.

Moments are seconds of the machine's monotonic clock, which all its processes share.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from confluence_pipeline.confluence.pace import Pace, Trial
from confluence_pipeline.confluence.quota import Quota
from confluence_pipeline.cost import Wait

_GONE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Member:
    """One client that sends requests.

    Attributes:
        seen_at: When it last said so.
        wanted: How many requests it would have under way at once.
    """

    seen_at: float
    wanted: int


@dataclass(frozen=True, slots=True)
class SiteState:
    """One site's limits as they are known now.

    Attributes:
        allowed: How many requests may be under way, of all members together.
        resume_at: Until when nobody sends.
        pause: Why not.
        episode: Counts the pauses; a request sent in an earlier one than the present brings no news when refused.
        pace: The rate learned from refusals.
        next_at: When the next request may be sent, where there is a rate to hold.
        points_at: When the next request may be sent, where there is a cap of points.
        tight_rate: The rate at which a quota that is nearly spent lasts until its reset; None if there is none.
        tight_until: When it is reset.
        members: Who sends, by name.
    """

    allowed: float
    resume_at: float = 0.0
    pause: Wait = "asked"
    episode: int = 0
    pace: Pace = field(default_factory=Pace)
    next_at: float = 0.0
    points_at: float = 0.0
    tight_rate: float | None = None
    tight_until: float = 0.0
    members: Mapping[str, Member] = field(default_factory=dict)

    def joined(self, name: str, wanted: int, now: float) -> "SiteState":
        """Return the state with a member seen now, and without those that have not been seen for long."""
        present = {other: member for other, member in self.members.items() if now - member.seen_at < _GONE_SECONDS}
        return replace(self, members={**present, name: Member(now, wanted)})

    def left(self, name: str) -> "SiteState":
        """Return the state without a member."""
        return replace(self, members={other: member for other, member in self.members.items() if other != name})

    def paused(self, now: float, seconds: float, reason: Wait) -> "SiteState":
        """Return the state with a pause for all; one under way is never made shorter."""
        resume_at = max(self.resume_at, now + seconds)
        return replace(
            self,
            resume_at=resume_at,
            pause=reason if now >= self.resume_at else self.pause,
            next_at=max(self.next_at, resume_at),
        )

    def refused(self, now: float, seconds: float, *, too_fast: bool) -> "SiteState":
        """Return the state after a refusal that brings news: half as much may be under way, in a new episode.

        Args:
            now: The present.
            seconds: How long nobody sends.
            too_fast: Whether the pace is to blame.
        """
        return replace(
            self,
            allowed=max(1.0, self.allowed / 2),
            episode=self.episode + 1,
            pace=self.pace.refused(now, seconds) if too_fast else self.pace,
        )

    def reserved(self, count: int, rate: float, now: float) -> tuple["SiteState", list[float]]:
        """Return the state after so many requests were planned, and the moments at which to send them.

        Args:
            count: How many.
            rate: How many a second, of all members together.
            now: The present.
        """
        first = max(self.next_at, now)
        return replace(self, next_at=first + count / rate), [first + number / rate for number in range(count)]

    def warned(self, quota: Quota, points_each: float, now: float) -> "SiteState":
        """Return the state after a warning that a quota is nearly spent.

        Args:
            quota: What remains.
            points_each: What a request costs on average.
            now: The present.
        """
        return replace(self, tight_rate=quota.requests_per_second(points_each), tight_until=now + quota.seconds)

    def rate(self, cap: float | None, now: float) -> tuple[float, Wait] | None:
        """Return the requests a second that all members together may send, and what sets it; None for any number.

        Args:
            cap: Our own limit.
            now: The present.
        """
        rates: list[tuple[float, Wait]] = []
        if cap is not None:
            rates.append((cap, "rate_cap"))
        if self.pace.rate is not None:
            rates.append((self.pace.rate, "pace"))
        if self.tight_rate is not None and now < self.tight_until:
            rates.append((self.tight_rate, "pace"))
        return min(rates, default=None)


def state_to_json(state: SiteState) -> dict[str, Any]:
    """Return the state as JSON can hold it."""
    return asdict(state)


def state_from_json(data: Any) -> SiteState:
    """Return the state that :func:`state_to_json` gave.

    Raises:
        ValueError: It is not one, for example one of another version of this package.
    """
    try:
        members = {str(name): Member(**_numbers(Member, member)) for name, member in data["members"].items()}
        trial = Trial(**_numbers(Trial, data["pace"].pop("trial")))
        pace = Pace(**_numbers(Pace, data["pace"]), trial=trial)
        rest = {name: value for name, value in data.items() if name not in {"members", "pace", "pause"}}
        pause: Wait = "backoff" if data["pause"] == "backoff" else "asked"
        return SiteState(**_numbers(SiteState, rest), pause=pause, pace=pace, members=members)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("this is no state of a site's limits") from error


def _numbers(kind: type, data: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    if not data.keys() <= names or not all(isinstance(value, int | float | None) for value in data.values()):
        raise TypeError
    return data
