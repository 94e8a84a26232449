"""Views of a DuckDB warehouse: when they are made, and what they tell."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.tables import EFFECTIVE_ACCESS, GROUP_MEMBERS, PAGES, SQL_VIEWS, USERS, Table
from confluence_pipeline.tables.access import EVERYBODY_ROLES
from confluence_pipeline.warehouse import Warehouse, WarehouseError
from confluence_pipeline_tests.lake.samples import write_part
from confluence_pipeline_tests.warehouse.reading import query

NEEDED = (EFFECTIVE_ACCESS, GROUP_MEMBERS, USERS)
VIEW = SQL_VIEWS["effective_user_access"]
STAMP = {"_run_id": "r", "_extracted_at": datetime(2026, 1, 1, tzinfo=UTC), "_source_url": "u"}


def full(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with all columns; those that are not given are null."""
    return dict.fromkeys(table.schema.names) | STAMP | row


def access(content_id: str, kind: str, principal: str, verdict: str = "granted") -> dict[str, Any]:
    """Return a row of ``effective_access``."""
    who = {"principal_type": kind, "principal_id": principal}
    facts = {"content_id": content_id, "verdict": verdict, "reason": "x", "space_key": "ENG", "content_type": "page"}
    return full(EFFECTIVE_ACCESS, who | facts)


def fill(lake: Lake, *rows: dict[str, Any]) -> None:
    """Write a lake of three users, of whom two are in a group, and who may view what."""
    members = [("g1", "ann"), ("g1", "bo"), ("g2", "bo")]
    names = {"g1": "staff", "g2": None}
    write_part(lake, EFFECTIVE_ACCESS, sorted(rows, key=lambda row: row["content_id"]), "ENG")
    write_part(
        lake,
        GROUP_MEMBERS,
        [full(GROUP_MEMBERS, {"group_id": g, "account_id": a, "group_name": names[g]}) for g, a in members],
    )
    write_part(lake, USERS, [full(USERS, {"account_id": account}) for account in ("ann", "bo", "cy")])


def told(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Return all that the view tells."""
    return query(warehouse, "SELECT content_id, account_id, verdict, via FROM effective_user_access ORDER BY ALL")


def test_groups_and_roles_that_everybody_has_become_their_users(lake: Lake, warehouse: Warehouse) -> None:
    """Each account has one row a content, with the best verdict and every way in."""
    role = min(EVERYBODY_ROLES)
    fill(
        lake,
        access("1", "group", "g1"),
        access("1", "group", "g2", "unknown"),
        access("1", "user", "ann", "unknown"),
        access("2", "role", role),
        access("3", "user", "di"),
        access("4", "group", "nobody-knows"),
        access("5", "role", "all-product-admins"),
        access("6", "unknown", "unknown", "unknown"),
    )
    warehouse.load(lake, NEEDED)
    assert told(warehouse) == [
        ("1", "ann", "granted", "group staff, user"),
        ("1", "bo", "granted", "group g2, group staff"),
        ("2", "ann", "granted", f"role {role}"),
        ("2", "bo", "granted", f"role {role}"),
        ("2", "cy", "granted", f"role {role}"),
        ("3", "di", "granted", "user"),
    ]


def test_a_view_is_described(lake: Lake, warehouse: Warehouse) -> None:
    """The database tells what a row and each column is, and the columns are those of the code."""
    fill(lake)
    warehouse.load(lake, NEEDED)
    comments = query(warehouse, f"SELECT comment FROM duckdb_views() WHERE view_name = '{VIEW.name}'")  # noqa: S608
    assert comments == [(VIEW.description,)]
    columns = "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = 'effective_user_access'"
    expected = [(field.name, "VARCHAR", field.metadata[b"description"].decode()) for field in VIEW.columns]
    assert query(warehouse, columns) == expected


@pytest.mark.parametrize("missing", NEEDED, ids=lambda table: table.name)
def test_a_view_comes_with_the_last_table_it_reads(lake: Lake, warehouse: Warehouse, missing: Table) -> None:
    """Until all are loaded it is not there, and no load fails for it."""
    fill(lake, access("1", "user", "ann"))
    warehouse.load(lake, [table for table in NEEDED if table != missing])
    assert query(warehouse, "SELECT view_name FROM duckdb_views() WHERE NOT internal") == []
    warehouse.load(lake, [missing])
    assert told(warehouse) == [("1", "ann", "granted", "user")]


def test_a_view_follows_its_tables_and_a_load_that_finds_nothing_leaves_the_file(
    lake: Lake, warehouse: Warehouse
) -> None:
    """The view outlives loads of its tables, and alone is no reason to write the file again."""
    fill(lake, access("1", "user", "ann"))
    warehouse.load(lake, NEEDED)
    before = Path(warehouse.uri).read_bytes()
    warehouse.load(lake, NEEDED)
    assert Path(warehouse.uri).read_bytes() == before
    fill(lake, access("1", "user", "bo"))
    warehouse.load(lake, NEEDED)
    assert told(warehouse) == [("1", "bo", "granted", "user")]


@pytest.mark.parametrize(
    "damage",
    [
        "DROP VIEW effective_user_access",
        "DELETE FROM _loads WHERE table_name = 'effective_user_access'",
        (
            "DROP TABLE group_members; DELETE FROM _loads WHERE table_name = 'group_members'; "
            "CREATE TABLE group_members (group_id INTEGER, account_id INTEGER, group_name INTEGER)"
        ),
    ],
    ids=["dropped", "made by another version", "a table of other columns"],
)
def test_a_view_that_is_not_as_it_should_be_is_made_anew(lake: Lake, warehouse: Warehouse, damage: str) -> None:
    """Whatever became of it or of a table it reads, the next load mends it."""
    fill(lake, access("1", "group", "g1"))
    warehouse.load(lake, NEEDED)
    with duckdb.connect(warehouse.uri) as connection:
        connection.execute(damage)
    warehouse.load(lake, NEEDED)
    assert told(warehouse) == [("1", "ann", "granted", "group staff"), ("1", "bo", "granted", "group staff")]


def test_views_come_with_the_tables_or_not_at_all(lake: Lake, warehouse: Warehouse) -> None:
    """A load that fails leaves the file without the view, as it leaves it without the rows."""
    fill(lake, access("1", "user", "ann"))
    warehouse.load(lake, [EFFECTIVE_ACCESS, USERS])
    page = full(PAGES, {"page_id": "1", "space_id": "2", "space_key": "ENG"})
    write_part(lake, PAGES, [page, page], "ENG")
    with pytest.raises(WarehouseError, match="two rows with the key"):
        warehouse.load(lake, [GROUP_MEMBERS, PAGES])
    assert query(warehouse, "SELECT view_name FROM duckdb_views() WHERE NOT internal") == []


def test_a_table_of_the_same_name_is_not_taken_over(lake: Lake, warehouse: Warehouse) -> None:
    """What a person made stays, and the message says what to do."""
    fill(lake)
    warehouse.load(lake, [EFFECTIVE_ACCESS, USERS])
    with duckdb.connect(warehouse.uri) as connection:
        connection.execute("CREATE TABLE effective_user_access AS SELECT 1 AS mine")
    with pytest.raises(WarehouseError, match="rename that table"):
        warehouse.load(lake, NEEDED)
    assert query(warehouse, "SELECT mine FROM effective_user_access") == [(1,)]
