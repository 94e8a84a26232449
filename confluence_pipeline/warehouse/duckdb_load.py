"""Brings one table of a DuckDB database to the state of a lake.

The database is a copy that nobody else sees, so statements need no common transaction: if one fails, the copy is
thrown away.
"""
# ruff: noqa: S608 - names are quoted by ``identifier``, values are parameters

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from confluence_pipeline.lake import Lake, LakeError, release_memory
from confluence_pipeline.tables import Table
from confluence_pipeline.warehouse.base import SETTING, LoadReport, WarehouseError
from confluence_pipeline.warehouse.ddl import ddl, identifier, sql_type
from confluence_pipeline.warehouse.duckdb_plan import TablePlan
from confluence_pipeline.warehouse.duckdb_state import LOADS, LoadedPart, count_rows

_ROW = "_row"  # a row's number in its part
_DIGEST_LENGTH = 64
"""Digits of a SHA-256 in hex: shorter texts are compared as they are, so no text is taken for a digest."""


class _Batches:
    """Batches of a part as a stream for DuckDB, which keeps what went wrong with them."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self._batches = batches
        self.failure: LakeError | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._batches
        except LakeError as error:
            self.failure = error
            raise


def apply_plan(connection: duckdb.DuckDBPyConnection, lake: Lake, plan: TablePlan) -> LoadReport:
    """Do what a plan says; returns the report.

    Raises:
        LakeError: If a part cannot be read.
        WarehouseError: If a part has two rows with one key.
        duckdb.Error: If the database refuses.
    """
    if plan.is_idle:
        return plan.idle_report()
    table = plan.table
    _prepare(connection, plan)
    deleted = sum(_unload(connection, table, part) for part in plan.gone)
    counts = [_load_part(connection, lake, table, part) for part in plan.changed]
    return LoadReport(
        table=table.name,
        rows=count_rows(connection, table.name),
        inserted=sum(inserted for inserted, _, _ in counts),
        updated=sum(updated for _, updated, _ in counts),
        deleted=deleted + sum(removed for _, _, removed in counts),
        parts_loaded=len(plan.changed) + len(plan.gone),
        parts_skipped=plan.skipped,
    )


def _prepare(connection: duckdb.DuckDBPyConnection, plan: TablePlan) -> None:
    create, *comments = ddl(plan.table)
    if plan.create:
        connection.execute(f"DROP TABLE IF EXISTS {identifier(plan.table.name)}")
        connection.execute(create)
        connection.execute(f"DELETE FROM {LOADS} WHERE table_name = ?", [plan.table.name])
    if plan.create or plan.comment:
        for statement in comments:
            connection.execute(statement)


def _number(connection: duckdb.DuckDBPyConnection, statement: str, values: list[str] | None = None) -> int:
    """Run a statement that answers with one number, as DELETE and INSERT do with their rows."""
    ((number,),) = connection.execute(statement, values).fetchall()
    return int(number)


def _unload(connection: duckdb.DuckDBPyConnection, table: Table, part: LoadedPart) -> int:
    """Delete the rows of a part that is gone; returns how many."""
    connection.execute(f"DELETE FROM {LOADS} WHERE table_name = ? AND part = ?", [table.name, part.path])
    name = identifier(table.name)
    if part.space_key is None:
        return _number(connection, f"DELETE FROM {name}")
    return _number(connection, f"DELETE FROM {name} WHERE space_key = ?", [part.space_key])


def _load_part(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: Table, part: LoadedPart
) -> tuple[int, int, int]:
    """Make the rows of a space those of its part; returns how many were inserted, updated and deleted.

    The part is read once for its fingerprints and, if rows are new or changed, once more for those rows, so that
    bodies only pass through and no table of them is held beside the real one. Both times it is the same version.
    """
    name = identifier(table.name)
    keys = ", ".join(map(identifier, table.key))
    with lake.open_part(table, part.space_key) as read:
        with _streamed(connection, table, _numbered(read())):
            _keep(connection, "_new", f"SELECT {_ROW}, {keys}, {_fingerprint(table)} AS fingerprint FROM _part")
        _compare(connection, table, part)
        rows = count_rows(connection, "_new")
        updated = _number(connection, "SELECT count(*) FROM _stale WHERE is_updated")
        stale = _number(connection, f"DELETE FROM {name} WHERE rowid IN (SELECT row_id FROM _stale)")
        written = 0
        fresh = connection.sql(f"FROM _fresh ORDER BY {_ROW}").to_arrow_table()[_ROW].combine_chunks()
        if fresh:
            with _streamed(connection, table, _picked(read(), fresh)):
                written = _number(connection, f"INSERT INTO {name} SELECT * EXCLUDE {_ROW} FROM _part")
    for temporary in ("_new", "_old", "_stale", "_fresh"):
        connection.execute(f"DROP TABLE temp.{temporary}")
    connection.execute(
        f"INSERT OR REPLACE INTO {LOADS} VALUES (?, ?, ?, ?, ?, ?, ?)",
        [table.name, part.path, part.space_key, rows, part.stamp, part.sha256, datetime.now(UTC)],
    )
    return written - updated, updated, stale - updated


@contextmanager
def _streamed(connection: duckdb.DuckDBPyConnection, table: Table, rows: Iterable[pa.RecordBatch]) -> Iterator[None]:
    """Have a part's rows as the view ``_part``, which one statement may read once."""
    batches = _Batches(rows)
    schema = table.schema.append(pa.field(_ROW, pa.int64()))
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    columns = ", ".join(
        f"{identifier(field.name)}::{sql_type(field.type)} AS {identifier(field.name)}" for field in schema
    )
    connection.register("_batches", reader)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW _part AS SELECT {columns} FROM _batches")
    try:
        yield
    except duckdb.Error:
        if batches.failure:
            raise batches.failure from None
        raise
    finally:
        connection.execute("DROP VIEW temp._part")
        connection.unregister("_batches")
        release_memory()


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add the column of row numbers."""
    start = 0
    for batch in batches:
        yield batch.append_column(_ROW, pa.array(range(start, start + batch.num_rows), pa.int64()))
        start += batch.num_rows


def _picked(batches: Iterable[pa.RecordBatch], rows: pa.Int64Array) -> Iterator[pa.RecordBatch]:
    """Leave the rows with the given numbers, which ascend.

    It is done here and not with a join, since DuckDB knows no size of a stream and may choose to hold it in memory.
    """
    start = first = 0
    for batch in _numbered(batches):
        start += batch.num_rows
        last = bisect_left(rows, start, lo=first, key=lambda number: number.as_py())
        if last > first:
            yield batch.take(pc.subtract(rows.slice(first, last - first), start - batch.num_rows))
        first = last


def _compare(connection: duckdb.DuckDBPyConnection, table: Table, part: LoadedPart) -> None:
    """Find the rows to delete (``_stale``: gone from the part, or updated) and to insert (``_fresh``).

    Rows are compared by fingerprints, so that no join has to hold bodies in memory. A row may have come from another
    space's part before, so rows count as old if they are of this space or have a key of this part.
    """
    names = [identifier(name) for name in table.key]
    keys = ", ".join(names)
    same_key = " AND ".join(f"o.{name} = n.{name}" for name in names)
    _require_unique(connection, table, part)
    in_part = "TRUE" if part.space_key is None else "space_key = ?"
    rows = f"SELECT rowid AS row_id, {keys}, {_fingerprint(table)} AS fingerprint FROM {identifier(table.name)}"
    old = f"{rows} WHERE {in_part} OR ({keys}) IN (SELECT ({keys}) FROM _new)"
    _keep(connection, "_old", old, [] if part.space_key is None else [part.space_key])
    differs = "n.fingerprint IS DISTINCT FROM o.fingerprint"
    is_known = f"n.{names[0]} IS NOT NULL"
    stale = f"SELECT o.row_id, {is_known} AS is_updated FROM _old o LEFT JOIN _new n ON {same_key}"
    _keep(connection, "_stale", f"{stale} WHERE NOT ({is_known}) OR {differs}")
    fresh = f"SELECT n.{_ROW} FROM _new n LEFT JOIN _old o ON {same_key}"
    _keep(connection, "_fresh", f"{fresh} WHERE o.row_id IS NULL OR {differs}")


def _keep(connection: duckdb.DuckDBPyConnection, name: str, query: str, values: Sequence[str] | None = None) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", values)


def _require_unique(connection: duckdb.DuckDBPyConnection, table: Table, part: LoadedPart) -> None:
    keys = ", ".join(map(identifier, table.key))
    query = f"SELECT {keys} FROM _new GROUP BY {keys} HAVING count(*) > 1 ORDER BY ALL LIMIT 1"
    repeated = connection.execute(query).fetchall()
    if repeated:
        named = ", ".join(f"{name} = {value}" for name, value in zip(table.key, repeated[0], strict=True))
        raise WarehouseError(
            f"{SETTING}: the lake's {part.path} has two rows with the key {named}, so {table.name} cannot be loaded. "
            "Delete that file and sync its space again. Nothing in the warehouse was changed."
        )


def _fingerprint(table: Table) -> str:
    """Return an expression that differs where rows differ, and is short where they are long."""
    parts = (f"{identifier(field.name)} := {_short(field)}" for field in table.schema)
    return f"struct_pack({', '.join(parts)})"


def _short(field: pa.Field) -> str:
    name = identifier(field.name)
    kind = sql_type(field.type)
    if kind == "VARCHAR":
        return f"CASE WHEN strlen({name}) < {_DIGEST_LENGTH} THEN {name} ELSE sha256({name}) END"
    return f"sha256({name})" if kind == "BLOB" else name
