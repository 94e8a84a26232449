"""Old rows against new ones, so that a row that did not change stays what it was, byte for byte. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from confluence_pipeline.tables.schema import Table

Row = dict[str, Any]


class SortedRows:
    """The rows of a part that is sorted by its first key column, taken from the front.

    Args:
        batches: The part's rows in the order of the key.
        column: The first key column.
    """

    def __init__(self, batches: Iterator[pa.RecordBatch], column: str) -> None:
        self._batches = batches
        self._column = column
        self._rows: list[Row] = []

    def through(self, last: str | None) -> list[Row]:
        """Return and forget the rows up to and including ``last`` in that column; all that are left for None."""
        while not self._rows or last is None or self._rows[-1][self._column] <= last:
            batch = next(self._batches, None)
            if batch is None:
                break
            self._rows += batch.to_pylist()
        if last is None:
            taken, self._rows = self._rows, []
            return taken
        cut = next((i for i, row in enumerate(self._rows) if row[self._column] > last), len(self._rows))
        taken, self._rows = self._rows[:cut], self._rows[cut:]
        return taken


@dataclass
class Merge:
    """Merges a table's rows and counts what happened to them.

    Attributes:
        table: Which table.
        inserted: Rows whose key is new.
        updated: Rows with the same key and other facts.
        unchanged: Rows that stay as they are.
        removed: Rows whose key is gone.
    """

    table: Table
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything differs from before."""
        return bool(self.inserted or self.updated or self.removed)

    @property
    def rows(self) -> int:
        """How many rows there are now."""
        return self.inserted + self.updated + self.unchanged

    def merge(self, old: list[Row], new: list[Row]) -> list[Row]:
        """Return ``new`` in the order of the key, with the old row wherever only the run would differ.

        Args:
            old: Rows as they stand.
            new: Rows as they should be, with their stamps.
        """
        before = {self._key(row): row for row in old}
        merged = []
        for key, row in sorted(((self._key(row), row) for row in new), key=lambda pair: pair[0]):
            earlier = before.pop(key, None)
            if earlier is None:
                self.inserted += 1
                merged.append(row)
            elif earlier is row or all(earlier.get(name) == row[name] for name in self.table.content_columns):
                self.unchanged += 1
                merged.append(earlier)
            else:
                self.updated += 1
                merged.append(row)
        self.removed += len(before)
        return merged

    def _key(self, row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.table.key)
