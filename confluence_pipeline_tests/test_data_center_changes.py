"""A Data Center that changes between two syncs: the second gives what a fresh one would, and says what went."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from confluence_pipeline.confluence import ConfluenceClient, Connection, Scope
from confluence_pipeline.confluence.auth import ApiToken
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import RecentItems, Selection, retry_space
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.laboratory import CONTENT_TABLES, HASTE, STAMPS, sync_everything

ALL_TABLES = Selection(frozenset(TABLES), attachment_bodies=True)
RUNS = count(1)


class Wiki:
    """A small Data Center, a client of it, and whoever changes it.

    Args:
        site: The site.
        client: Who reads it.
    """

    def __init__(self, site: SiteProcess, client: ConfluenceClient) -> None:
        self.site = site
        self.client = client

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request that must succeed; return its JSON, if any."""
        reply = requests.request(
            method,
            f"{self.site.base_url}/rest/api{path}",
            auth=(self.site.user_name, self.site.password),
            timeout=30,
            **options,
        )
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def run(self) -> Run:
        """The next run."""
        return Run(f"run-{next(RUNS)}", datetime.now(UTC))

    def sync(self, lake: Lake) -> None:
        """Sync everything."""
        sync_everything(self.client, lake, ALL_TABLES, self.run())

    def edit(self, page: dict[str, Any], storage: str, title: str | None = None) -> None:
        """Save a new version of a page."""
        body = {
            "type": "page",
            "title": title or page["title"],
            "body": {"storage": {"value": storage, "representation": "storage"}},
            "version": {"number": page["version_number"] + 1},
        }
        self.ask("PUT", f"/content/{page['page_id']}", json=body)

    def write(self, kind: str, storage: str, **facts: Any) -> str:
        """Make a page or comment; return its id."""
        body = {"storage": {"value": storage, "representation": "storage"}}
        return str(self.ask("POST", "/content", json={"type": kind, "body": body, **facts})["id"])


def rows(lake: Lake, table: str) -> list[dict[str, Any]]:
    """A table's rows."""
    found: list[dict[str, Any]] = lake.table(TABLES[table]).to_pylist()
    return found


