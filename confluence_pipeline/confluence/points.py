"""What a request costs by Atlassian's points, and how they are spent evenly over the hour: pure arithmetic.

A request costs one point, and one more for each core object in the answer (a page, a space, an attachment), or two
for each object about identity (a user, a group, a permission); developer.atlassian.com, Confluence Cloud, "Rate
limiting".
"""

import re
from dataclasses import dataclass
from typing import Any

_IDENTITY = re.compile(
    r"/(users?|users-bulk|groups?|members?|membersByGroupId|permissions?|likes/users)(/|$)", re.IGNORECASE
)
_LISTS = ("results", "items")
_HOUR = 3600.0
_MOST_KINDS = 64
_NEWEST_COUNTS = 0.1


def points_of(path: str, answer: dict[str, Any]) -> int:
    """Return the points that an answer cost.

    Args:
        path: What was asked, without the query.
        answer: The JSON object that came; one without a list of results is one object.
    """
    listed = next((answer[name] for name in _LISTS if isinstance(answer.get(name), list)), None)
    objects = 1 if listed is None else len(listed)
    return 1 + objects * (2 if _IDENTITY.search(path) else 1)


class PointsOfKinds:
    """What answers cost lately, by what was asked; not safe for threads by itself."""

    def __init__(self) -> None:
        self._latest: dict[str, float] = {}
        self.average = 1.0
        """The points of a request, on the average of the latest ones."""

    def note(self, kind: str, points: float) -> None:
        """Take in what an answer to a kind of call cost."""
        if kind not in self._latest and len(self._latest) >= _MOST_KINDS:
            self._latest.clear()
        self._latest[kind] = points
        self.average += (points - self.average) * _NEWEST_COUNTS

    def expected(self, kind: str) -> float:
        """Return what the next answer to a kind of call will cost: as much as the last, or a point if it is new."""
        return self._latest.get(kind, 1.0)


@dataclass(frozen=True, slots=True)
class PointsCap:
    """A cap of points an hour, spent evenly so that no hour, whenever it begins, goes over it.

    A twentieth of the hour's points may be spent at once after a pause, nine tenths flow in evenly, and the rest
    is for answers that turn out larger than was expected.

    Attributes:
        per_hour: The points that any hour may cost.
    """

    per_hour: float

    @property
    def per_second(self) -> float:
        """The points that may be spent each second in the long run."""
        return 0.9 * self.per_hour / _HOUR

    def spent(self, free_at: float, points: float, now: float) -> float:
        """Return when the next request may go, after spending.

        Args:
            free_at: When the next request could go before; in the past if there was time to spare.
            points: What is spent; negative for what is given back.
            now: The present, in seconds of the same clock.
        """
        at_once = 0.05 * self.per_hour / self.per_second
        return max(free_at, now - at_once) + points / self.per_second
