"""Tells a body that drips from one that comes: pure counting, no clock and no network.

A server, or something between it and us, may send a byte now and then, so that no time-out between two pieces ever
runs out while a thread waits for minutes. So a body that stays below a least rate for some time is given up, as curl
does with ``--speed-limit`` and ``--speed-time``.
"""


class Flow:
    """How fast one body comes; not safe for threads.

    Only the time spent waiting for bytes counts, and none of it before the first are there: until then the server may
    still be at work on the answer.

    Args:
        least_rate: Bytes a second.
        slow: Seconds for which a body may come more slowly.
    """

    def __init__(self, least_rate: float, slow: float) -> None:
        self._least_rate = least_rate
        self._slow = slow
        self._began = False
        self._bytes = 0
        self._seconds = 0.0

    def drips(self, count: int, seconds: float) -> bool:
        """Note a piece, and say whether the body has come too slowly for too long.

        Args:
            count: Its bytes.
            seconds: How long it was waited for.
        """
        if not self._began:
            self._began = True
            return False
        self._bytes += count
        self._seconds += seconds
        if self._seconds < self._slow:
            return False
        too_slow = self._bytes < self._least_rate * self._seconds
        self._bytes, self._seconds = 0, 0.0
        return too_slow
