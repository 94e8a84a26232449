"""Whether a site's answers are getting slower, which says that it has more requests than it can serve: pure rules.

As TCP Vegas does, the present is held against the best of the recent past. Answers differ by what is asked and by
how much there is to tell, so like is compared with like, and the quickest of several answers with the quickest of
the last minutes: only where even the luckiest request waits has a queue grown. A kind of call that is always slow is
slow in both.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

_SAMPLES = 12
_WINDOW_SECONDS = 120.0
_TIMES_SLOWER = 2.0
_SECONDS_SLOWER = 0.1
_MOST_KINDS = 64
_TELLING = frozenset({"expand", "body-format", "limit"})

_ID = re.compile(r"(?<=/)(?!v\d+(?:/|$))[^/]*\d[^/]*")


def kind_of(path: str, params: Sequence[tuple[str, str]]) -> str:
    """Return what calls have in common that should take about as long.

    Args:
        path: What is asked; segments with a digit in them are ids.
        params: The query; of it counts how much is asked of each object and of how many.
    """
    asked = "&".join(sorted(f"{name}={value}" for name, value in params if name in _TELLING))
    return f"{_ID.sub('*', path)}?{asked}"


@dataclass(slots=True)
class _Kind:
    """The answers to one kind of call.

    The best is kept for the present stretch of time and the one before it, so it is forgotten after two at most.
    """

    began: float
    latest: deque[float] = field(default_factory=lambda: deque(maxlen=_SAMPLES))
    best: float = float("inf")
    best_before: float = float("inf")

    def add(self, seconds: float, now: float) -> None:
        if now - self.began > _WINDOW_SECONDS:
            self.best_before, self.best, self.began = self.best, float("inf"), now
        self.latest.append(seconds)
        self.best = min(self.best, seconds)

    def is_slower(self) -> bool:
        best = min(self.best, self.best_before)
        return len(self.latest) == _SAMPLES and min(self.latest) > _TIMES_SLOWER * best + _SECONDS_SLOWER


class Latencies:
    """How long the answers of a site took lately; not safe for threads by itself."""

    def __init__(self) -> None:
        self._kinds: dict[str, _Kind] = {}

    def rising(self, kind: str, seconds: float, now: float) -> bool:
        """Note an answer, and say whether its kind has become slow.

        After a yes, it takes a whole set of new answers to that kind before another.

        Args:
            kind: What was asked, by :func:`kind_of`.
            seconds: How long the answer took.
            now: The present, in seconds of a clock that only goes forward.
        """
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()
        known = self._kinds.setdefault(kind, _Kind(now))
        known.add(seconds, now)
        if not known.is_slower():
            return False
        for other in self._kinds.values():
            other.latest.clear()
        return True
