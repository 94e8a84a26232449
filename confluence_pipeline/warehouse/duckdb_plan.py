"""What a load of a DuckDB warehouse has to do, found without changing anything."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import TABLES, Table, View
from confluence_pipeline.warehouse.base import SETTING, LoadReport, WarehouseError
from confluence_pipeline.warehouse.duckdb_state import LOADS, LoadedPart, Shape, State, wanted_shapes
from confluence_pipeline.warehouse.duckdb_views import due_views


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What to do to one table.

    Attributes:
        table: The table.
        rows: The rows it has now.
        create: Whether to make it, because it is not there or has other columns.
        comment: Whether to set its comments again.
        changed: Parts to load.
        gone: Parts whose rows to delete.
        skipped: How many parts stay as they are.
    """

    table: Table
    rows: int
    create: bool
    comment: bool
    changed: tuple[LoadedPart, ...]
    gone: tuple[LoadedPart, ...]
    skipped: int

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.create or self.comment or self.changed or self.gone)

    def idle_report(self) -> LoadReport:
        """Return the report of a table to which nothing is done."""
        return LoadReport(self.table.name, self.rows, 0, 0, 0, 0, self.skipped)


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What a load has to do: to each table, and the views to make after that."""

    tables: tuple[TablePlan, ...]
    views: tuple[View, ...]

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not self.views and all(table.is_idle for table in self.tables)


def plan_load(uri: str, state: State, lake: Lake, tables: Sequence[Table]) -> LoadPlan:
    """Compare a database with a lake.

    A table that was loaded before and of which the lake has nothing left, because it is not chosen any more, is
    emptied, too.

    Args:
        uri: The database's address, for messages.
        state: What the database holds.
        lake: What it shall hold.
        tables: The tables to compare.

    Raises:
        WarehouseError: If the file has rows under one of the names that no load has put there.
        LakeError: If a part cannot be read.
    """
    tables = [*tables, *_left(state, lake, tables)]
    wanted = wanted_shapes(tables)
    if LOADS in state.shapes and state.shapes[LOADS].columns != wanted[LOADS].columns:
        raise WarehouseError(
            f"{SETTING} ({uri}) was made by another version. Remove the file; it will be built anew from the lake."
        )
    plans = tuple(_plan_table(uri, state, lake, table, wanted[table.name]) for table in tables)
    names = {*state.shapes, *(table.name for table in tables)}
    views = due_views(state, names, {plan.table.name for plan in plans if plan.create})
    for view in views:
        if view.name in state.shapes:
            raise WarehouseError(
                f"{SETTING} ({uri}) has a table {view.name}, which is the name of a view of ours. "
                "Name another file, or rename that table. Nothing was changed."
            )
    return LoadPlan(plans, views)


def _left(state: State, lake: Lake, tables: Sequence[Table]) -> list[Table]:
    loaded = {name for name, _ in state.parts} - {table.name for table in tables}
    return [TABLES[name] for name in sorted(loaded & TABLES.keys()) if not lake.parts(TABLES[name])]


def _plan_table(uri: str, state: State, lake: Lake, table: Table, wanted: Shape) -> TablePlan:
    loaded = {path: part for (name, path), part in state.parts.items() if name == table.name}
    rows = state.rows.get(table.name, 0)
    if rows and not loaded:
        raise WarehouseError(
            f"{SETTING} ({uri}) already has a table {table.name} with rows that were not loaded from a lake. "
            "Name another file, or rename that table. Nothing was changed."
        )
    there = state.shapes.get(table.name)
    create = there is None or (there.columns, there.key) != (wanted.columns, wanted.key)
    current = _current_parts(lake, table, {} if create else loaded)
    changed = tuple(part for path, part in current.items() if create or part != loaded.get(path))
    return TablePlan(
        table=table,
        rows=rows,
        create=create,
        comment=not create and there is not None and there.comments != wanted.comments,
        changed=changed,
        gone=tuple(part for path, part in loaded.items() if path not in current),
        skipped=len(current) - len(changed),
    )


def _current_parts(lake: Lake, table: Table, loaded: dict[str, LoadedPart]) -> dict[str, LoadedPart]:
    """Return the lake's parts by path; one whose bytes are as they were is returned as it was loaded."""
    entries = lake.entries(lake.table_folder(table))  # before the rows are read, so that a later change is seen
    parts = {}
    for space_key, files in lake.parts(table).items():
        if not entries.keys() >= set(files):
            continue  # it has just come; the next load will see it
        path = lake.part_path(table, space_key)  # names the part, however many files it has
        before, stamp = loaded.get(path), _joined(entries[file].stamp for file in files)
        if before and before.stamp == stamp:
            parts[path] = before
            continue
        digest = _joined(map(lake.sha256, files))
        size = sum(entries[file].size for file in files)
        current = LoadedPart(table.name, path, space_key, size, stamp, digest)
        parts[path] = before if before and before.sha256 == digest else current
    return parts


def _joined(texts: Iterable[str]) -> str:
    """Return a text that differs wherever one of several does: the text itself if it is one."""
    first, *others = texts
    return hashlib.sha256("\n".join([first, *others]).encode()).hexdigest() if others else first
