"""Parquet files, written row group by row group and read the same way, with bounded memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import repeat
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from confluence_pipeline.lake.storage import Pending
from confluence_pipeline.tables.report import FileFacts

ROWS_IN_GROUP = 1024
BYTES_IN_GROUP = 4 * 1024**2

_BYTES_OF_A_FIXED_VALUE = 8
_BYTES_OF_A_LIST_ITEM = 32
_ZSTD_LEVEL = 3
Explained = Callable[[], AbstractContextManager[None]]
"""Makes a block in which failures of the storage become a LakeError."""

_VARIABLE_LENGTH = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
_RESERVED = frozenset({b"ARROW:schema", b"pandas"})


class _Sink:
    """What pyarrow writes to: passes bytes on until it is closed to them, and counts them."""

    closed = False

    def __init__(self, file: Pending) -> None:
        self._file = file
        self.size = 0
        self.muted = False

    def write(self, data: bytes) -> int:
        if not self.muted:
            self._file.write(data)
            self.size += len(data)
        return len(data)

    def flush(self) -> None:
        """Do nothing: the storage flushes when it publishes."""

    def close(self) -> None:
        """Do nothing: the storage closes its own file."""


class PartWriter:
    """Writes one Parquet file; made by :meth:`confluence_pipeline.lake.Lake.parquet_writer`.

    Attributes:
        path: Where the file goes when it is finished.
        rows: Rows written so far.
        value_bytes: The bytes of their values, as :func:`value_bytes` has them.
        discarded: Whether nothing will be published.
        facts: The finished file's address, rows and size; None before it is published and if it was discarded.
    """

    def __init__(
        self,
        file: Pending,
        path: str,
        schema: pa.Schema,
        metadata: Mapping[str, str],
        explained: Explained,
        *,
        group_bytes: int = BYTES_IN_GROUP,
    ) -> None:
        self.path = path
        self._group_bytes = group_bytes
        self.rows = 0
        self.value_bytes = 0
        self.discarded = False
        self.facts: FileFacts | None = None
        self._schema = schema
        self._file = file
        self._explained = explained
        self._sink = _Sink(file)
        self._waiting: list[pa.Table] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._writer = pq.ParquetWriter(
            self._sink,
            schema.with_metadata(dict(sorted(metadata.items()))),
            compression="zstd",
            compression_level=_ZSTD_LEVEL,
            version="2.6",
        )

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Add rows.

        Args:
            batch: Rows with exactly the columns of the schema, in any order, of types that cast to it without loss.

        Raises:
            ValueError: If columns are missing or unknown, a value does not fit its type, or a column that is not
                nullable has a null.
            LakeError: If the storage fails, as when a disk is full.
        """
        rows = self._fitted(pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch)
        start = 0
        for row, size in enumerate(_row_sizes(rows)):
            count = self._waiting_rows + row - start
            if count and (count == ROWS_IN_GROUP or self._waiting_bytes + size > self._group_bytes):
                self._wait(rows.slice(start, row - start))
                self._write_group()
                start = row
            self._waiting_bytes += size
            self.value_bytes += size
        self._wait(rows.slice(start))
        self.rows += rows.num_rows

    def discard(self) -> None:
        """Publish nothing: the file that is there stays as it is."""
        self.discarded = True
        self._file.discard()

    def publish_as(self, path: str) -> None:
        """Let the file go to another path than the one it was begun for."""
        self.path = path
        self._file.publish_as(path)

    def _fitted(self, rows: pa.Table) -> pa.Table:
        if set(rows.schema.names) != set(self._schema.names) or len(rows.schema.names) != len(self._schema):
            differing = sorted(set(rows.schema.names) ^ set(self._schema.names))
            raise ValueError(f"rows and schema differ in the columns {', '.join(differing) or 'given twice'}")
        fitted = rows.select(self._schema.names).cast(self._schema)
        for field in self._schema:
            if not field.nullable and fitted.column(field.name).null_count:
                raise ValueError(f"the column {field.name} has a null, and must not")
        return fitted

    def _wait(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._waiting.append(rows)
            self._waiting_rows += rows.num_rows

    def _write_group(self) -> None:
        if self._waiting:
            group = pa.concat_tables(self._waiting).combine_chunks()  # chunks would show in the file's pages
            with self._explained():
                self._writer.write_table(group, row_group_size=group.num_rows)
        self._waiting, self._waiting_rows, self._waiting_bytes = [], 0, 0

    def finish(self) -> int:
        """Write what waits and the footer; returns the file's size in bytes."""
        try:
            self._write_group()
            if not self.rows:
                self._writer.write_table(self._schema.empty_table())  # pyarrow 19 cannot read a file without groups
            self._writer.close()
        except BaseException:
            self.abandon()
            raise
        return self._sink.size

    def abandon(self) -> None:
        """Let go of the file without writing another byte to it."""
        self._sink.muted = True
        self._writer.close()


def value_bytes(rows: pa.RecordBatch, schema: pa.Schema) -> int:
    """Return how many bytes the values of rows would have if they were written with a schema.

    It is the sum of what row groups are measured by, and depends on the values alone.
    """
    size: int = _BYTES_OF_A_FIXED_VALUE * len(schema) * rows.num_rows
    for name in set(rows.schema.names) & set(schema.names):
        column = rows.column(name)
        if any(is_kind(column.type) for is_kind in _VARIABLE_LENGTH):
            size += pc.sum(pc.binary_length(column)).as_py() or 0
        elif pa.types.is_list(column.type):
            size += _BYTES_OF_A_LIST_ITEM * (pc.sum(pc.list_value_length(column)).as_py() or 0)
    return size


def _row_sizes(rows: pa.Table) -> Iterator[int]:
    """Estimate each row's bytes from its values alone, so that row groups do not depend on how rows arrive."""
    fixed = 0
    varying: list[Iterator[int]] = [repeat(0, rows.num_rows)]
    for field, column in zip(rows.schema, rows.columns, strict=True):
        if any(is_kind(field.type) for is_kind in _VARIABLE_LENGTH):
            varying.append(_lengths(pc.binary_length(column), 1))
        elif pa.types.is_list(field.type):
            varying.append(_lengths(pc.list_value_length(column), _BYTES_OF_A_LIST_ITEM))
        fixed += _BYTES_OF_A_FIXED_VALUE
    return (fixed + sum(sizes) for sizes in zip(*varying, strict=True))


def _lengths(lengths: pa.ChunkedArray, weight: int) -> Iterator[int]:
    return (weight * (length or 0) for length in lengths.to_pylist())


def row_groups(
    file: BinaryIO, columns: Sequence[str] | None, condition: pc.Expression | None
) -> Iterator[pa.RecordBatch]:
    """Read a file row group by row group, leaving out those whose statistics rule the condition out.

    Args:
        file: An open Parquet file.
        columns: The columns to read; all by default.
        condition: Which rows to read; all by default. It may use columns that are not read.

    Yields:
        Batches of at least one row.
    """
    for table in _groups(file, columns, condition):
        for batch in table.to_batches():
            if batch.num_rows:
                yield batch.replace_schema_metadata(None)


def _groups(file: BinaryIO, columns: Sequence[str] | None, condition: pc.Expression | None) -> Iterator[pa.Table]:
    """Read row groups one by one: through a dataset only where a condition needs it, as that takes twice the time."""
    if condition is None:
        parquet = pq.ParquetFile(file)
        names = parquet.schema_arrow.names if columns is None else list(columns)
        if set(names) <= set(parquet.schema_arrow.names):
            for number in range(parquet.num_row_groups):
                yield parquet.read_row_group(number, columns=names, use_threads=False).select(names)
            return
    fragment = ds.ParquetFileFormat().make_fragment(file)
    for group in fragment.split_by_row_group(condition):
        yield group.to_table(columns=columns, filter=condition, use_threads=False)


@contextmanager
def opened(file: BinaryIO) -> Iterator[pq.ParquetFile]:
    """Read a file's footer; closes the file at the end of the block."""
    with file, pq.ParquetFile(file) as parquet:
        yield parquet


def custom_metadata(parquet: pq.ParquetFile) -> dict[str, str]:
    """Return the key-values that :class:`PartWriter` was given."""
    stored = parquet.metadata.metadata or {}
    return {key.decode(): value.decode() for key, value in stored.items() if key not in _RESERVED}


def conformed(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Bring rows of an older or newer file to a schema: by name, with null for what the file lacks.

    Raises:
        pa.ArrowInvalid: If values do not fit the schema's types.
    """
    present = set(rows.schema.names)
    columns = [
        rows.column(field.name).cast(field.type) if field.name in present else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
