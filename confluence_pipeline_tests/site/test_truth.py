"""The truth endpoint: a kind for every table that mirrors the site, and what its rows say is what the API says."""

import hashlib
import json
from collections import defaultdict
from typing import Any, get_args

import pytest

from confluence_pipeline.site.control_client import TruthKind
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.truth import KINDS
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.site.conftest import Caller, ada_of, bo_of
from confluence_pipeline_tests.site.rich_seed import ADA, BO, CY, GONE

READERS_OWN = {
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
    "as_of",
}
"""Columns that a reader makes of what the site tells."""

BY_ACCOUNT = {"principal_type", "principal_id", "reason"}
"""Columns of ``effective_access`` in whose place the truth has accounts, one by one."""


@pytest.fixture(scope="module")
def ada_reads(rich_site: SiteProcess) -> Caller:
    """The administrator of the rich site."""
    return ada_of(rich_site)


def rows(site: SiteProcess, kind: TruthKind, account: str | None = ADA) -> list[dict[str, Any]]:
    """Return the rows of a kind, as one account may see them."""
    return list(site.control.truth(kind, as_account=account))


def in_tables(known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that tables hold."""
    return [row for row in known if row["status"] in ("current", "archived")]


def test_the_client_names_every_kind() -> None:
    """The kinds that the control client takes are those that the site has."""
    assert set(get_args(TruthKind)) == set(KINDS)


@pytest.mark.parametrize("kind", get_args(TruthKind))
def test_rows_have_the_columns_of_their_table(rich_site: SiteProcess, kind: TruthKind) -> None:
    """Each row has every column of the table of that name but those that only a reader can know."""
    wanted = {name for name in TABLES[kind].schema.names if not name.startswith("_")} - READERS_OWN
    wanted -= BY_ACCOUNT if kind == "effective_access" else set()
    told = rows(rich_site, kind, None)
    assert told
    for row in told:
        assert wanted <= row.keys()


@pytest.mark.parametrize("kind", get_args(TruthKind))
def test_keys_are_unique(rich_site: SiteProcess, kind: TruthKind) -> None:
    """No two rows of a kind have the same key."""
    key = ("content_id", "account_id") if kind == "effective_access" else TABLES[kind].key
    told = [tuple(row[name] for name in key) for row in rows(rich_site, kind, None)]
    assert len(told) == len(set(told))


def test_users_are_all_who_appear_anywhere(rich_site: SiteProcess) -> None:
    """The closed and the gone are there, with where they appear; of the gone nothing else is known."""
    users = {row["account_id"]: row for row in rows(rich_site, "users", None)}
    assert users.keys() == {ADA, BO, CY, GONE}
    assert users[CY]["account_status"] == "closed"
    assert users[CY]["appears_as"] == ["granted"]
    assert (users[GONE]["account_status"], users[GONE]["display_name"]) == ("unknown", None)
    assert {"author", "version_author", "comment_author", "attachment_author", "liker", "member", "restricted"} <= set(
        users[GONE]["appears_as"]
    )
    assert {"mention", "assignee"} <= set(users[BO]["appears_as"])


@pytest.mark.parametrize("account", [ADA, BO])
def test_tasks_are_those_of_the_api(rich_site: SiteProcess, account: str) -> None:
    """Tasks, nested ones too, read tag by tag from the bodies, are what v2 lists."""
    caller = ada_of(rich_site) if account == ADA else bo_of(rich_site)
    listed = {
        item["id"]: (
            item["localId"],
            item.get("pageId") or item.get("blogPostId"),
            item["status"],
            item["body"]["storage"]["value"],
            item["createdBy"],
            item["createdAt"],
            item["updatedAt"],
            item.get("assignedTo"),
            item.get("dueAt"),
            item.get("completedBy"),
            item.get("completedAt"),
        )
        for item in caller.walk("/api/v2/tasks?body-format=storage")
    }
    names = ["local_id", "content_id", "status", "body_storage", "created_by", "created_at", "updated_at"]
    names += ["assigned_to", "due_at", "completed_by", "completed_at"]
    assert listed == {row["task_id"]: tuple(row[name] for name in names) for row in rows(rich_site, "tasks", account)}
    assert len(listed) == 2


def test_versions_likes_properties_and_views_are_those_of_the_api(rich_site: SiteProcess, ada_reads: Caller) -> None:
    """Asked for content by content, v2 and v1 tell what the truth tells of all at once."""
    told = {kind: defaultdict(list) for kind in ("page_versions", "likes", "properties", "views")}  # type: ignore[var-annotated]
    for kind, by_content in told.items():
        for row in rows(rich_site, kind):  # type: ignore[arg-type]
            by_content[row["content_id"]].append(row)
    contents = in_tables([*rows(rich_site, "pages"), *rows(rich_site, "blog_posts")])
    for content in contents:
        number = content["content_id"]
        at = f"/api/v2/{'pages' if content['type'] == 'page' else 'blogposts'}/{number}"
        versions = list(ada_reads.walk(f"{at}/versions?sort=modified-date&body-format=storage"))
        assert [(item["number"], item["authorId"], item["createdAt"], item["message"]) for item in versions] == [
            (row["version_number"], row["author_id"], row["created_at"], row["message"])
            for row in told["page_versions"][number]
        ]
        for item, row in zip(versions, told["page_versions"][number], strict=True):
            body = item["page" if content["type"] == "page" else "blogpost"]["body"]["storage"]["value"]
            assert hashlib.sha256(body.encode()).hexdigest() == row["body_sha256"]
        likes = [item["accountId"] for item in ada_reads.walk(f"{at}/likes/users")]
        assert likes == [row["account_id"] for row in told["likes"][number]]
        held = {item["key"]: (item["id"], item["value"]) for item in ada_reads.walk(f"{at}/properties")}
        assert held == {
            row["key"]: (row["property_id"], json.loads(row["value"])) for row in told["properties"][number]
        }
        counts = [
            ada_reads.json(f"/rest/api/analytics/content/{number}/{what}")["count"] for what in ("views", "viewers")
        ]
        assert [counts] == [[row["view_count"], row["viewer_count"]] for row in told["views"][number]]


@pytest.mark.parametrize("account", [ADA, BO])
def test_pages_and_nodes_stand_where_the_api_puts_them(rich_site: SiteProcess, account: str) -> None:
    """Parents, ancestors, owners and dates of pages and tree nodes are those of v2."""
    caller = ada_of(rich_site) if account == ADA else bo_of(rich_site)
    for row in in_tables([*rows(rich_site, "pages", account), *rows(rich_site, "tree_nodes", account)]):
        at = f"/api/v2/{row['type']}s/{row['content_id']}"
        item = caller.json(at)
        facts = (item["title"], item["status"], item["parentId"], item["parentType"], item["ownerId"], item["authorId"])
        names = ("title", "status", "parent_id", "parent_type", "owner_id", "author_id")
        assert facts == tuple(row[name] for name in names)
        assert (item["createdAt"], item["version"]["createdAt"]) == (row["created_at"], row["updated_at"])
        above = caller.json(f"{at}/ancestors?limit=250")["results"]
        assert [known["id"] for known in above] == row["ancestor_ids"]
        assert (len(above), None in row["ancestor_titles"]) == (row["depth"], False)


def test_labels_are_on_everything_that_can_have_them(rich_site: SiteProcess, ada_reads: Caller) -> None:
    """Labels of spaces, pages and attachments come with their prefixes, and those of the API with their ids."""
    told: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in rows(rich_site, "labels"):
        told[row["content_id"]].add((row["label_id"], row["prefix"], row["name"]))
    files = {item["id"]: f"/api/v2/attachments/{item['id']}" for item in ada_reads.walk("/api/v2/attachments")}
    pages = {item["id"]: f"/api/v2/pages/{item['id']}" for item in ada_reads.walk("/api/v2/pages")}
    spaces = {item["id"]: f"/api/v2/spaces/{item['id']}" for item in ada_reads.walk("/api/v2/spaces")}
    assert told.keys() <= {*files, *pages, *spaces}
    for number, at in (files | pages | spaces).items():
        listed = {(item["id"], item["prefix"], item["name"]) for item in ada_reads.walk(f"{at}/labels?limit=250")}
        assert listed == told.get(number, set())


@pytest.mark.parametrize("kind", ["spaces", "pages", "blog_posts", "tree_nodes", "comments", "attachments"])
def test_addresses_are_those_of_the_api(rich_site: SiteProcess, ada_reads: Caller, kind: TruthKind) -> None:
    """The address in a browser is the site's own with the ``webui`` link of v2 after it."""
    paths = {"blog_posts": "blogposts", "tree_nodes": "folders"}
    for row in rows(rich_site, kind):
        path = f"{row['location']}-comments" if kind == "comments" else paths.get(kind, kind)
        number = row[TABLES[kind].key[0]]
        if row["status"] != "trashed":
            webui = ada_reads.json(f"/api/v2/{path}/{number}")["_links"]["webui"]
            assert row["web_url"] == rich_site.base_url + webui


def test_groups_and_members_are_those_of_the_api(rich_site: SiteProcess, ada_reads: Caller) -> None:
    """Every group is told with its members, those whose account is gone too."""
    listed = {group["id"]: group["name"] for group in ada_reads.json("/rest/api/group")["results"]}
    assert listed == {row["group_id"]: row["name"] for row in rows(rich_site, "groups")}
    members = {
        (group_id, user["accountId"])
        for group_id in listed
        for user in ada_reads.json(f"/rest/api/group/{group_id}/membersByGroupId")["results"]
    }
    assert members == {(row["group_id"], row["account_id"]) for row in rows(rich_site, "group_members")}
    assert any(account == GONE for _, account in members)
