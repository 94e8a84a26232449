"""A limit on requests per second, as Confluence's burst limit: past it, 429 with the documented headers."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(slots=True)
class RateLimiter:
    """A token bucket.

    Args:
        per_second: how many requests a second go through in the long run; 0 means no limit.
        burst: how many go through at once after a pause.
        timer: seconds that only go up.
    """

    per_second: float = 0
    burst: int = 1
    timer: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _at: float = field(init=False)
    _by_login: dict[bytes, "RateLimiter"] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._tokens = float(self.burst)
        self._at = self.timer()

    def of(self, login: bytes) -> "RateLimiter":
        """Return the bucket of whoever logs in so: on a Data Center everybody has one of their own.

        Args:
            login: the ``Authorization`` header; nothing for visitors, who share one.
        """
        return self._by_login.setdefault(login, RateLimiter(self.per_second, self.burst, self.timer))

    def wait_seconds(self) -> int:
        """Take a request in: 0 when it goes through, else the whole seconds after which one will."""
        if self.per_second <= 0:
            return 0
        now = self.timer()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return math.ceil((1 - self._tokens) / self.per_second)

    def standing(self) -> dict[str, str]:
        """Return what a Data Center that limits requests says of the bucket with every answer.

        Header names and meanings: Atlassian administration documentation, "Adjusting your code for rate limiting".
        """
        interval = math.ceil(1 / self.per_second) if 0 < self.per_second < 1 else 1
        return {
            "X-RateLimit-Limit": str(self.burst),
            "X-RateLimit-Remaining": str(int(self._tokens)),
            "X-RateLimit-Interval-Seconds": str(interval),
            "X-RateLimit-FillRate": str(max(1, round(self.per_second * interval))),
        }

    def headers(self, retry_after: int, now: datetime) -> dict[str, str]:
        """Return the headers of a 429 by the site's clock (developer.atlassian.com, "Rate limiting")."""
        reset = now + timedelta(seconds=retry_after)
        return {
            "Retry-After": str(retry_after),
            "X-RateLimit-Limit": str(self.burst),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%MZ"),
            "X-RateLimit-NearLimit": "true",
            "RateLimit-Reason": "confluence-burst-based",
        }
