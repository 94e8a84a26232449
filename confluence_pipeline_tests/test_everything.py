"""A site with everything on it, synced whole: every table equals the site's own truth, row for row."""

from datetime import datetime
from pathlib import Path
from typing import Any, cast

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.site.control_client import TruthKind
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of

PAGES, SPACES = 800, 4
EVERYTHING = Selection(frozenset(TABLES), version_bodies=True)

DERIVED = {
    "_run_id",
    "_extracted_at",
    "web_url",
    "download_url",
    "body_markdown",
    "body_text",
    "word_count",
    "text_kept",
    "was_repaired",
    "losses",
    "blob_uri",
    "sha256",
    "text",
    "text_extractor",
    "text_error",
    "principal_name",
    "as_of",
    "_source_url",
}
"""Columns that the pipeline makes itself, or that only name an address: other tests judge them."""

TRUTH_ONLY = {"content_id", "labels", "type", "byte_count", "appears_as", "body_storage"}
"""What the truth tells beside a table's columns."""

MIRRORS = (
    "spaces",
    "pages",
    "blog_posts",
    "page_versions",
    "comments",
    "attachments",
    "labels",
    "users",
    "groups",
    "group_members",
    "space_permissions",
    "restrictions",
    "tasks",
    "properties",
    "likes",
    "views",
    "tree_nodes",
)


def test_every_table_equals_the_truth(tmp_path: Path) -> None:
    """Row for row and column for column, with nothing in the ledger; a second sync changes no byte.

    One test and not several, so that the site is synced once whatever the number of test processes.
    """
    with SiteProcess(GeneratedSource(PAGES, SPACES, everything=True)) as site, reader_of(site) as client:
        lab = Laboratory(site, Lake(str(tmp_path)), client, Editor(site), selection=EVERYTHING)
        lab.sync()
        for table in MIRRORS:
            assert_equals_truth(lab, table)
        assert_access_is_who_may_view(lab)
        assert lab.rows("ledger") == []
        assert [row for row in lab.rows("sync_runs") if not row["complete"]] == []
        before = lab.digests()
        lab.sync()
        assert lab.digests() == before


def truth_of(lab: Laboratory, table: str) -> list[dict[str, Any]]:
    """Return what the site says the caller can see of what a table mirrors."""
    rows = list(lab.site.control.truth(cast(TruthKind, table), as_account=lab.client.log_in().account_id))
    return [row for row in rows if row.get("status") not in ("trashed", "draft", "deleted")]


def comparable(row: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    """Return the columns of a row in a form in which both sides write them."""
    return {name: written(row[name]) for name in sorted(columns)}


def written(value: Any) -> Any:
    """Return a value as JSON would write it; times without trailing zeros."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, str) and value.endswith("+00:00"):
        return written(datetime.fromisoformat(value))
    return value


def assert_equals_truth(lab: Laboratory, table: str) -> None:
    """Compare a table with the truth, and leave out no column of the contract."""
    expected, actual = truth_of(lab, table), lab.rows(table)
    columns = set(expected[0]) & set(TABLES[table].schema.names)
    assert set(TABLES[table].schema.names) - columns <= DERIVED, table
    assert set(expected[0]) - columns <= TRUTH_ONLY, table
    key = TABLES[table].key
    by_key = {tuple(row[name] for name in key): comparable(row, columns) for row in actual}
    assert len(by_key) == len(actual) > 0, table
    assert by_key == {tuple(row[name] for name in key): comparable(row, columns) for row in expected}, table


def assert_access_is_who_may_view(lab: Laboratory) -> None:
    """Expand granted principals through groups by hand, and compare with whom the site would let view.

    Grants may name an account that does not exist (any more); there is nobody to let in then.
    """
    members: dict[str, set[str]] = {}
    for row in lab.rows("group_members"):
        members.setdefault(row["group_id"], set()).add(row["account_id"])
    everybody = {row["account_id"] for row in lab.rows("users") if row["account_status"] != "unknown"}
    granted: set[tuple[str, str]] = set()
    for row in lab.rows("effective_access"):
        named = {"user": {row["principal_id"]}, "group": members.get(row["principal_id"], set())}
        assert row["verdict"] == "granted", row
        granted |= {(row["content_id"], account) for account in named.get(row["principal_type"], everybody)}
    truth = truth_of(lab, "effective_access")
    expected = {(row["content_id"], row["account_id"]) for row in truth if row["verdict"] == "granted"}
    assert {pair for pair in granted if pair[1] in everybody} == {pair for pair in expected if pair[1] in everybody}
