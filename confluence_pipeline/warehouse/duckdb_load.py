"""Brings one table of a DuckDB database to the state of a lake.

The database is a copy that nobody else sees, so statements need no common transaction: if one fails, the copy is
thrown away.
"""
# ruff: noqa: S608 - names are quoted by ``identifier``, values are parameters

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

import duckdb
import pyarrow as pa

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import Table
from confluence_pipeline.warehouse.base import SETTING, LoadReport, WarehouseError
from confluence_pipeline.warehouse.ddl import ddl, identifier, sql_type
from confluence_pipeline.warehouse.duckdb_plan import TablePlan
from confluence_pipeline.warehouse.duckdb_state import LOADS, LOADS_SCHEMA, LoadedPart, count_rows
from confluence_pipeline.warehouse.duckdb_stream import ROW, STREAM, numbered, picked, streamed

_DIGEST_LENGTH = 64
"""Digits of a SHA-256 in hex: shorter texts are compared as they are, so no text is taken for a digest."""

_BYTES_AT_ONCE = 8 * 1024**2
_PARTS_AT_ONCE = 200
"""Small parts are loaded together, since each load takes a dozen statements whatever its size."""


def apply_plan(connection: duckdb.DuckDBPyConnection, lake: Lake, plan: TablePlan) -> LoadReport:
    """Do what a plan says; returns the report.

    Raises:
        LakeError: If a part cannot be read.
        WarehouseError: If a part has two rows with one key.
        duckdb.Error: If the database refuses.
    """
    table = plan.table
    _prepare(connection, plan)
    deleted = sum(_unload(connection, table, part) for part in plan.gone)
    counts = [_load_parts(connection, lake, table, parts) for parts in _groups(plan.changed)]
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


def _groups(parts: Sequence[LoadedPart]) -> Iterator[list[LoadedPart]]:
    """Cut parts into groups that are loaded together; a large part stands alone."""
    group: list[LoadedPart] = []
    for part in parts:
        if group and (len(group) == _PARTS_AT_ONCE or sum(each.size for each in group) + part.size > _BYTES_AT_ONCE):
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _load_parts(
    connection: duckdb.DuckDBPyConnection, lake: Lake, table: Table, parts: Sequence[LoadedPart]
) -> tuple[int, int, int]:
    """Make the rows of spaces those of their parts; returns how many were inserted, updated and deleted.

    Parts are read once for fingerprints and, if rows are new or changed, once more for those rows, so that bodies only
    pass through and no table of them is held beside the real one. Both times they are of the same version.
    """
    name = identifier(table.name)
    with ExitStack() as stack:
        readings = [stack.enter_context(lake.open_part(table, part.space_key)) for part in parts]
        with streamed(connection, table.schema, numbered(batch for read in readings for batch in read())):
            _keep(connection, "_new", f"SELECT {ROW}, {_comparable(table)} FROM {STREAM}")
        _compare(connection, table, parts)
        updated = _number(connection, "SELECT count(*) FROM _stale WHERE is_updated")
        stale = _number(connection, f"DELETE FROM {name} WHERE rowid IN (SELECT row_id FROM _stale)")
        written = 0
        fresh = connection.sql(f"FROM _fresh ORDER BY {ROW}").to_arrow_table()[ROW].combine_chunks()
        if fresh:
            with streamed(connection, table.schema, picked((batch for read in readings for batch in read()), fresh)):
                written = _number(connection, f"INSERT INTO {name} SELECT * EXCLUDE {ROW} FROM {STREAM}")
    for temporary in ("_new", "_old", "_stale", "_fresh"):
        connection.execute(f"DROP TABLE temp.{temporary}")
    _record(connection, parts)
    return written - updated, updated, stale - updated


def _record(connection: duckdb.DuckDBPyConnection, parts: Sequence[LoadedPart]) -> None:
    now = datetime.now(UTC)
    rows = [(part.table, part.path, part.space_key, part.size, part.stamp, part.sha256, now) for part in parts]
    names = LOADS_SCHEMA.names
    loaded = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=LOADS_SCHEMA)
    connection.register("_loaded", loaded)
    connection.execute(f"INSERT OR REPLACE INTO {LOADS} SELECT * FROM _loaded")
    connection.unregister("_loaded")


def _compare(connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[LoadedPart]) -> None:
    """Find the rows to delete (``_stale``: gone from the parts, or updated) and to insert (``_fresh``).

    Rows are compared by fingerprints, so that no join has to hold bodies in memory. A row counts as old if it is of
    these spaces or has a key of these parts: it may have moved. Where two spaces have a row of one key, because one of
    them was not synced since it moved, the one that was read from the site later stands.
    """
    keys = _keys(table)
    _settle_repeated_keys(connection, table, parts)
    is_ours = "list_contains(?, space_key)" if table.by_space else "TRUE"
    spaces = [[part.space_key for part in parts]] if table.by_space else []
    old = f"SELECT rowid AS row_id, {is_ours} AS is_ours, {_comparable(table)} FROM {identifier(table.name)}"
    _keep(connection, "_old", f"{old} WHERE is_ours OR ({keys}) IN (SELECT ({keys}) FROM _new)", spaces)
    same_key = " AND ".join(f"o.{name} = n.{name}" for name in map(identifier, table.key))
    replaces = "(n.fingerprint IS DISTINCT FROM o.fingerprint AND (o.is_ours OR n._extracted_at >= o._extracted_at))"
    stale = f"SELECT o.row_id, n.{ROW} IS NOT NULL AS is_updated FROM _old o LEFT JOIN _new n ON {same_key}"
    _keep(connection, "_stale", f"{stale} WHERE n.{ROW} IS NULL OR {replaces}")
    fresh = f"SELECT n.{ROW} FROM _new n LEFT JOIN _old o ON {same_key}"
    _keep(connection, "_fresh", f"{fresh} WHERE o.row_id IS NULL OR {replaces}")


def _keep(connection: duckdb.DuckDBPyConnection, name: str, query: str, values: Sequence[object] | None = None) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", values)


def _settle_repeated_keys(connection: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[LoadedPart]) -> None:
    """Leave one row of a key that several parts have; raise if one part has it twice."""
    keys = _keys(table)
    place = "space_key" if table.by_space else "NULL::VARCHAR"
    query = (
        f"SELECT {keys}, count(*) > greatest(1, count(DISTINCT {place})) AS is_wrong, mode({place})"
        f" FROM _new GROUP BY {keys} HAVING count(*) > 1 ORDER BY is_wrong DESC LIMIT 1"
    )
    for *key, is_wrong, space_key in connection.execute(query).fetchall():
        if is_wrong:
            named = ", ".join(f"{name} = {value}" for name, value in zip(table.key, key, strict=True))
            folder = next(part.path for part in parts if part.space_key == space_key).rpartition("/")[0]
            raise WarehouseError(
                f"{SETTING}: the lake's {folder} has two rows with the key {named}, so {table.name} cannot be loaded. "
                "Delete that folder and sync its space again. Nothing in the warehouse was changed."
            )
        latest = f"row_number() OVER (PARTITION BY {keys} ORDER BY _extracted_at DESC, {ROW} DESC) = 1"
        _keep(connection, "_new", f"FROM _new QUALIFY {latest}")


def _keys(table: Table) -> str:
    return ", ".join(map(identifier, table.key))


def _comparable(table: Table) -> str:
    """Return the columns that rows are matched and compared by."""
    others = {"_extracted_at", *(["space_key"] if table.by_space else [])} - set(table.key)
    return f"{_keys(table)}, {', '.join(sorted(others))}, {_fingerprint(table)} AS fingerprint"


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
