"""Counts what a piece of work asked of the site."""

import threading

from confluence_pipeline.cost import Cost


class Meter:
    """A thread-safe running total; what is added also counts for the meter it was made from.

    Args:
        parent: That meter.
        begun: What is counted here from the start, and there already.
    """

    def __init__(self, parent: "Meter | None" = None, begun: Cost | None = None) -> None:
        self._parent = parent
        self._total = begun or Cost()
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
