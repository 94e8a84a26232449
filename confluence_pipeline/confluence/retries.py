"""When a request is sent again, and after how long: pure rules, no clock and no network."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how patiently a request is repeated.

    Atlassian's advice is at most four repeats with jitter, thirty seconds apart at most (developer documentation,
    "Rate limiting"), and is about 429. These are faults: where a fifth of all answers are, four repeats would fail one
    request in three thousand, and a large space takes more than that; so there are more of them, and sooner. A pause
    that the site asks for is obeyed whatever these numbers say, and is no attempt of ours: with many threads, one of
    them may well be told to wait more than four times.

    Attributes:
        attempts: Requests in all, the first one included; those answered with a pause do not count.
        first_seconds: The pause before the first repeat; it doubles each time.
        most_seconds: The longest such pause.
        longest_wait_seconds: The longest we let the site keep one request waiting, all its pauses together; above
            it the step gives up.
        random: Numbers in [0, 1), for the jitter.
    """

    attempts: int = 8
    first_seconds: float = 0.5
    most_seconds: float = 10.0
    longest_wait_seconds: float = 900.0
    random: Callable[[], float] = random.random

    def backoff(self, attempt: int) -> float:
        """Return the seconds to wait after the ``attempt``-th request (from 1), with jitter of ±30 %."""
        plain = min(self.most_seconds, self.first_seconds * 2.0 ** (attempt - 1))
        return plain * (0.7 + 0.6 * self.random())


def asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that an answer asks us to wait, or None if it does not say.

    Reads ``Retry-After`` (seconds, or an HTTP date) and, without it, ``X-RateLimit-Reset`` (ISO 8601) where
    ``X-RateLimit-Remaining`` is 0 or the reason is a spent quota. What cannot be read counts as not said.

    Args:
        headers: The answer's headers, with names in any case the mapping resolves.
        now: The present, with a time zone; used where the answer does not say when it was sent.
    """
    said = headers.get("Retry-After")
    if said is not None:
        return seconds_until(said, site_time(headers, now))
    reset = headers.get("X-RateLimit-Reset")
    if reset is not None and (headers.get("X-RateLimit-Remaining", "").strip() == "0" or quota_is_spent(headers)):
        return seconds_until(reset, site_time(headers, now))
    return None


def quota_is_spent(headers: Mapping[str, str]) -> bool:
    """Say whether a refusal is about a quota of points, and not about requests that came too fast."""
    return "quota" in headers.get("RateLimit-Reason", "")


def site_time(headers: Mapping[str, str], now: datetime) -> datetime:
    """Return the present by the site's clock, as the answer's ``Date`` says, since ours may be wrong.

    Args:
        headers: The answer's headers.
        now: The present by our clock, for an answer without a date that can be read.
    """
    try:
        sent = parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError, TypeError):
        return now
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def seconds_until(said: str, now: datetime) -> float | None:
    """Return how long to wait, from seconds, an HTTP date or an ISO 8601 moment; None if it is none of them."""
    said = said.strip()
    try:
        return max(0.0, float(said)) if said.replace(".", "", 1).isdigit() else _until(_moment(said), now)
    except (ValueError, OverflowError):
        return None


def _moment(said: str) -> datetime:
    try:
        return datetime.fromisoformat(said)
    except ValueError:
        return parsedate_to_datetime(said)


def _until(moment: datetime, now: datetime) -> float:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
