"""What a DuckDB warehouse holds: which tables, of which shape, from which parts."""
# ruff: noqa: S608 - names are quoted by ``identifier`` or constant, values are parameters

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from confluence_pipeline.tables import Table, column
from confluence_pipeline.tables.schema import TIMESTAMP
from confluence_pipeline.warehouse.ddl import create_statements, ddl, identifier
from confluence_pipeline.warehouse.duckdb_file import DATABASE

LOADS = "_loads"
LOADS_SCHEMA = pa.schema(
    [
        column("table_name", pa.string(), "The table the part belongs to, or the view.", nullable=False),
        column("part", pa.string(), "The part's path in the lake.", nullable=False),
        column("space_key", pa.string(), "The space whose rows it holds; null for a table without spaces."),
        column("size", pa.int64(), "The file's size in bytes.", nullable=False),
        column("stamp", pa.string(), "What the storage told of the file.", nullable=False),
        column("sha256", pa.string(), "The SHA-256 of the file's bytes, as hex.", nullable=False),
        column("loaded_at", TIMESTAMP, "When it was loaded.", nullable=False),
    ]
)
LOADS_DDL = tuple(
    create_statements(
        LOADS,
        "A part of a table, or a view, as it was last loaded; the next load reads only parts that differ.",
        ("table_name", "part"),
        LOADS_SCHEMA,
    )
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's columns (name, type, nullable), primary key, and comments (its own, then by column)."""

    columns: tuple[tuple[str, str, bool], ...]
    key: tuple[str, ...]
    comments: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class LoadedPart:
    """A part as it was last loaded."""

    table: str
    path: str
    space_key: str | None
    size: int
    stamp: str
    sha256: str


@dataclass(frozen=True, slots=True)
class State:
    """What a database holds.

    Attributes:
        shapes: Its tables.
        rows: The number of rows of each.
        parts: What was loaded, by table and path.
        views: The names of its views.
    """

    shapes: dict[str, Shape]
    rows: dict[str, int]
    parts: dict[tuple[str, str], LoadedPart]
    views: frozenset[str]


EMPTY = State({}, {}, {}, frozenset())


def _shapes(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, Shape]:
    """Return the tables of a database, from its catalogue."""
    ours = "database_name = ? AND schema_name = 'main'"
    tables = f"SELECT table_name, comment FROM duckdb_tables() WHERE {ours} AND NOT temporary"
    columns = (
        "SELECT table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns()"
        f" WHERE {ours} ORDER BY column_index"
    )
    keys = (
        "SELECT table_name, constraint_column_names FROM duckdb_constraints()"
        f" WHERE {ours} AND constraint_type = 'PRIMARY KEY'"
    )
    columns_of = defaultdict(list)
    for name, *facts in connection.execute(columns, [database]).fetchall():
        columns_of[name].append(facts)
    key_of = dict(connection.execute(keys, [database]).fetchall())
    return {
        name: Shape(
            columns=tuple((column, kind, nullable) for column, kind, nullable, _ in columns_of[name]),
            key=tuple(key_of.get(name, ())),
            comments=(comment, *(text for *_, text in columns_of[name])),
        )
        for name, comment in connection.execute(tables, [database]).fetchall()
    }


def read_state(connection: duckdb.DuckDBPyConnection) -> State:
    """Return what the connected database holds."""
    shapes = _shapes(connection, DATABASE)
    rows = {name: count_rows(connection, name) for name in shapes}
    query = "SELECT view_name FROM duckdb_views() WHERE database_name = ? AND schema_name = 'main' AND NOT internal"
    views = frozenset(name for (name,) in connection.execute(query, [DATABASE]).fetchall())
    if LOADS not in shapes:
        return State(shapes, rows, {}, views)
    query = f"SELECT table_name, part, space_key, size, stamp, sha256 FROM {LOADS} ORDER BY ALL"
    parts = [LoadedPart(*found) for found in connection.execute(query).fetchall()]
    return State(shapes, rows, {(part.table, part.path): part for part in parts}, views)


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Return the number of rows of a table."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {identifier(table)}").fetchall()
    return int(rows)


def wanted_shapes(tables: Sequence[Table]) -> dict[str, Shape]:
    """Return the shapes that the tables' DDL makes, as DuckDB itself tells them."""
    with duckdb.connect() as connection:
        for statement in [*LOADS_DDL, *(statement for table in tables for statement in ddl(table))]:
            connection.execute(statement)
        return _shapes(connection, "memory")
