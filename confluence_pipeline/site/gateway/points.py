"""Points: what an OAuth app may ask for in an hour (developer.atlassian.com, Confluence Cloud, "Rate limiting").

A request costs a point, and one more for each object in its answer, or two for each user, group or permission; a write
costs one. All apps get 65,000 in each hour of UTC; the rest of an hour does not carry over, and when they are spent
every request is answered 429 until the next hour. API tokens are not metered so.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

PER_HOUR = 65_000
_NEAR = 0.2
_PEOPLE = re.compile(r"/(user|users|users-bulk|group|memberof|permissions|space-permissions|role-assignments)(/|$)")


@dataclass(slots=True)
class Allowance:
    """One app's points of the hour that runs."""

    per_hour: int = PER_HOUR
    spent: int = 0
    hour: datetime | None = None

    def charge(self, points: int, now: datetime) -> None:
        """Take points away; what is spent over the limit is spent all the same."""
        self._turn(now)
        self.spent += points

    def is_spent(self, now: datetime) -> bool:
        """Tell whether nothing is left of this hour."""
        self._turn(now)
        return self.spent >= self.per_hour

    def headers(self, now: datetime) -> dict[str, str]:
        """Return what every answer to the app says of its points."""
        self._turn(now)
        left = max(0, self.per_hour - self.spent)
        reset = _hour(now) + timedelta(hours=1)
        seconds = int((reset - now).total_seconds()) + 1
        known = {
            "X-RateLimit-Limit": str(self.per_hour),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Beta-RateLimit-Policy": f'"global-app-quota";q={self.per_hour};w=3600',
        }
        if left >= _NEAR * self.per_hour:
            return known
        return known | {
            "X-RateLimit-NearLimit": "true",
            "Beta-RateLimit": f'"global-app-quota";r={left};t={seconds}',
        }

    def refusal_headers(self, now: datetime) -> dict[str, str]:
        """Return the headers of the 429 that an app gets whose points are spent."""
        reset = _hour(now) + timedelta(hours=1)
        wait = str(int((reset - now).total_seconds()) + 1)
        return self.headers(now) | {"Retry-After": wait, "RateLimit-Reason": "confluence-quota-global-based"}

    def _turn(self, now: datetime) -> None:
        if self.hour != _hour(now):
            self.hour, self.spent = _hour(now), 0


def _hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)


def cost(method: str, template: str, body: object) -> int:
    """Return the points of an answer.

    Args:
        method: of the request.
        template: of the endpoint.
        body: the answer's JSON, or what else it is; one that is no list of results is one object.
    """
    if method in ("PUT", "DELETE") or (method == "POST" and "/users-bulk" not in template):
        return 1
    results = body.get("results") if isinstance(body, dict) else None
    objects = len(results) if isinstance(results, list) else 1
    return 1 + objects * (2 if _PEOPLE.search(template) else 1)
