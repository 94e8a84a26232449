"""What a lake and a warehouse hold at some moment, read as the documentation tells, and by no file's name."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.dataset as ds

from confluence_pipeline.tables import REMOVALS, SYNC_RUNS, TABLES
from confluence_pipeline_tests.laboratory import STAMPS

Part = tuple[str, str | None]
Facts = tuple[str, ...]

_NOT_FACTS = {*STAMPS, "as_of", "removed_at"}


@dataclass(frozen=True)
class State:
    """The facts in each part of each table, and in each table of the warehouse, without who landed them and when.

    Attributes:
        parts: By table and space; None for the space where a table is not kept by space.
        digests: The digest of all that readers see in the folder of each table.
        warehouse: By table.
    """

    parts: dict[Part, Facts]
    digests: dict[str, str]
    warehouse: dict[str, Facts]

    def of_table(self, table: str) -> dict[Part, Facts]:
        """Return the parts of one table."""
        return {part: facts for part, facts in self.parts.items() if part[0] == table}


def state_of(lake: Path, warehouse: Path, known: State | None = None) -> State:
    """Read everything; what has not changed since another state was read is taken from there.

    Every table is read through pyarrow and through DuckDB, which must agree.

    Args:
        lake: The lake's folder.
        warehouse: The warehouse's file; it need not be there.
        known: The other state.
    """
    parts: dict[Part, Facts] = {}
    digests = {}
    with duckdb.connect() as reader:
        reader.execute("set timezone = 'UTC'")
        for folder in sorted((lake / "tables").glob("*")):
            digests[folder.name] = _digest(folder)
            if known is not None and known.digests.get(folder.name) == digests[folder.name]:
                parts |= known.of_table(folder.name)
            elif folder.name != SYNC_RUNS.name and list(folder.glob("**/*.parquet")):
                parts |= _read(folder, reader)
    return State(parts, digests, _loaded(warehouse) if warehouse.exists() else {})


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("**/*")):
        if path.is_file():
            digest.update(f"{path.relative_to(folder)}\x1f".encode() + path.read_bytes())
    return digest.hexdigest()


def _read(folder: Path, reader: duckdb.DuckDBPyConnection) -> dict[Part, Facts]:
    rows = ds.dataset(folder, format="parquet").to_table().to_pylist()
    query = f"from read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
    again = reader.sql(query).to_arrow_table().to_pylist()
    assert _facts(folder.name, again) == _facts(folder.name, rows), folder.name
    by_part: dict[Part, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_part[folder.name, row["space_key"] if TABLES[folder.name].by_space else None].append(row)
    return {part: _facts(folder.name, some) for part, some in by_part.items()}


def _facts(table: str, rows: list[dict[str, Any]]) -> Facts:
    kept = set(TABLES[table].schema.names) - _NOT_FACTS
    if table == REMOVALS.name:
        kept -= {"evidence"}  # what was asked depends on what a sync that died had removed already
    return tuple(sorted(repr({name: row[name] for name in sorted(kept)}) for row in rows))


def _loaded(warehouse: Path) -> dict[str, Facts]:
    with duckdb.connect(str(warehouse), read_only=True) as database:
        found = database.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
        ).fetchall()
        return {
            name: _facts(name, database.sql(f'select * from "{schema}"."{name}"').to_arrow_table().to_pylist())  # noqa: S608
            for schema, name in sorted(found)
            if name in TABLES and name != SYNC_RUNS.name
        }


def assert_old_or_new(now: State, old: State, new: State) -> None:
    """Every part, and every table of the warehouse, is wholly what it was or wholly what it is to be."""
    for part in old.parts.keys() | new.parts.keys() | now.parts.keys():
        assert now.parts.get(part, ()) in (old.parts.get(part, ()), new.parts.get(part, ())), f"{part} is neither"
    for table in old.warehouse.keys() | now.warehouse.keys():
        facts = now.warehouse.get(table)
        assert facts in (old.warehouse.get(table), new.warehouse.get(table)), f"{table} in the warehouse is neither"
