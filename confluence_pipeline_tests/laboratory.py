"""A site that tests change between two syncs, a lake to sync it into, and the truth to compare with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import requests

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection, RetryPolicy, Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import (
    RecentItems,
    Selection,
    SpaceSync,
    land_groups,
    land_spaces,
    land_users,
    landed_space_records,
    landed_spaces,
    retry_space,
    settle_moves,
)
from confluence_pipeline.landing import sync_space as sync_one_space
from confluence_pipeline.normalize import (
    build_group_members,
    build_groups,
    build_space_tables,
    build_spaces,
    build_users,
)
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline_tests.laboratory_seed import BOSS, PERSONAL, READER

LAB = FunctionSource("confluence_pipeline_tests.laboratory_seed:lab_seed")
BUSY_LAB = FunctionSource("confluence_pipeline_tests.laboratory_seed:busy_lab_seed")
LAB_SPACES = ("ATTIC", "LAB", "ZOO", PERSONAL)
LOGS = ("removals", "ledger", "sync_runs")
CONTENT_TABLES = tuple(name for name in TABLES if name not in LOGS)
STAMPS = ("_run_id", "_extracted_at")
HASTE = RetryPolicy(attempts=3, first_seconds=0.005, most_seconds=0.02, longest_wait_seconds=5)


@dataclass
class Editor:
    """The boss, who changes the site through its API as a person would."""

    site: SiteProcess
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Send a request that must succeed; return its JSON, if any."""
        reply = self.session.request(
            method, self.site.base_url + path, auth=("boss@example.com", "token-boss"), timeout=30, **options
        )
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def page(self, title: str) -> dict[str, Any]:
        """Return what the site holds of the page or blog post with a title."""
        kinds = ("pages", "blog_posts")
        return next(row for kind in kinds for row in self.site.control.truth(kind) if row["title"] == title)  # type: ignore[arg-type]

    def create(self, key: str, title: str, body: str = "<p>New</p>", parent_id: str | None = None) -> str:
        """Add a page; return its id."""
        space_id = self.ask("GET", f"/api/v2/spaces?keys={key}")["results"][0]["id"]
        content = {"spaceId": space_id, "title": title, "body": {"representation": "storage", "value": body}}
        return str(
            self.ask("POST", "/api/v2/pages", json=content | ({"parentId": parent_id} if parent_id else {}))["id"]
        )

    def edit(self, content_id: str, *, title: str | None = None, body: str | None = None) -> None:
        """Save a new version of a page."""
        now = self.ask("GET", f"/api/v2/pages/{content_id}?body-format=storage")
        content = {
            "id": content_id,
            "status": "current",
            "title": title or now["title"],
            "body": {"representation": "storage", "value": body or now["body"]["storage"]["value"]},
            "version": {"number": now["version"]["number"] + 1},
        }
        self.ask("PUT", f"/api/v2/pages/{content_id}", json=content)

    def move(self, content_id: str, target_id: str) -> None:
        """Put a page, with all below it, below another."""
        self.ask("PUT", f"/rest/api/content/{content_id}/move/append/{target_id}")

    def archive(self, content_id: str) -> None:
        """Archive a page."""
        self.ask("POST", "/rest/api/content/archive", json={"pages": [{"id": content_id}]})

    def trash(self, content_id: str) -> None:
        """Put a page in the trash."""
        self.ask("DELETE", f"/api/v2/pages/{content_id}")

    def purge(self, content_id: str) -> None:
        """Delete a page for good."""
        self.trash(content_id)
        self.ask("DELETE", f"/api/v2/pages/{content_id}?purge=true")

    def label(self, content_id: str, name: str) -> None:
        """Put a label on a page."""
        self.ask("POST", f"/rest/api/content/{content_id}/label", json=[{"prefix": "global", "name": name}])

    def unlabel(self, content_id: str, name: str) -> None:
        """Take a label off a page."""
        self.ask("DELETE", f"/rest/api/content/{content_id}/label?name={name}")

    def hide(self, content_id: str) -> None:
        """Let only the boss see a page."""
        user = {"results": [{"type": "known", "accountId": BOSS}]}
        restrictions = {"user": user, "group": {"results": []}}
        self.ask(
            "PUT",
            f"/rest/api/content/{content_id}/restriction",
            json=[{"operation": "read", "restrictions": restrictions}],
        )

    def comment(self, content_id: str, text: str = "<p>Well said</p>", *, on: str = "pageId") -> str:
        """Write a footer comment; return its id."""
        body = {"representation": "storage", "value": text}
        return str(self.ask("POST", "/api/v2/footer-comments", json={on: content_id, "body": body})["id"])

    def reply(self, comment_id: str, text: str = "<p>Indeed</p>", *, location: str = "footer") -> str:
        """Answer a comment; return the reply's id."""
        return (
            self.comment(comment_id, text, on="parentCommentId")
            if location == "footer"
            else str(
                self.ask(
                    "POST",
                    "/api/v2/inline-comments",
                    json={"parentCommentId": comment_id, "body": {"representation": "storage", "value": text}},
                )["id"]
            )
        )

    def remark(self, content_id: str, selection: str) -> str:
        """Write an inline comment on a text of a page; return its id."""
        properties = {"textSelection": selection, "textSelectionMatchCount": 1, "textSelectionMatchIndex": 0}
        content = {
            "pageId": content_id,
            "body": {"representation": "storage", "value": f"<p>About {selection}</p>"},
            "inlineCommentProperties": properties,
        }
        return str(self.ask("POST", "/api/v2/inline-comments", json=content)["id"])

    def change_comment(self, comment_id: str, *, location: str = "footer", **changes: Any) -> None:
        """Save a new version of a comment: its text, or for an inline one whether it is resolved."""
        path = f"/api/v2/{location}-comments/{comment_id}"
        now = self.ask("GET", f"{path}?body-format=storage")
        text = changes.pop("text", now["body"]["storage"]["value"])
        body = {"representation": "storage", "value": text}
        self.ask("PUT", path, json={"version": {"number": now["version"]["number"] + 1}, "body": body, **changes})

    def remove_comment(self, comment_id: str, *, location: str = "footer") -> None:
        """Delete a comment with its replies."""
        self.ask("DELETE", f"/api/v2/{location}-comments/{comment_id}")

    def attach(self, content_id: str, name: str, data: bytes) -> str:
        """Put a file on a page, as a new version where one of that name is there; return the attachment's id."""
        path = f"/rest/api/content/{content_id}/child/attachment"
        reply = self.ask("PUT", path, files={"file": (name, data)}, headers={"X-Atlassian-Token": "no-check"})
        return str(reply["results"][0]["id"])

    def remove_attachment(self, attachment_id: str) -> None:
        """Put an attachment in the trash."""
        self.ask("DELETE", f"/api/v2/attachments/{attachment_id}")

    def show(self, content_id: str) -> None:
        """Lift what :meth:`hide` set."""
        self.ask("DELETE", f"/rest/api/content/{content_id}/restriction")

    def folder(self, key: str, title: str, parent_id: str | None = None) -> str:
        """Make a folder; return its id."""
        space_id = self.ask("GET", f"/api/v2/spaces?keys={key}")["results"][0]["id"]
        content = {"spaceId": space_id, "title": title} | ({"parentId": parent_id} if parent_id else {})
        return str(self.ask("POST", "/api/v2/folders", json=content)["id"])


