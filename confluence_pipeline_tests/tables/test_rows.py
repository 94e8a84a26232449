"""From records to rows."""

from dataclasses import replace
from datetime import UTC, datetime

from confluence_pipeline.confluence import Cost, Label, SpaceRecord, UserRecord
from confluence_pipeline.content import convert
from confluence_pipeline.tables import LEDGER, PAGES, REMOVALS, SPACES, SYNC_RUNS, TABLES, USERS
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline.tables.rows import (
    STRUCTURE_TABLES,
    Body,
    Stamp,
    ledger_rows,
    page_row,
    removal_rows,
    space_row,
    structure_rows,
    sync_run_row,
    user_row,
)
from confluence_pipeline.tables.tree import Ancestry
from confluence_pipeline_tests.tables.test_tree import BLANK

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
STAMP = Stamp("run", NOW, "https://site.example/wiki/api/v2/pages/1")
STORAGE = """
<h1>Head</h1><p><a href="https://x.example">x</a> <ac:link><ri:user ri:account-id="1" /></ac:link></p>
<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">py</ac:parameter>
<ac:plain-text-body><![CDATA[print(1)]]></ac:plain-text-body></ac:structured-macro>
<table><tbody><tr><th>a</th><td colspan="2">b</td></tr></tbody></table>
"""


def sync_report(name: str) -> dict[str, object]:
    """Return a sync's report, as it is read back from the landing."""
    entry = {"table": "pages", "operation": "fetch", "reason": "server", "message": "m", "content_id": "1"}
    removal = {"content_id": "2", "content_type": "page", "title": "T", "last_version_number": 3}
    return {
        "space_key": "ENG",
        "started_at": name,
        "finished_at": "2026-03-02T10:00:00+00:00",
        "ledger": [entry | {"http_status": 500, "attempts": 5, "retryable": True}] * 3,
        "removals": [removal | {"reason": "trashed", "evidence": "e"}],
    }


def test_every_row_has_just_the_columns_of_its_table() -> None:
    """A column that is missing or unknown would fail only when it is written."""
    space = SpaceRecord("1", "ENG", "Eng", None, None, None, None, None, None, None, None, None, "u")
    user = UserRecord("1", "Ann", None, None, None, None, None, None, "u")
    body = Body("<p>a b</p>", convert("<p>a b</p>")).as_columns()
    report = TableReport("pages", "ENG", 1, 1, 1, 0, 0, 0, 0, complete=True, file=None, cost=Cost(1, 2, 3.0, 4))
    rows = {
        SPACES.name: space_row(space, [Label("9", "team", "x")], STAMP),
        USERS.name: user_row(user, STAMP),
        PAGES.name: page_row(BLANK, "ENG", Ancestry(("7",), (None,)), body, STAMP),
        LEDGER.name: ledger_rows(sync_report("a"), STAMP)[0],
        REMOVALS.name: removal_rows(sync_report("a"), STAMP)[0],
        SYNC_RUNS.name: sync_run_row(report, Run("run", NOW), "lake:x"),
    }
    content = convert(STORAGE)
    for table in STRUCTURE_TABLES:
        found = structure_rows(table, replace(BLANK, content_id="1"), "ENG", content, STAMP)
        assert found, table
        rows[table] = found[0]
    for table, row in rows.items():
        assert set(row) == set(TABLES[table].schema.names), table
    assert rows["spaces"]["labels"] == ["team:x"]
    assert (rows["pages"]["depth"], rows["pages"]["word_count"]) == (1, 2)
    assert rows["sync_runs"]["retries"] == 2


def test_a_bodys_digest_is_that_of_its_bytes() -> None:
    """SHA-256 of the UTF-8 bytes, as other tools compute it."""
    body = Body("<p>ü</p>", convert("<p>ü</p>")).as_columns()
    assert body["body_sha256"] == "3f08d999915773475441df32aaf6d7f773b76fe587502b36fb6fcf45aee9e5cc"  # by sha256sum


def test_ledger_rows_are_numbered_without_collisions() -> None:
    """Two syncs of one run have different numbers, and the same sync the same ones again."""
    first, second = ledger_rows(sync_report("a"), STAMP), ledger_rows(sync_report("b"), STAMP)
    numbers = [row["ordinal"] for row in first + second]
    assert len(set(numbers)) == 6
    assert all(0 <= number < 2**63 for number in numbers)
    assert first == ledger_rows(sync_report("a"), STAMP)
