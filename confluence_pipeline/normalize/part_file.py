"""One file of a part while the part is rebuilt: written from the first row on that differs, not at all if none does."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pyarrow as pa

from confluence_pipeline.lake import Lake, PartWriter
from confluence_pipeline.lake.parquet import value_bytes
from confluence_pipeline.tables.merge import Row, SortedRows
from confluence_pipeline.tables.schema import Table

_ROWS_IN_A_BATCH = 1024


class PartFile:
    """The old rows of one file and the new ones that take their place.

    Args:
        lake: Where the file is.
        table: Whose rows it has.
        path: Where in the lake; there need be no file yet.
        writers: Where it is closed, or abandoned, if it is written.
        group_bytes: The most bytes of values in one of its row groups.

    Attributes:
        path: Where the file is, or will be.
        old: Its rows, to be taken from the front.
    """

    def __init__(self, lake: Lake, table: Table, path: str, writers: ExitStack, *, group_bytes: int) -> None:
        self.path = path
        self._group_bytes = group_bytes
        self.old = SortedRows(self._stored(), table.key[0])
        self._lake = lake
        self._table = table
        self._writers = writers
        self._writer: PartWriter | None = None
        self._passed = 0
        self._stored_bytes = 0
        self._other_columns = False

    @property
    def is_written(self) -> bool:
        """Whether anything differs, so that the file is being written anew."""
        return self._writer is not None

    @property
    def value_bytes(self) -> int:
        """The bytes of the values of its rows, when all were passed or written."""
        return self._writer.value_bytes if self._writer else self._stored_bytes

    def add(self, old: Sequence[Row], new: Sequence[Row]) -> None:
        """Pass rows that stand, or write the new ones; a row stands that is the same object in both."""
        stands = len(old) == len(new) and all(before is after for before, after in zip(old, new, strict=True))
        if self._writer is None and stands and not self._other_columns:
            self._passed += len(old)
            return
        writer = self.begin()
        for start in range(0, len(new), _ROWS_IN_A_BATCH):
            rows = list(new[start : start + _ROWS_IN_A_BATCH])
            writer.write(pa.RecordBatch.from_pylist(rows, schema=self._table.schema))

    def begin(self) -> PartWriter:
        """Begin to write the file with the rows that were passed, if that is not done yet."""
        if self._writer is None:
            writer = self._lake.parquet_writer(self.path, self._table.schema, group_bytes=self._group_bytes)
            self._writer = self._writers.enter_context(writer)
            left = self._passed
            for batch in self._lake.scan(self.path) if left else ():
                self._writer.write(batch.slice(0, left))
                left -= min(left, batch.num_rows)
                if not left:
                    break
        return self._writer

    def publish_in(self, folder: str) -> None:
        """Let what is written go to another folder than the part's."""
        if self._writer:
            self.path = f"{folder}/{self.path.rpartition('/')[2]}"
            self._writer.publish_as(self.path)

    def _stored(self) -> Iterator[pa.RecordBatch]:
        for batch in self._lake.scan(self.path):
            self._other_columns = batch.schema.names != self._table.schema.names
            self._stored_bytes += value_bytes(batch, self._table.schema)
            yield batch
