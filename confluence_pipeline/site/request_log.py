"""What was asked of the site: counted by endpoint, and the latest requests one by one."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

_RECENT = 5_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request and its answer; ``status`` 0 means that the connection was cut."""

    method: str
    template: str
    path: str
    query: str
    status: int
    bytes_sent: int
    seconds: float
    with_credentials: bool


@dataclass(slots=True)
class RequestLog:
    """Counts requests from when it was last reset."""

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    bytes_sent: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    recent: deque[LoggedRequest] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def begin(self) -> None:
        """Note that a request came in."""
        self.in_flight += 1
        self.peak_in_flight = max(self.peak_in_flight, self.in_flight)

    def end(self, request: LoggedRequest) -> None:
        """Note that it is dealt with."""
        self.in_flight -= 1
        self.requests[f"{request.method} {request.template}"] += 1
        self.statuses[str(request.status)] += 1
        self.bytes_sent += request.bytes_sent
        self.recent.append(request)

    def reset(self) -> None:
        """Forget everything but what is in flight."""
        self.requests.clear()
        self.statuses.clear()
        self.recent.clear()
        self.bytes_sent = 0
        self.peak_in_flight = self.in_flight

    def summary(self) -> dict[str, Any]:
        """Return the counts."""
        return {
            "total": sum(self.requests.values()),
            "requests": dict(sorted(self.requests.items())),
            "statuses": dict(sorted(self.statuses.items())),
            "bytes_sent": self.bytes_sent,
            "peak_in_flight": self.peak_in_flight,
        }
