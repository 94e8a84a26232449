"""The rate of requests that a site takes, learned from its refusals: pure rules.

A site that limits the rate lets so many requests a second through, R, after a burst of a size that it does not tell
(a token bucket, as in developer.atlassian.com, "Rate limiting"). Neither is published. A refusal bounds R from both
sides: it came since we sent faster than R, and since the refusal before it no more was let through than R allows.
The pace is set between the two bounds and below the upper one; it is raised again as long as no refusal comes, fast
where the site is known to take more, and then so slowly that refusals stay rare.
"""

from dataclasses import dataclass, replace
from math import sqrt

_LEAST_RATE = 0.1
_BELOW_REFUSED = 0.95
_AT_LEAST_ACTIVE = 0.05
_IDLE_SECONDS = 1.0
_HOLD_SECONDS = 30.0
_FAST = (1.1, 2.0)
_SLOW = (1.01, 5.0)
_IN_USE = 0.7
_SHORT_SECONDS = 20.0
_MOST_FUTILE = 10
_FREE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of the rate that a site takes; moments are seconds of one clock that only goes forward.

    Attributes:
        rate: Requests a second to send at most; None while there is nothing to go by.
        ceiling: The rate that was last refused, in requests a second.
        refused_at: When; None if never.
        accepted: Requests taken since then.
        resumed_at: When the pause after it ended.
        burst: Requests taken before the first refusal if that came at once, so about what the site takes in one go.
        sending_since: Since when requests have been sent without a break.
        sent: Requests sent since then.
        noted_at: When requests were last noted.
        step_at: When the rate was last changed.
        step_sent: Requests sent since then.
        futile: Refusals in a row that came soon although the pace was lowered.
        free_until: Until when refusals are no reason to slow down, because slowing down did not help.
    """

    rate: float | None = None
    ceiling: float = 0.0
    refused_at: float | None = None
    accepted: int = 0
    resumed_at: float = 0.0
    burst: float = 0.0
    sending_since: float = 0.0
    sent: int = 0
    noted_at: float = 0.0
    step_at: float = 0.0
    step_sent: int = 0
    futile: int = 0
    free_until: float = 0.0

    def noted(self, sent: int, accepted: int, now: float) -> "Pace":
        """Return the pace after requests: the rate is raised if it was in use, and for long enough.

        Args:
            sent: Requests sent since the last time.
            accepted: Requests since then that were answered with anything but a refusal.
            now: The present.
        """
        if not sent and not accepted:
            return self
        idle = now - self.noted_at > _IDLE_SECONDS
        counted = replace(
            self,
            accepted=self.accepted + accepted,
            sending_since=now if idle else self.sending_since,
            sent=sent if idle else self.sent + sent,
            noted_at=now,
            step_at=now if idle else self.step_at,
            step_sent=sent if idle else self.step_sent + sent,
        )
        return counted if counted.rate is None else counted.with_rate_raised(counted.rate, now)

    def with_rate_raised(self, rate: float, now: float) -> "Pace":
        """Return the pace with its rate raised, if it may be by now."""
        room = rate * _FAST[0] <= _BELOW_REFUSED * self.ceiling or rate > _FAST[0] * self.ceiling
        factor, seconds = _FAST if room else _SLOW
        if not room and now < self.resumed_at + _HOLD_SECONDS:
            return replace(self, step_at=now, step_sent=0)
        if now < self.step_at + seconds:
            return self
        in_use = self.step_sent >= _IN_USE * rate * (now - self.step_at)
        return replace(self, rate=rate * (factor if in_use else 1), step_at=now, step_sent=0)

    def refused(self, now: float, pause: float) -> "Pace":
        """Return the pace after the first of the refusals that come at once.

        Args:
            now: The present.
            pause: The seconds that nobody sends now.
        """
        resumes = now + pause
        after = replace(
            self,
            refused_at=now,
            accepted=0,
            resumed_at=resumes,
            sending_since=resumes,
            sent=0,
            noted_at=resumes,
            step_at=resumes,
            step_sent=0,
        )
        if now < self.free_until:
            return after
        futile = 0 if self.refused_at is None or now - self.resumed_at >= _SHORT_SECONDS else self.futile + 1
        if futile >= _MOST_FUTILE:
            return replace(after, rate=None, futile=0, free_until=now + _FREE_SECONDS)
        rate, refused = self._lower_rate(now)
        return replace(after, rate=rate, ceiling=refused, futile=futile, burst=self._burst(now))

    def _burst(self, now: float) -> float:
        first_and_soon = self.refused_at is None and now - self.sending_since < _IDLE_SECONDS
        return float(self.accepted) if first_and_soon else self.burst

    def _lower_rate(self, now: float) -> tuple[float, float]:
        """Return the rate to go on with, and the rate that was refused."""
        active = max(_AT_LEAST_ACTIVE, now - self.sending_since)
        most = max(1, self.sent) / active
        if self.rate is not None:
            most = min(self.rate, most)
        if self.refused_at is None:
            return max(_LEAST_RATE, most / 2), most
        least = self.accepted / max(_AT_LEAST_ACTIVE, now - self.refused_at)
        was_not_full = self.accepted < 0.8 * self.burst  # so the pause gave back all that the site had to give
        rate = least if was_not_full else sqrt(least * most)
        return max(_LEAST_RATE, min(rate, _BELOW_REFUSED * most)), most
