"""Walks that know, once they are at their end, how many things the site says there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

Record = TypeVar("Record")


@dataclass(slots=True)
class Count:
    """What a listing says of its own length, beside what it gave.

    Attributes:
        told: How many things the site says there are; None as long as, or where, it does not say.
        came: How many things it gave, those included that its reader left out.
    """

    told: int | None = None
    came: int = 0

    @property
    def short(self) -> int:
        """How many more there are than came; 0 where the site does not say."""
        return max(0, (self.told or 0) - self.came)


class Counted(Generic[Record]):
    """Records, and the count of the listing that they come from, which is final when they are at their end.

    Args:
        records: The records.
        count: Filled while they are read.
    """

    def __init__(self, records: Iterable[Record], count: Count) -> None:
        self._records = iter(records)
        self.count = count

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        return next(self._records)


def missing_from(walk: Iterable[object]) -> int:
    """Return how many things a listing left out by the site's own count.

    Args:
        walk: What a dialect returned, read to its end.

    Returns:
        The number; 0 where the site does not tell how many there are.
    """
    return walk.count.short if isinstance(walk, Counted) else 0
