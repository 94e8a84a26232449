"""One part of a table while it is rebuilt: old rows and new ones merged, published only if they differ."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from confluence_pipeline.lake import Lake, PartWriter
from confluence_pipeline.tables.merge import Merge, Row, SortedRows
from confluence_pipeline.tables.report import FileFacts
from confluence_pipeline.tables.schema import Table

_ROWS_IN_A_BATCH = 1024


class Part:
    """The old rows of one part and the new ones that take their place, in the order of the key.

    Args:
        lake: Where the part is.
        table: Which table.
        path: Where in the lake.
        writer: Takes the new rows.
    """

    def __init__(self, lake: Lake, table: Table, path: str, writer: PartWriter) -> None:
        self.merge = Merge(table)
        self.table = table
        self._lake = lake
        self._path = path
        self._writer = writer
        self._other_columns = False
        self._old = SortedRows(self._stored(), table.key[0])

    def old(self, last: str | None) -> list[Row]:
        """Return the old rows up to ``last`` in the first key column that were not taken yet; None for all."""
        return self._old.through(last)

    def add(self, old: list[Row], new: list[Row]) -> None:
        """Write ``new`` in place of ``old``; both are of the same stretch of the first key column."""
        rows = self.merge.merge(old, new)
        for start in range(0, len(rows), _ROWS_IN_A_BATCH):
            batch = pa.RecordBatch.from_pylist(rows[start : start + _ROWS_IN_A_BATCH], schema=self.table.schema)
            self._writer.write(batch)

    @property
    def changed(self) -> bool:
        """Whether the part must be replaced: a row differs, or an older release wrote other columns."""
        return self.merge.changed or self._other_columns

    @property
    def file(self) -> FileFacts | None:
        """The part as it lies in the lake now."""
        return self._lake.facts(self._path)

    def _stored(self) -> Iterator[pa.RecordBatch]:
        for batch in self._lake.scan(self._path):
            self._other_columns = batch.schema.names != self.table.schema.names
            yield batch


@contextmanager
def rebuilt(lake: Lake, table: Table, space_key: str | None = None) -> Iterator[Part]:
    """Rebuild one part of a table in a block; at its end the part is replaced, if any row changed.

    Args:
        lake: Where the part is.
        table: Which table.
        space_key: Which space; None for a table that does not belong to spaces.

    Raises:
        LakeError: The lake cannot be written; then, as after any exception in the block, the old part stays.
    """
    path = lake.part_path(table, space_key)
    existed = lake.exists(path)
    with lake.parquet_writer(path, table.schema) as writer:
        part = Part(lake, table, path, writer)
        yield part
        if existed and not part.changed:
            writer.discard()
