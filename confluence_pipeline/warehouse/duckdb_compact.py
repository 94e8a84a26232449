"""Gives back the room of rows that were deleted.

DuckDB does not reuse the room of deleted rows in a table with a primary key, since its index points at the rows'
places: a table whose rows are updated day by day would grow without end. Copying the database leaves them behind.
"""

from pathlib import Path

import duckdb

from confluence_pipeline.warehouse.ddl import identifier, literal
from confluence_pipeline.warehouse.duckdb_file import DATABASE, NEW_FILE_OPTIONS, WRITE_OPTIONS, connected

_SMALLEST_WASTE = 16 * 1024**2
_LARGEST_SHARE = 2 / 3
_COMPACT = "compact"


def is_wasteful(connection: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether most of the connected database's file is room that no row uses, and enough to matter."""
    ((block_size, total, free),) = connection.execute(
        "SELECT block_size, total_blocks, free_blocks FROM pragma_database_size() WHERE database_name = ?", [DATABASE]
    ).fetchall()
    if total * block_size < _SMALLEST_WASTE:
        return False
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'main' AND NOT temporary",
        [DATABASE],
    ).fetchall()
    wasted = free + sum(_dead_blocks(connection, name) for (name,) in tables)
    return bool(wasted > _LARGEST_SHARE * total and wasted * block_size > _SMALLEST_WASTE)


def _dead_blocks(connection: duckdb.DuckDBPyConnection, table: str) -> float:
    """Estimate a table's blocks that hold deleted rows: its blocks, by the share of such rows."""
    ((blocks, stored, live),) = connection.execute(
        f"""
        WITH segments AS (FROM pragma_storage_info({literal(table)}) WHERE persistent),
        blocks AS (SELECT block_id FROM segments UNION SELECT unnest(additional_block_ids) FROM segments)
        SELECT (SELECT count(*) FROM blocks),
               (SELECT coalesce(sum("count"), 0) FROM segments WHERE column_id = 0 AND segment_type <> 'VALIDITY'),
               (SELECT count(*) FROM {identifier(table)})
        """  # noqa: S608 - quoted
    ).fetchall()
    return float(blocks * (1 - live / stored)) if stored else 0.0


def compacted(path: Path, target: Path, spill: Path, memory: str) -> Path:
    """Copy a database, with all its tables, views, keys and comments, to a new file; returns that.

    Args:
        path: The database's file, which nobody has open for writing.
        target: The new file.
        spill: A folder for what does not fit the memory limit.
        memory: How much memory the database may use.
    """
    with connected(path, read_only=True, spill=spill, memory=memory) as connection:
        connection.execute(f"ATTACH {literal(str(target))} AS {_COMPACT} ({WRITE_OPTIONS}, {NEW_FILE_OPTIONS})")
        connection.execute(f"COPY FROM DATABASE {DATABASE} TO {_COMPACT}")
        connection.execute(f"CHECKPOINT {_COMPACT}")
    return target
