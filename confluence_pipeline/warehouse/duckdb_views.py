"""The views of a DuckDB warehouse: which have to be made, and how.

The statements that made a view are known by a row in the loads' table, since DuckDB words a view's query anew each
time it reads the file.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from hashlib import sha256

import duckdb

from confluence_pipeline.tables import SQL_VIEWS, View
from confluence_pipeline.warehouse.ddl import view_ddl
from confluence_pipeline.warehouse.duckdb_state import LOADS, State

_STATEMENTS = "(statements)"  # in place of the part's path


def due_views(state: State, tables: Collection[str], renewed: Collection[str]) -> tuple[View, ...]:
    """Return the views to make: those that are not as they should be, of tables that are all there.

    Args:
        state: What the database holds.
        tables: The names of the tables it will have.
        renewed: The names of those that are made anew, so that views bound to them must be, too.
    """
    return tuple(view for view in SQL_VIEWS.values() if _is_due(state, view, set(tables), set(renewed)))


def _is_due(state: State, view: View, tables: set[str], renewed: set[str]) -> bool:
    needed = {table.name for table in view.tables}
    if not needed <= tables:
        return False
    made = state.parts.get((view.name, _STATEMENTS))
    is_current = view.name in state.views and made is not None and made.sha256 == _digest(view)
    return not is_current or not needed.isdisjoint(renewed)


def make_views(connection: duckdb.DuckDBPyConnection, views: Iterable[View]) -> None:
    """Make views, or make them anew, with their comments."""
    for view in views:
        for statement in view_ddl(view):
            connection.execute(statement)
        connection.execute(
            f"INSERT OR REPLACE INTO {LOADS} VALUES (?, ?, NULL, ?, '', ?, ?)",  # noqa: S608 - a constant
            [view.name, _STATEMENTS, len(view.query), _digest(view), datetime.now(UTC)],
        )


def _digest(view: View) -> str:
    return sha256(";\n".join(view_ddl(view)).encode()).hexdigest()
