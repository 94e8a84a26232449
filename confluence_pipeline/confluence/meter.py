"""Counts what a piece of work asked of the site."""

import threading
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


class Meter:
    """A thread-safe running total; what is added also counts for the meter it was made from."""

    def __init__(self, parent: "Meter | None" = None) -> None:
        self._parent = parent
        self._total = Cost()
        self._lock = threading.Lock()

    def add(self, cost: Cost) -> None:
        """Add to this meter and to its parents."""
        with self._lock:
            self._total += cost
        if self._parent is not None:
            self._parent.add(cost)

    @property
    def total(self) -> Cost:
        """What was counted so far."""
        return self._total
