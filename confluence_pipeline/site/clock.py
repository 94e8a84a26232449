"""The site's clock: real time by default; tests stop it, set it and move it."""

from datetime import UTC, datetime, timedelta


class SiteClock:
    """Tells the site's time. Everything the site dates, and the search index's lag, goes by it."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the site's present time, in UTC."""
        return self._frozen or datetime.now(UTC) + self._ahead

    def freeze(self, at: datetime | None = None) -> None:
        """Stop the clock, at ``at`` (which must have a zone) or at the present time."""
        self._frozen = (at or self.now()).astimezone(UTC)

    def advance(self, seconds: float) -> None:
        """Move the clock forward, frozen or not."""
        step = timedelta(seconds=seconds)
        if self._frozen is not None:
            self._frozen += step
        else:
            self._ahead += step

    def resume(self) -> None:
        """Let a frozen clock run on from where it stands."""
        if self._frozen is not None:
            self._ahead = self._frozen - datetime.now(UTC)
            self._frozen = None


def wire_time(moment: datetime) -> str:
    """Write a time as Confluence Cloud does: ``2026-07-21T17:00:39.000Z``.

    These strings sort as the times do, which is why the store keeps them and not ``datetime`` objects.
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def epoch_milliseconds(timestamp: str) -> int:
    """Read a :func:`wire_time` back as milliseconds since 1970, the unit of the task filters."""
    return round(datetime.fromisoformat(timestamp).timestamp() * 1000)
