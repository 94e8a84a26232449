"""What work on a site cost: the one word for it in every room."""

from dataclasses import astuple, dataclass
from typing import Literal

Wait = Literal["asked", "backoff", "pace", "rate_cap", "points_cap"]
"""Why a request waited: see the attributes of :class:`Cost`."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work asked of the site, and how long it was held back.

    Seconds are those of every request that waited, added up: eight threads that wait one second make eight.

    Attributes:
        requests: Requests sent, repeated ones included.
        retries: How many of them were repeats.
        throttled_seconds: Seconds waited, for all of the reasons below.
        bytes_received: Bytes of answers, after decompression.
        points: What the answers cost by Atlassian's points: one each, and one or two for each object in them.
        asked_seconds: Waited because the site had asked for a pause, whichever request or process was told.
        backoff_seconds: Waited before a repeat, where the site named no time.
        pace_seconds: Waited to stay below the rate at which the site refuses requests.
        rate_cap_seconds: Waited to stay below our own cap of requests a second.
        points_cap_seconds: Waited to stay below our own cap of points an hour.
    """

    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    bytes_received: int = 0
    points: int = 0
    asked_seconds: float = 0.0
    backoff_seconds: float = 0.0
    pace_seconds: float = 0.0
    rate_cap_seconds: float = 0.0
    points_cap_seconds: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @staticmethod
    def waited(reason: Wait, seconds: float) -> "Cost":
        """Return the cost of waiting.

        Args:
            reason: Why.
            seconds: How long one request waited.
        """
        match reason:
            case "asked":
                return Cost(throttled_seconds=seconds, asked_seconds=seconds)
            case "backoff":
                return Cost(throttled_seconds=seconds, backoff_seconds=seconds)
            case "pace":
                return Cost(throttled_seconds=seconds, pace_seconds=seconds)
            case "rate_cap":
                return Cost(throttled_seconds=seconds, rate_cap_seconds=seconds)
            case "points_cap":
                return Cost(throttled_seconds=seconds, points_cap_seconds=seconds)
