"""What an answer's headers say of the site's limits: pure reading.

Confluence Cloud sends ``X-RateLimit-Limit``, ``-Remaining``, ``-Reset`` (ISO 8601) and ``-NearLimit``, and with a
refusal ``RateLimit-Reason``; developer.atlassian.com, "Rate limiting". ``Beta-RateLimit`` names what remains and the
seconds until the reset: ``"global-app-quota";r=900;t=1200``.

A Data Center that limits requests has a bucket for each person: ``X-RateLimit-Limit`` it holds, ``-FillRate`` come in
every ``-Interval-Seconds``; Atlassian administration documentation, "Improving instance stability with rate limiting".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from confluence_pipeline.confluence.retries import seconds_until, site_time

_LONG_SECONDS = 60.0
_NEARLY_EMPTY = 0.2  # of a bucket, as Cloud's NearLimit
_NUMBER = re.compile(r"\d{1,12}")
_BUCKET = ("Limit", "Remaining", "FillRate", "Interval-Seconds")
_BETA = re.compile(r";\s*([rt])=(\d{1,12})\b")


@dataclass(frozen=True, slots=True)
class Quota:
    """What remains of a quota that is getting tight.

    Attributes:
        remaining: How much.
        seconds: Until it is full again.
        points: Whether it counts points, as the hourly quotas do, and not requests, as the limits on bursts do.
    """

    remaining: int
    seconds: float
    points: bool

    def requests_per_second(self, points_each: float) -> float:
        """Return the rate at which the rest lasts until the reset.

        Args:
            points_each: What a request costs on average.
        """
        requests = self.remaining / max(1.0, points_each) if self.points else self.remaining
        return max(1.0, requests) / max(1.0, self.seconds)


def tight_quota(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """Return the quota that an answer warns of, or None if it warns of none, or in words that cannot be read.

    Args:
        headers: The answer's headers, with names in any case the mapping resolves.
        now: The present, with a time zone; used where the answer does not say when it was sent.
    """
    beta = dict(_BETA.findall(headers.get("Beta-RateLimit", "")))
    if "r" in beta and "t" in beta:  # r is only sent when little remains
        return _quota(int(beta["r"]), float(beta["t"]))
    if "X-RateLimit-FillRate" in headers:
        return _bucket(headers)
    if headers.get("X-RateLimit-NearLimit", "").strip().lower() != "true":
        return None
    remaining = headers.get("X-RateLimit-Remaining", "").strip()
    seconds = seconds_until(headers.get("X-RateLimit-Reset", ""), site_time(headers, now))
    if not _NUMBER.fullmatch(remaining) or seconds is None:
        return None
    return _quota(int(remaining), seconds)


def _bucket(headers: Mapping[str, str]) -> Quota | None:
    """Return what comes into a bucket that is nearly empty, at which rate requests may go on."""
    told = [headers.get(f"X-RateLimit-{name}", "").strip() for name in _BUCKET]
    if not all(_NUMBER.fullmatch(number) for number in told):
        return None
    limit, remaining, rate, interval = map(int, told)
    return None if remaining > _NEARLY_EMPTY * limit else Quota(rate, float(interval), points=False)


def _quota(remaining: int, seconds: float) -> Quota:
    return Quota(remaining, seconds, points=seconds > _LONG_SECONDS)
