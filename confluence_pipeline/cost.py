"""What work on a site cost: the one word for it in every room."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work asked of the site.

    Attributes:
        requests: Requests sent, repeated ones included.
        retries: How many of them were repeats.
        throttled_seconds: Seconds waited because the site asked for it.
        bytes_received: Bytes of answers, after decompression.
    """

    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    bytes_received: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.requests + other.requests,
            self.retries + other.retries,
            self.throttled_seconds + other.throttled_seconds,
            self.bytes_received + other.bytes_received,
        )
