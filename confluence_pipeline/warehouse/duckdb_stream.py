"""Rows of a lake's parts as a stream that DuckDB reads once, batch by batch."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from confluence_pipeline.lake import release_memory
from confluence_pipeline.warehouse.ddl import identifier, sql_type

STREAM = "_part"
ROW = "_row"
_ROWS = pa.field(ROW, pa.int64(), nullable=False)


class _Batches:
    """Batches for DuckDB, which keep what went wrong with them."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = batches
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except GeneratorExit:
            raise
        except BaseException as error:
            self.failure = error
            raise


@contextmanager
def streamed(
    connection: duckdb.DuckDBPyConnection, schema: pa.Schema, batches: Iterable[pa.RecordBatch]
) -> Iterator[None]:
    """Have rows as the view ``_part``, which one statement may read once.

    Args:
        connection: The connection that shall see the view.
        schema: The columns, without the row number.
        batches: The rows, with their numbers, as :func:`numbered` and :func:`picked` give them.

    Raises:
        BaseException: What the batches raise: a :class:`~confluence_pipeline.lake.LakeError`, or what interrupts them.
    """
    source = _Batches(batches)
    reader = pa.RecordBatchReader.from_batches(schema.append(_ROWS), source)
    columns = ", ".join(
        f"{identifier(field.name)}::{sql_type(field.type)} AS {identifier(field.name)}" for field in reader.schema
    )
    connection.register("_batches", reader)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {STREAM} AS SELECT {columns} FROM _batches")  # noqa: S608 - quoted
    try:
        yield
    except duckdb.Error:
        if source.failure is not None:
            raise source.failure from None
        raise
    finally:
        connection.execute(f"DROP VIEW temp.{STREAM}")
        connection.unregister("_batches")
        release_memory()


def numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add the column ``_row``, which counts from 0 over all batches."""
    start = 0
    for batch in batches:
        yield batch.append_column(_ROWS, pa.array(range(start, start + batch.num_rows), _ROWS.type))
        start += batch.num_rows


def picked(batches: Iterable[pa.RecordBatch], rows: pa.Int64Array) -> Iterator[pa.RecordBatch]:
    """Number the rows as :func:`numbered` does, and leave those with the given numbers, which ascend.

    It is done here and not with a join, since DuckDB knows no size of a stream and may choose to hold it in memory.
    """
    start = first = 0
    for batch in numbered(batches):
        start += batch.num_rows
        last = bisect_left(rows, start, lo=first, key=lambda number: number.as_py())
        if last > first:
            yield batch.take(pc.subtract(rows.slice(first, last - first), start - batch.num_rows))
        first = last
