"""One request budget for all threads: how many requests may be under way, and when all must wait.

The number under way grows by one after a full window of good answers and halves when the site says that it is
too much (additive increase, multiplicative decrease, as TCP does); a wait that the site asks for holds back every
thread, not only the one that was told.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class ClosedError(RuntimeError):
    """The client was closed while work was under way."""

    def __init__(self) -> None:
        super().__init__("the client is closed")


class Budget:
    """Shares a site's patience between threads.

    Args:
        most: The highest number of requests under way at once.
        start: The number to begin with; at most ``most``.
        clock: Seconds that only go forward.
    """

    def __init__(self, most: int, *, start: int | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        if most < 1:
            raise ValueError(f"a budget of {most} requests at once can never send one")
        self._most = most
        self._allowed = float(min(start or most, most))
        self._under_way = 0
        self._resume_at = 0.0
        self._clock = clock
        self._closed = False
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many requests may be under way now."""
        return max(1, int(self._allowed))

    @contextmanager
    def slot(self) -> Iterator[float]:
        """Hold one place among the requests under way.

        Yields:
            The seconds that were spent waiting because the site had asked for a pause.

        Raises:
            ClosedError: The budget was closed, now or while waiting.
        """
        paused = self._enter()
        try:
            yield paused
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def _enter(self) -> float:
        paused = 0.0
        with self._changed:
            while not self._closed:
                now = self._clock()
                pause = self._resume_at - now
                if pause > 0:
                    self._changed.wait(pause)
                    paused += self._clock() - now
                elif self._under_way >= self.allowed:
                    self._changed.wait()
                else:
                    self._under_way += 1
                    return paused
            raise ClosedError

    def wait(self, seconds: float) -> None:
        """Wait on one's own account, but no longer than until the budget is closed.

        Raises:
            ClosedError: The budget was closed, now or meanwhile.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._closed, timeout=seconds):
                raise ClosedError

    def check_open(self) -> None:
        """Do nothing, unless the budget was closed.

        Raises:
            ClosedError: It was.
        """
        if self._closed:
            raise ClosedError

    def close(self) -> None:
        """Let nobody send any more, and wake everybody who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def succeeded(self) -> None:
        """Note a good answer: the allowance grows by one for each full window of them."""
        with self._changed:
            self._allowed = min(self._most, self._allowed + 1 / max(1.0, self._allowed))
            self._changed.notify_all()

    def throttled(self, seconds: float) -> None:
        """Note that the site asked for less: halve the allowance and let nobody send for ``seconds``."""
        with self._changed:
            now = self._clock()
            if self._resume_at <= now:  # requests that were already under way are one sign, not many
                self._allowed = max(1.0, self._allowed / 2)
            self._resume_at = max(self._resume_at, now + seconds)
            self._changed.notify_all()
