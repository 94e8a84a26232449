"""Deals things out along a row of contents so that their number comes out exact."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from math import floor
from typing import Generic, TypeVar

T = TypeVar("T")


class Supply(Generic[T]):
    """Deals the items of a cycle out, so many parts a step.

    An item may be worth several parts, as a thread is worth its comments: it comes when that many are due.

    Args:
        rate: parts a step.
        items: what comes, in turn, each with its parts.
        filler: what a last step that has too little left for the next item is filled up with, one part each.
    """

    def __init__(self, rate: float, items: Sequence[tuple[int, T]], filler: T) -> None:
        self._rate = rate
        self._items = cycle(items)
        self._next = next(self._items)
        self._filler = filler
        self._steps = self._dealt = 0

    def deal(self, *, last: bool = False) -> Iterator[T]:
        """Take a step, and yield what is due; the ``last`` step leaves nothing over."""
        self._steps += 1
        # A rate such as 0.3 has no exact binary form: 10 steps of it shall make 3.
        due = floor(self._steps * self._rate + 1e-9)
        while due - self._dealt >= self._next[0]:
            self._dealt += self._next[0]
            item = self._next[1]
            self._next = next(self._items)
            yield item
        if last:
            for _ in range(due - self._dealt):
                self._dealt += 1
                yield self._filler
