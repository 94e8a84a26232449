"""What the Cloud dialect reads of a site with everything on it is the site's own truth, row for row."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import pytest

from confluence_pipeline.confluence import ConfluenceClient, ContentRecord, Label
from confluence_pipeline.confluence.cql import any_of
from confluence_pipeline.site.control_client import TruthKind
from confluence_pipeline.site.process import SiteProcess

Row = dict[str, Any]
NODES = "type in (folder, whiteboard, database, embed)"
EVERY_NODE = "type in (page, blogpost, folder, whiteboard, database, embed)"
RENAMED = {
    "comments": {"content_id": "container_id", "content_type": "container_type"},
    "attachments": {"content_id": "container_id", "content_type": "container_type"},
    "tasks": {"body_storage": "storage"},
}
COLUMNS: dict[TruthKind, str] = {
    "comments": "comment_id content_id content_type parent_comment_id location status resolution_status "
    "inline_original_selection inline_marker_ref author_id created_at version_number version_author_id updated_at",
    "attachments": "attachment_id content_id content_type title media_type file_size file_id version_number "
    "version_author_id author_id created_at updated_at comment status",
    "restrictions": "content_id operation principal_type principal_id",
    "tree_nodes": "node_id type title status parent_id parent_type position author_id owner_id created_at "
    "version_number version_author_id updated_at embed_url",
    "tasks": "task_id content_id content_type local_id status body_storage created_by assigned_to completed_by "
    "created_at updated_at due_at completed_at",
    "space_permissions": "permission_id principal_type principal_id operation target_type",
    "groups": "group_id name",
    "group_members": "group_id account_id",
    "page_versions": "content_id version_number content_type author_id created_at message minor_edit",
    "properties": "content_id content_type key property_id value version_number",
    "likes": "content_id account_id",
    "views": "content_id view_count viewer_count",
}


def contents(client: ConfluenceClient) -> Iterator[ContentRecord]:
    """Every page and blog post."""
    for space in client.api.spaces():
        yield from client.api.contents("page", space.space_id)
        yield from client.api.contents("blogpost", space.space_id)


def of_spaces(ask: Callable[[str], Iterable[Any]], client: ConfluenceClient, of_type: str) -> Iterator[Any]:
    """What a search gives in each space."""
    for space in client.api.spaces():
        yield from ask(f"{any_of('space', [space.key])} and {of_type}")


READ: dict[TruthKind, Callable[[ConfluenceClient], Iterable[Any]]] = {
    "comments": lambda client: of_spaces(client.api.comments, client, "type = comment"),
    "attachments": lambda client: (
        held.attachment for held in of_spaces(client.api.attachments, client, "type = attachment")
    ),
    "restrictions": lambda client: (
        named
        for hit in of_spaces(
            lambda cql: client.api.search_facts(cql, labels=False, restrictions=True), client, EVERY_NODE
        )
        for named in hit.restrictions
    ),
    "tree_nodes": lambda client: (
        client.api.tree_node(hit.type, hit.node_id) for hit in of_spaces(client.api.tree_nodes, client, NODES)
    ),
    "tasks": lambda client: (t for space in client.api.spaces() for t in client.api.tasks(space_id=space.space_id)),
    "space_permissions": lambda client: (
        grant for space in client.api.spaces() for grant in client.api.space_permissions(space.space_id)
    ),
    "groups": lambda client: client.api.groups(),
    "group_members": lambda client: (
        member for group in client.api.groups() for member in client.api.group_members(group.group_id)
    ),
    "page_versions": lambda client: (
        version
        for content in contents(client)
        for version in client.api.versions(content.content_type, content.content_id, bodies=False)
    ),
    "properties": lambda client: (
        held for content in contents(client) for held in client.api.properties(content.content_type, content.content_id)
    ),
    "likes": lambda client: (
        like for content in contents(client) for like in client.api.likes(content.content_type, content.content_id)
    ),
    "views": lambda client: (
        client.api.views(content.content_type, content.content_id) for content in contents(client)
    ),
}


def written(value: object) -> object:
    """Write a time as the site does."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return value


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Sort rows, whatever their columns."""
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


@pytest.mark.parametrize("kind", COLUMNS)
def test_every_row_is_the_sites_own(kind: TruthKind, reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """Each record once, and every field of it as the site holds it."""
    columns, names = COLUMNS[kind].split(), RENAMED.get(kind, {})
    found = [
        {name: written(getattr(record, names.get(name, name))) for name in columns} for record in READ[kind](reader)
    ]
    truth = [row for row in full_site.control.truth(kind, as_account=reader.log_in().account_id) if is_read(row)]
    assert truth
    assert in_order(found) == in_order({name: row[name] for name in columns} for row in truth)


def is_read(row: Row) -> bool:
    """Whether a row of the truth is of a status that is searched."""
    return row.get("status", "current") in ("current", "archived", "complete", "incomplete")


def test_labels_come_with_what_they_are_on(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """Those of pages, blog posts and attachments, in bulk, with their prefixes."""
    found: set[tuple[str, str, str, str]] = set()

    def note(content_id: str, labels: Iterable[Label]) -> None:
        found.update((content_id, label.prefix, label.name, label.label_id) for label in labels)

    for space in reader.api.spaces():
        of_space = any_of("space", [space.key])
        note(space.space_id, reader.api.space_labels(space.space_id))
        for hit in reader.api.search_facts(f"{of_space} and type in (page, blogpost)", labels=True, restrictions=False):
            note(hit.content_id, hit.labels or ())
            assert hit.restrictions is None
        for held in reader.api.attachments(f"{of_space} and type = attachment"):
            note(held.attachment.attachment_id, held.labels)
    truth = full_site.control.truth("labels", as_account=reader.log_in().account_id)
    assert found == {(row["content_id"], row["prefix"], row["name"], row["label_id"]) for row in truth}
