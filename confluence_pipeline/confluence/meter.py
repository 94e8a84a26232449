"""Counts what a piece of work asked of the site."""

import threading

from confluence_pipeline.cost import Cost


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
