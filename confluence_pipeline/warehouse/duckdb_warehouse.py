"""DuckDB, the embedded warehouse."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import duckdb

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import Table
from confluence_pipeline.warehouse.base import LoadReport
from confluence_pipeline.warehouse.duckdb_compact import compacted, is_wasteful
from confluence_pipeline.warehouse.duckdb_file import (
    DATABASE,
    MEMORY_LIMITS,
    connected,
    explained,
    only_loader,
    replacement,
    require_duckdb,
)
from confluence_pipeline.warehouse.duckdb_load import apply_plan
from confluence_pipeline.warehouse.duckdb_plan import LoadPlan, plan_load
from confluence_pipeline.warehouse.duckdb_state import EMPTY, LOADS, LOADS_DDL, State, read_state
from confluence_pipeline.warehouse.duckdb_views import make_views

_WAIT_SECONDS = 600.0


class DuckDBWarehouse:
    """Tables in one DuckDB file, with primary keys and comments, and views on them.

    A load changes a copy of the file and puts it in the file's place, so the file can be read all the time and is
    never half loaded; a load that finds nothing to do does not touch it. Other tables and views in the file stay. It
    needs as much free disk as the file is large.

    Attributes:
        uri: The file's absolute path.
    """

    def __init__(
        self, path: Path, *, wait_seconds: float = _WAIT_SECONDS, memory_limits: Sequence[str] = MEMORY_LIMITS
    ) -> None:
        """Name a file; nothing is read or written yet.

        Args:
            path: The file; it and its folder are made by the first load.
            wait_seconds: How long a load waits for another load of the same file to end.
            memory_limits: How much memory the database may use, as DuckDB writes it; a load that needs more begins
                again with the next.
        """
        self._path = path.absolute()
        self._wait_seconds = wait_seconds
        self._memory_limits = tuple(memory_limits)
        self.uri = str(self._path)

    def __repr__(self) -> str:
        return f"DuckDBWarehouse({self.uri!r})"

    def load(self, lake: Lake, tables: Sequence[Table]) -> list[LoadReport]:
        """Bring tables to the state of the lake; see :meth:`confluence_pipeline.warehouse.Warehouse.load`."""
        with explained(self.uri):
            path = self._path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            with only_loader(path, self.uri, self._wait_seconds):
                require_duckdb(path, self.uri)
                state = _peek(path)
                plan = None if state is None else plan_load(self.uri, state, lake, tables)
                if plan is not None and plan.is_idle:
                    return [table.idle_report() for table in plan.tables]
                return self._load_with_enough_memory(path, lake, tables, plan)

    def _load_with_enough_memory(
        self, path: Path, lake: Lake, tables: Sequence[Table], plan: LoadPlan | None
    ) -> list[LoadReport]:
        *less, most = self._memory_limits
        for memory in less:
            try:
                return self._load_copy(path, lake, tables, plan, memory)
            except duckdb.OutOfMemoryException:
                continue  # the copy was thrown away; begin again with more
        return self._load_copy(path, lake, tables, plan, most)

    def _load_copy(
        self, path: Path, lake: Lake, tables: Sequence[Table], plan: LoadPlan | None, memory: str
    ) -> list[LoadReport]:
        with replacement(path, self.uri) as building:
            connecting = partial(connected, spill=building.spill, memory=memory)
            with connecting(building.path) as connection:
                state = read_state(connection)
                plan = plan if plan is not None else plan_load(self.uri, state, lake, tables)
                if LOADS not in state.shapes:
                    for statement in LOADS_DDL:
                        connection.execute(statement)
            reports = []
            for table in plan.tables:
                if table.is_idle:
                    reports.append(table.idle_report())
                    continue
                with connecting(building.path) as connection:  # one each: an index stays in memory until it is closed
                    reports.append(apply_plan(connection, lake, table))
            with connecting(building.path) as connection:
                make_views(connection, plan.views)
                connection.execute(f"CHECKPOINT {DATABASE}")
                wasteful = is_wasteful(connection)
            if wasteful:
                compact = building.path.with_suffix(".compact")
                building.path = compacted(building.path, compact, building.spill, memory)
            building.wanted = not plan.is_idle
        return reports


def _peek(path: Path) -> State | None:
    """Return what the file holds, or None if another program has it open for writing; a copy can be read then."""
    if not path.exists():
        return EMPTY
    try:
        with connected(path, read_only=True) as connection:
            return read_state(connection)
    except duckdb.IOException:
        return None
