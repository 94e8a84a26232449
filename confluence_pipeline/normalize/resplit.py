"""A part of a table cut into another number of files, because it grew or shrank; a row group in memory at a time."""

import heapq
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pyarrow as pa

from confluence_pipeline.lake import Lake, PartWriter
from confluence_pipeline.lake.splits import group_bytes, place
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.schema import Table

_ROWS_IN_A_BATCH = 64  # of each file at once: rows may have large bodies


def resplit(lake: Lake, table: Table, sources: Sequence[str], targets: Sequence[str]) -> None:
    """Copy the rows of some files into others, each row where its key places it, in the order of the key.

    Args:
        lake: Where the files are.
        table: Whose rows they are.
        sources: The paths of all files of a part, in the order of :func:`~confluence_pipeline.lake.splits.place`.
        targets: The paths to write, in the same order; as many as a part may have.

    Raises:
        LakeError: A file cannot be read, or not be written; files that are written already stay.
    """
    fewer = min(len(sources), len(targets))  # powers of two: rows that are apart modulo it stay apart
    for group in range(fewer):
        with ExitStack() as stack:
            outlets = {
                number: _Outlet(stack.enter_context(_writer(lake, table, targets[number], len(targets))), table.schema)
                for number in range(group, len(targets), fewer)
            }
            streams = [_rows(lake, path) for path in sources[group::fewer]]
            for row in heapq.merge(*streams, key=lambda row: _key(table, row)):
                outlets[place(row[table.key[0]], len(targets))].add(row)
            for outlet in outlets.values():
                outlet.flush()


def _writer(lake: Lake, table: Table, path: str, count: int) -> AbstractContextManager[PartWriter]:
    return lake.parquet_writer(path, table.schema, group_bytes=group_bytes(count))


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in table.key)


def _rows(lake: Lake, path: str) -> Iterator[Row]:
    for batch in lake.scan(path):
        yield from batch.to_pylist()


class _Outlet:
    """A file that is written a batch at a time."""

    def __init__(self, writer: PartWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema
        self._waiting: list[Row] = []

    def add(self, row: Row) -> None:
        self._waiting.append(row)
        if len(self._waiting) == _ROWS_IN_A_BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._writer.write(pa.RecordBatch.from_pylist(self._waiting, schema=self._schema))
            self._waiting = []