@dataclass
class Laboratory:
    """A site, a lake, and a client that logs in as the reader.

    Attributes:
        site: The site.
        lake: Where it is synced to.
        client: Who asks.
        editor: Who changes the site.
        selection: Which tables are filled.
    """

    site: SiteProcess
    lake: Lake
    client: ConfluenceClient
    editor: Editor
    selection: Selection = field(default_factory=Selection)
    _runs: "count[int]" = field(default_factory=lambda: count(1))

    def run(self) -> Run:
        """Return the next run."""
        return Run(f"run-{next(self._runs)}", datetime.now(UTC))

    def sync(self, scope: Scope | None = None, **options: Any) -> dict[str, SpaceSync]:
        """Land everything in scope, and every space that landed before; then build all tables."""
        return sync_everything(self.client, self.lake, self.selection, self.run(), scope, **options)

    def retry(self, scope: Scope | None = None) -> dict[str, SpaceSync]:
        """Fetch again what the ledgers of all spaces name; then build all tables."""
        run, recent = self.run(), RecentItems(self.client)
        outcomes = {
            key: retry_space(
                self.client, scope or Scope(), self.lake, key, run, selection=self.selection, recent=recent
            )
            for key in landed_spaces(self.lake)
        }
        land_users(self.client, self.lake, run)
        settle_moves(self.lake)
        self.build(run=run)
        return outcomes

    def build(self, keys: list[str] | None = None, run: Run | None = None) -> dict[str, dict[str, TableReport]]:
        """Build all tables from what landed."""
        return build_everything(self.lake, self.selection, run or self.run(), keys)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return a table's rows."""
        rows: list[dict[str, Any]] = self.lake.table(TABLES[table]).to_pylist()
        return rows

    def contents(self) -> dict[str, dict[str, Any]]:
        """Return the rows of pages and blog posts by id."""
        pages = {row["page_id"]: row for row in self.rows("pages")}
        return pages | {row["blog_post_id"]: row for row in self.rows("blog_posts")}

    def id_of(self, title: str) -> str:
        """Return a content's id, from the site."""
        return str(self.editor.page(title)["content_id"])

    def truth(self) -> dict[str, dict[str, Any]]:
        """Return what the reader may see of pages and blog posts, current and archived, by id."""
        found = [
            *self.site.control.truth("pages", as_account=READER),
            *self.site.control.truth("blog_posts", as_account=READER),
        ]
        return {row["content_id"]: row for row in found if row["status"] in ("current", "archived")}

    def assert_tables_tell(self, truth: Mapping[str, Mapping[str, Any]]) -> None:
        """Compare pages, blog posts and labels with the truth."""
        contents = self.contents()
        assert set(contents) == set(truth)
        for content_id, row in contents.items():
            expected = truth[content_id]
            for name in ("title", "status", "space_key", "body_storage", "version_number", "author_id"):
                assert row[name] == expected[name], (content_id, name)
            assert row.get("parent_id") == (expected["parent_id"] if "page_id" in row else None)
        labels = [(row["content_id"], f"{row['prefix']}:{row['name']}") for row in self.rows("labels")]
        spaces = {row["space_id"] for row in self.rows("spaces")}
        assert sorted(pair for pair in labels if pair[0] not in spaces) == sorted(
            (content_id, label) for content_id, row in truth.items() for label in row["labels"]
        )

    def digests(self, folder: str = "tables") -> dict[str, str]:
        """Return the digest of every file of the content tables."""
        paths = self.lake.list_files(folder)
        kept = [path for path in paths if path.split("/")[1] not in LOGS]
        return {path: hashlib.sha256(self.lake.read_bytes(path)).hexdigest() for path in kept}

    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of the content tables without their stamps."""
        return {
            table: [{name: value for name, value in row.items() if name not in STAMPS} for row in self.rows(table)]
            for table in CONTENT_TABLES
            if table in self.selection.tables
        }

    def beside(self, folder: Path) -> "Laboratory":
        """Return the same site with an empty lake."""
        return Laboratory(self.site, Lake(str(folder)), self.client, self.editor, self.selection)


def sync_everything(
    client: ConfluenceClient, lake: Lake, selection: Selection, run: Run, scope: Scope | None = None, **options: Any
) -> dict[str, SpaceSync]:
    """Land everything in scope, and every space that landed before; then build all tables."""
    scope = scope or Scope()
    land_spaces(client, scope, lake, run)
    keys = sorted({*landed_space_records(lake), *landed_spaces(lake)})
    recent = RecentItems(client)
    outcomes = {
        key: sync_one_space(client, scope, lake, key, run, selection=selection, recent=recent, **options)
        for key in keys
    }
    if selection.has("groups", "group_members", "effective_access"):
        land_groups(client, lake, run)
    land_users(client, lake, run)
    settle_moves(lake)
    build_everything(lake, selection, run, keys)
    return outcomes


def build_everything(
    lake: Lake, selection: Selection, run: Run, keys: list[str] | None = None
) -> dict[str, dict[str, TableReport]]:
    """Build all chosen tables from what landed."""
    build_spaces(lake, run)
    build_users(lake, run)
    if selection.has("groups"):
        build_groups(lake, run)
    if selection.has("group_members"):
        build_group_members(lake, run)
    return {key: build_space_tables(lake, key, run, selection.tables) for key in keys or landed_spaces(lake)}


def reader_of(site: SiteProcess, **changes: Any) -> ConfluenceClient:
    """Return a client that logs in as the site's default caller."""
    settings: dict[str, Any] = {"product": "cloud", "retries": HASTE, **changes}
    return ConfluenceClient(Connection(site.base_url, ApiToken(site.email, site.api_token), **settings))
