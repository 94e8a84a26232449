"""From landed records to rows, for the tables of what is on contents and around them."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest

from confluence_pipeline.confluence import (
    AttachmentRecord,
    CommentRecord,
    GroupRecord,
    LikeRecord,
    MemberRecord,
    PermissionRecord,
    PropertyRecord,
    RestrictionRecord,
    TaskRecord,
    TreeNodeRecord,
    VersionRecord,
    ViewsRecord,
)
from confluence_pipeline.content import convert
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.access import Access, Principal
from confluence_pipeline.tables.record_rows import (
    AttachedFile,
    access_row,
    attachment_row,
    comment_body,
    comment_row,
    group_row,
    like_row,
    member_row,
    permission_row,
    property_row,
    restriction_row,
    task_row,
    tree_node_row,
    version_row,
    views_row,
)
from confluence_pipeline.tables.rows import Stamp
from confluence_pipeline.tables.threads import Place
from confluence_pipeline.tables.tree import Ancestry

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
STAMP = Stamp("run", NOW, "https://site.example/wiki/api/v2/x")
RENAMED = {"container_id": "content_id", "container_type": "content_type"}
"""Fields of records whose columns have other names."""


def record(kind: type[Any]) -> Any:
    """Return a record of which every field holds its own name."""
    return kind(**{field.name: field.name for field in fields(kind)})


def rows() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return a record and its row for each table."""
    comment, attachment = record(CommentRecord), record(AttachmentRecord)
    version, task, node = record(VersionRecord), record(TaskRecord), record(TreeNodeRecord)
    restriction, grant = record(RestrictionRecord), record(PermissionRecord)
    held, like, views = record(PropertyRecord), record(LikeRecord), record(ViewsRecord)
    body = comment_body("<p>a</p>", convert("<p>a</p>"))
    return {
        "comments": (comment, comment_row(comment, "ENG", Place("1", 2), body, STAMP)),
        "attachments": (attachment, attachment_row(attachment, "ENG", AttachedFile("b", "s", "t", "x", "e"), STAMP)),
        "page_versions": (version, version_row(version, "ENG", "<p>a</p>", STAMP)),
        "tasks": (task, task_row(task, "ENG", "text", STAMP)),
        "properties": (held, property_row(held, "ENG", STAMP)),
        "likes": (like, like_row(like, "ENG", STAMP)),
        "views": (views, views_row(views, "ENG", STAMP)),
        "space_permissions": (grant, permission_row(grant, "ENG", STAMP)),
        "restrictions": (restriction, restriction_row(restriction, "ENG", "page", STAMP)),
        "tree_nodes": (node, tree_node_row(node, "ENG", Ancestry(("1",), (None,)), STAMP)),
        "groups": (record(GroupRecord), group_row(record(GroupRecord), STAMP)),
        "group_members": (record(MemberRecord), member_row(record(MemberRecord), "staff", STAMP)),
        "effective_access": (
            None,
            access_row("1", "page", "ENG", Access(Principal("user", "ann"), "granted", "r"), STAMP),
        ),
    }


ROWS = rows()


@pytest.mark.parametrize("table", ROWS)
def test_every_row_has_just_the_columns_of_its_table(table: str) -> None:
    """A column that is missing or unknown would be null in the file, and nobody would be told."""
    _, row = ROWS[table]
    assert set(row) == set(TABLES[table].schema.names)
    assert {name: row[name] for name in STAMP.as_columns()} == STAMP.as_columns()
    if TABLES[table].by_space:
        assert row["space_key"] == "ENG"


@pytest.mark.parametrize("table", [name for name, (found, _) in ROWS.items() if found is not None])
def test_every_fact_of_a_record_is_in_its_column(table: str) -> None:
    """Each field is the column of its name; where the API's body is kept apart, the body columns hold it."""
    found, row = ROWS[table]
    names = {field.name: RENAMED.get(field.name, field.name) for field in fields(found)}
    for name, column in names.items():
        if name not in {"source_url", "storage"}:
            assert row[column] == name


def test_what_is_worked_out_is_in_its_columns() -> None:
    """Threads, bodies, files, the tree and the time of views."""
    comment, attachment = ROWS["comments"][1], ROWS["attachments"][1]
    assert (comment["root_comment_id"], comment["depth"]) == ("1", 2)
    assert (comment["body_storage"], comment["body_markdown"], comment["body_text"]) == ("<p>a</p>", "a\n", "a")
    assert [attachment[name] for name in ("blob_uri", "sha256", "text", "text_extractor", "text_error")] == [*"bstxe"]
    assert ROWS["page_versions"][1]["body_sha256"] == comment["body_sha256"]
    node = ROWS["tree_nodes"][1]
    assert (node["depth"], node["ancestor_ids"], node["ancestor_titles"]) == (1, ["1"], [None])
    assert ROWS["views"][1]["as_of"] == NOW
    assert ROWS["tasks"][1]["body_text"] == "text"
    assert ROWS["group_members"][1]["group_name"] == "staff"


def test_what_did_not_land_is_null() -> None:
    """An attachment without bytes, and a version without its body."""
    attachment = attachment_row(record(AttachmentRecord), "ENG", None, STAMP)
    assert {attachment[name] for name in ("blob_uri", "sha256", "text", "text_extractor", "text_error")} == {None}
    version = version_row(record(VersionRecord), "ENG", None, STAMP)
    assert (version["body_storage"], version["body_sha256"]) == (None, None)
