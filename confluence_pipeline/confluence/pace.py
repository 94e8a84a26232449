"""The rate of requests that a site takes, learned from its refusals: pure rules.

A site that limits the rate lets so many requests a second through, R, after a burst of a size that it does not tell
(a token bucket, as in developer.atlassian.com, "Rate limiting"). Neither is published. A refusal bounds R from both
sides: it came since we sent faster than R, and since the refusal before it no more was let through than R allows.
The pace is set between the two bounds and below the upper one; it is raised again as long as no refusal comes, fast
where the site is known to take more, and then so slowly that refusals stay rare.
"""

from dataclasses import dataclass, field, replace
from math import sqrt

_LEAST_RATE = 1.0  # slower is no pace but a pause, and pauses the site asks for by itself
_BELOW_REFUSED = 0.95
_SHORTEST_SECONDS = 0.05
_WINDOW_SECONDS = 0.1
_IDLE_SECONDS = 1.0
_IDLE_REQUESTS = 3
_FEW = 3
_FIRST = 2

_STEP_SECONDS = 1.0
_STEP_REQUESTS = 10
_IN_USE = 0.7
_APPROACH = 0.03

_TRIAL = 8
_LONG_REQUESTS = 300
_FREE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Trial:
    """Refusals in a row that came soon, while the pace was lowered.

    A site that limits the rate takes more and more between two of its refusals the closer the pace comes to the
    limit. Where it does not, the refusals have nothing to do with the pace.

    Attributes:
        refusals: How many.
        began_with: The rate at the first, in requests a second.
        rate: The rate at the latest.
        before: Requests taken before the first four refusals.
        after: Requests taken before four later ones; the trial goes on with the next four.
    """

    refusals: int = 0
    began_with: float = 0.0
    rate: float = 0.0
    before: int = 0
    after: int = 0

    def refused(self, rate: float, accepted: int) -> "Trial":
        """Return the trial with one more refusal.

        Args:
            rate: The rate that was refused.
            accepted: Requests taken since the refusal before.
        """
        half = _TRIAL // 2
        if self.refusals < half:
            return Trial(self.refusals + 1, self.began_with or rate, rate, before=self.before + accepted)
        refusals, after = (half, 0) if self.refusals == _TRIAL else (self.refusals, self.after)
        return Trial(refusals + 1, self.began_with, rate, self.before, after + accepted)

    def in_vain(self) -> bool:
        """Say whether slowing down made no difference."""
        return self.refusals == _TRIAL and self.rate < 0.75 * self.began_with and self.after < 1.6 * max(1, self.before)


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of the rate that a site takes; moments are seconds of one clock that only goes forward.

    Attributes:
        rate: Requests a second to send at most; None while there is nothing to go by.
        ceiling: The rate that was last refused, in requests a second.
        lowered: The rate that was gone on with after that.
        refused_at: When; None if never.
        accepted: Requests taken since then.
        burst: Requests taken before the first refusal if that came at once, so about what the site takes in one go.
        sending_since: Since when requests have been sent without a break.
        noted_at: When requests were last noted.
        window_at: When the present tenth of a second or so began.
        window_sent: Requests sent since then.
        peak: The most requests a second that were sent in any such window since the last refusal.
        step_at: When the rate was last changed.
        step_sent: Requests sent since then.
        trial: Whether it helps to slow down.
        free_until: Until when refusals are no reason to slow down, because slowing down did not help.
    """

    rate: float | None = None
    ceiling: float = 0.0
    lowered: float = 0.0
    refused_at: float | None = None
    accepted: int = 0
    burst: int = 0
    sending_since: float = 0.0
    noted_at: float = 0.0
    window_at: float = 0.0
    window_sent: int = 0
    peak: float = 0.0
    step_at: float = 0.0
    step_sent: int = 0
    trial: Trial = field(default_factory=Trial)
    free_until: float = 0.0

    def noted(self, sent: int, accepted: int, now: float) -> "Pace":
        """Return the pace after requests: the rate is raised if it was in use, and for long enough.

        To be called often while requests are sent, and before the first.

        Args:
            sent: Requests sent since the last time.
            accepted: Requests since then that were answered with anything but a refusal.
            now: The present.
        """
        idle = now - self.noted_at > max(_IDLE_SECONDS, _IDLE_REQUESTS / (self.rate or 1.0))
        counted = replace(
            self,
            accepted=self.accepted + accepted,
            sending_since=now if idle else self.sending_since,
            noted_at=now,
            window_sent=self.window_sent + sent,
            step_at=now if idle else self.step_at,
            step_sent=sent if idle else self.step_sent + sent,
        )
        if now - counted.window_at >= _WINDOW_SECONDS:
            counted = replace(counted, window_at=now, window_sent=0, peak=counted.fastest(now))
        return counted if counted.rate is None else counted.with_rate_raised(counted.rate, now)

    def fastest(self, now: float) -> float:
        """Return the most requests a second that were sent in any window, the present one included."""
        return max(self.peak, self.window_sent / max(_SHORTEST_SECONDS, now - self.window_at))

    def with_rate_raised(self, rate: float, now: float) -> "Pace":
        """Return the pace with its rate raised, if it may be by now."""
        seconds = now - self.step_at
        if seconds < max(_STEP_SECONDS, _STEP_REQUESTS / rate):
            return self
        in_use = self.step_sent >= _IN_USE * rate * seconds
        return replace(self, rate=self._next_rate(rate) if in_use else rate, step_at=now, step_sent=0)

    def _next_rate(self, rate: float) -> float:
        """Return the rate of the next step: quickly half way to what was refused, slowly near it and past it."""
        middle = sqrt(self.lowered * self.ceiling)
        if rate < middle:
            return min(middle, rate * (1.5 if rate < middle / 2 else 1.1))
        if rate < 0.99 * self.ceiling:
            return rate + _APPROACH * (self.ceiling - rate)
        if rate < 1.03 * self.ceiling:
            return rate * 1.002
        return rate * (1.01 if rate < 1.1 * self.ceiling else 1.1)

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
            sending_since=resumes,
            noted_at=resumes,
            window_at=resumes,
            window_sent=0,
            peak=0.0,
            step_at=resumes,
            step_sent=0,
        )
        if now < self.free_until:
            return after
        least, most = self._bounds(now)
        tried = self._tried(most)
        if tried.in_vain():
            return replace(after, rate=None, trial=Trial(), free_until=resumes + _FREE_SECONDS)
        rate = self._lower_rate(least, most)
        return replace(after, rate=rate, ceiling=most, lowered=rate, burst=self._first_burst(now), trial=tried)

    def _tried(self, rate: float) -> Trial:
        if self.refused_at is None or self.accepted >= _LONG_REQUESTS:
            return Trial(began_with=rate)
        return self.trial.refused(rate, self.accepted)

    def _bounds(self, now: float) -> tuple[float, float]:
        """Return the rates that the site takes at least, and at most, as a refusal now shows."""
        least = 0.0
        if self.refused_at is not None:  # there was nothing left then, and no more came in since than was taken
            least = self.accepted / max(_SHORTEST_SECONDS, now - self.refused_at)
        return least, self.rate or max(_LEAST_RATE, self.fastest(now))

    def _first_burst(self, now: float) -> int:
        first_and_soon = self.refused_at is None and now - self.sending_since < _IDLE_SECONDS
        return self.accepted if first_and_soon else self.burst

    def _lower_rate(self, least: float, most: float) -> float:
        rate = max(sqrt(least * most), most / 4)
        if self.refused_at is None:
            rate = most / 2
        elif self.trial.refusals <= _FIRST and _FEW < self.accepted < 0.8 * self.burst:
            rate = least  # the pause was too short to give back a whole burst, so it gave back just this rate
        return max(_LEAST_RATE, min(rate, _BELOW_REFUSED * most))