def facts(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """All content tables without their stamps."""
    return {
        table: [{name: value for name, value in row.items() if name not in STAMPS} for row in rows(lake, table)]
        for table in CONTENT_TABLES
    }


@pytest.fixture(params=["8.5.4", "10.0.3"])
def wiki(request: pytest.FixtureRequest) -> Iterator[Wiki]:
    """A small site of an old and of a new version."""
    options = SiteOptions(installation=Installation(version=request.param))
    with SiteProcess(GeneratedSource(pages=40, spaces=2, everything=True), options) as site:
        connection = Connection(site.base_url, ApiToken(site.user_name, site.password), retries=HASTE)
        with ConfluenceClient(connection) as client:
            yield Wiki(site, client)


def test_a_second_sync_gives_what_a_fresh_one_gives(wiki: Wiki, tmp_path: Path) -> None:
    """After edits, moves, new and removed pages, labels, comments, files and restrictions; removals say why."""
    lake = Lake(str(tmp_path / "lake"))
    wiki.sync(lake)
    pages = {row["page_id"]: row for row in rows(lake, "pages")}
    parents = {row["parent_id"] for row in pages.values()}
    leaves = [row for row in pages.values() if row["page_id"] not in parents and row["depth"]]
    edited, moved, trashed, purged, labelled, restricted = leaves[:6]
    target = next(row for row in pages.values() if row["space_key"] == moved["space_key"] and row not in leaves)

    wiki.edit(edited, "<p>Rewritten</p>", title="Renamed")
    wiki.ask(
        "PUT",
        f"/content/{moved['page_id']}",
        json={
            "type": "page",
            "title": moved["title"],
            "version": {"number": moved["version_number"] + 1},
            "ancestors": [{"id": target["page_id"]}],
        },
    )
    wiki.ask("DELETE", f"/content/{trashed['page_id']}")
    wiki.ask("DELETE", f"/content/{purged['page_id']}")
    wiki.ask("DELETE", f"/content/{purged['page_id']}?status=trashed")
    wiki.ask("POST", f"/content/{labelled['page_id']}/label", json=[{"prefix": "global", "name": "fresh"}])
    me = wiki.ask("GET", "/user/current")
    users = {"user": {"results": [me]}, "group": {"results": []}}
    wiki.ask(
        "PUT",
        f"/content/{restricted['page_id']}/restriction",
        json=[{"operation": "read", "restrictions": users}],
    )
    made = wiki.write("page", "<p>New</p>", title="Made", space={"key": edited["space_key"]})
    comment = wiki.write("comment", "<p>Well said</p>", container={"id": made, "type": "page"})
    reply = wiki.write("comment", "<p>Indeed</p>", container={"id": made, "type": "page"}, ancestors=[{"id": comment}])
    wiki.ask(
        "POST",
        f"/content/{made}/child/attachment",
        files={"file": ("a.txt", b"hello")},
        headers={"X-Atlassian-Token": "no-check"},
    )

    wiki.sync(lake)
    fresh = Lake(str(tmp_path / "fresh"))
    wiki.sync(fresh)
    assert facts(lake) == facts(fresh)
    assert {made} <= {row["page_id"] for row in rows(lake, "pages")}
    assert {comment, reply} <= {row["comment_id"] for row in rows(lake, "comments")}
    gone = {row["content_id"]: row for row in rows(lake, "removals") if row["content_type"] == "page"}
    assert {i: row["reason"] for i, row in gone.items()} == {
        trashed["page_id"]: "trashed",
        purged["page_id"]: "unknown",
    }
    assert "content/{id}: 404" in gone[purged["page_id"]]["evidence"]


def test_an_unchanged_site_changes_no_row_and_a_retry_asks_for_nothing(wiki: Wiki, tmp_path: Path) -> None:
    """What the product cannot give stays in the ledger, and is no reason to ask again."""
    lake = Lake(str(tmp_path / "lake"))
    wiki.sync(lake)
    before = {table: rows(lake, table) for table in CONTENT_TABLES if table != "views"}
    wiki.sync(lake)
    assert before == {table: rows(lake, table) for table in before}
    wiki.site.control.reset_requests()
    for space in rows(lake, "spaces"):
        outcome = retry_space(
            wiki.client,
            Scope(),
            lake,
            space["space_key"],
            wiki.run(),
            selection=ALL_TABLES,
            recent=RecentItems(wiki.client),
        )
        assert {entry.reason for entry in outcome.ledger} == {"unsupported"}
    assert wiki.site.control.request_counts().total == 0


def test_an_account_without_rights_of_an_administrator_gets_all_but_what_takes_them(wiki: Wiki, tmp_path: Path) -> None:
    """Contents and groups land; what the ledger names is not guessed, so nobody is said to have access."""
    account_id = wiki.client.log_in().account_id
    assert account_id is not None
    wiki.site.control.set_user(account_id, is_admin=False)
    lake = Lake(str(tmp_path / "lake"))
    wiki.sync(lake)
    assert len(rows(lake, "pages")) == 40
    assert rows(lake, "groups")
    assert not rows(lake, "group_members")
    told = {row["table"]: row["reason"] for row in rows(lake, "ledger") if row["reason"] != "unsupported"}
    assert told == {"space_permissions": "access", "group_members": "access"}
    assert {row["verdict"] for row in rows(lake, "effective_access")} == {"unknown"}


def test_a_login_page_before_calls_for_administrators_costs_no_more_than_they_tell(wiki: Wiki, tmp_path: Path) -> None:
    """With WebSudo, which HTML is the answer to, all else lands; each kind of call is waited for once."""
    lake, calls = Lake(str(tmp_path / "lake")), ("/rest/api/group/[^/]+/member", "/permissions", "/rpc/", "/user/list")
    wiki.site.control.set_faults(*(FaultRule("login_page", path=path) for path in calls))
    wiki.site.control.reset_requests()
    wiki.sync(lake)
    requests_for = wiki.site.control.request_counts().requests
    assert len(rows(lake, "pages")) == 40
    assert rows(lake, "groups")
    assert rows(lake, "users")
    told = {row["table"]: row for row in rows(lake, "ledger") if row["reason"] != "unsupported"}
    assert {table: row["reason"] for table, row in told.items()} == {
        "space_permissions": "access",
        "group_members": "access",
    }
    assert all("secure administrator sessions" in row["message"] for row in told.values())
    members = sum(number for endpoint, number in requests_for.items() if endpoint.endswith("/member"))
    assert len(rows(lake, "groups")) > 8
    assert members <= 8 * HASTE.attempts


def test_a_scope_narrows_what_is_asked_for(wiki: Wiki, tmp_path: Path) -> None:
    """By page ids, a label or CQL, and by what is left out: just those contents land, with their spaces alone."""
    everything = Lake(str(tmp_path / "everything"))
    wiki.sync(everything)
    pages = {row["page_id"]: row for row in rows(everything, "pages")}
    labelled: dict[str, set[str]] = {}
    for row in rows(everything, "labels"):
        if row["content_id"] in pages:
            labelled.setdefault(row["name"], set()).add(row["content_id"])
    label, with_label = max(labelled.items(), key=lambda item: (len(item[1]), item[0]))
    some = sorted(pages)[:3]
    key = pages[some[0]]["space_key"]
    of_space = {i for i, row in pages.items() if row["space_key"] == key}
    scopes = {
        Scope(page_ids=tuple(some)): {*some},
        Scope(labels=(label,)): with_label,
        Scope(space_keys=(key,), exclude_labels=(label,)): of_space - with_label,
        Scope(cql=f"type = page and id in ({', '.join(some)})"): {*some},
    }
    for number, (scope, wanted) in enumerate(scopes.items()):
        lake = Lake(str(tmp_path / str(number)))
        sync_everything(wiki.client, lake, ALL_TABLES, wiki.run(), scope)
        assert {row["page_id"] for row in rows(lake, "pages")} == wanted, scope
        assert {row["space_key"] for row in rows(lake, "spaces")} == {pages[i]["space_key"] for i in wanted}
