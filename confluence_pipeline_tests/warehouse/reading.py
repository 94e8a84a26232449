"""Reads a warehouse as a person would: with DuckDB alone."""

from typing import Any

import duckdb

from confluence_pipeline.warehouse import Warehouse


def query(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    """Return the answer of a query on a warehouse's file, opened to read only."""
    with duckdb.connect(warehouse.uri, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def records(warehouse: Warehouse, table: str, order: str) -> list[dict[str, Any]]:
    """Return a table's rows as dicts, with moments in UTC."""
    with duckdb.connect(warehouse.uri, read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        relation = connection.sql(f"FROM {table} ORDER BY {order}")
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
