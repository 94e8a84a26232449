"""The truth about a site, to judge readers of its API by.

Written apart from the API's own code: straight from the records, with permissions worked out anew in the
simplest way, and with names of its own. Nothing here pages, caches or knows of HTTP.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from confluence_pipeline.site.model import Attachment, Comment, Content, Restriction, Space
from confluence_pipeline.site.store import Store

Row = dict[str, Any]


class _Eyes:
    """What one account may see; without an account, everything."""

    def __init__(self, store: Store, account: str | None) -> None:
        self.store = store
        self.account = account
        self.group_ids = {group.group_id for group in store.groups.values() if account in group.members}

    def space(self, space: Space) -> bool:
        if self.account is None:
            return True
        mine = {("user", self.account), ("role", "anonymous-users"), *(("group", name) for name in self.group_ids)}
        return any(
            (grant.operation, grant.target_type) == ("read", "space")
            and (grant.principal_type, grant.principal_id) in mine
            for grant in space.grants
        )

    def content(self, content: Content) -> bool:
        if self.account is None:
            return True
        if content.status == "draft" and content.author_id != self.account:
            return False
        if not self.space(self.store.spaces[content.space_id]):
            return False
        if content.read and not self._named(content.read):
            return False
        parent = self.store.contents.get(content.parent_id or -1)
        return True if parent is None else self._passes(parent)

    def _passes(self, content: Content) -> bool:
        if content.read and not self._named(content.read):
            return False
        parent = self.store.contents.get(content.parent_id or -1)
        return True if parent is None else self._passes(parent)

    def _named(self, restriction: Restriction) -> bool:
        return self.account in restriction.users or bool(self.group_ids & set(restriction.groups))


def _spaces(eyes: _Eyes) -> Iterator[Row]:
    for space in eyes.store.spaces.values():
        if eyes.space(space):
            yield {
                "space_id": str(space.space_id),
                "space_key": space.key,
                "name": space.name,
                "type": space.space_type,
                "status": space.status,
                "description": space.description,
                "homepage_id": None if space.homepage_id is None else str(space.homepage_id),
                "labels": sorted(label.name for label in space.labels),
            }


def _contents(node_types: set[str]) -> Callable[[_Eyes], Iterator[Row]]:
    def rows(eyes: _Eyes) -> Iterator[Row]:
        for content in eyes.store.contents.values():
            if content.node_type in node_types and eyes.content(content):
                yield _content(eyes.store, content)

    return rows


def _content(store: Store, content: Content) -> Row:
    last = content.versions[-1]
    return {
        "content_id": str(content.content_id),
        "type": content.node_type,
        "space_id": str(content.space_id),
        "space_key": store.spaces[content.space_id].key,
        "title": last.title,
        "status": content.status,
        "parent_id": None if content.parent_id is None else str(content.parent_id),
        "position": content.position,
        "author_id": content.author_id,
        "created_at": content.created_at,
        "version_number": last.number,
        "version_author_id": last.author_id,
        "updated_at": last.created_at,
        "version_message": last.message,
        "minor_edit": last.minor_edit,
        "labels": sorted(f"{label.prefix}:{label.name}" for label in content.labels),
        "body_storage": last.body,
    }


def _labels(eyes: _Eyes) -> Iterator[Row]:
    for space in filter(eyes.space, eyes.store.spaces.values()):
        for label in space.labels:
            yield _label(str(space.space_id), "space", label.prefix, label.name)
    for content in filter(eyes.content, eyes.store.contents.values()):
        for label in content.labels:
            yield _label(str(content.content_id), content.node_type, label.prefix, label.name)
    for file in eyes.store.attachments.values():
        if eyes.content(eyes.store.contents[file.content_id]):
            for label in file.labels:
                yield _label(f"att{file.attachment_id}", "attachment", label.prefix, label.name)


def _label(content_id: str, content_type: str, prefix: str, name: str) -> Row:
    return {"content_id": content_id, "content_type": content_type, "prefix": prefix, "name": name}


def _users(eyes: _Eyes) -> Iterator[Row]:
    for user in eyes.store.users.values():
        yield {
            "account_id": user.account_id,
            "display_name": user.display_name,
            "account_type": user.account_type,
            "account_status": user.account_status,
            "time_zone": user.time_zone,
            "groups": sorted(group.name for group in eyes.store.groups.values() if user.account_id in group.members),
        }


def _comments(eyes: _Eyes) -> Iterator[Row]:
    for comment in eyes.store.comments.values():
        content = eyes.store.contents[comment.content_id]
        if content.status in ("current", "archived") and eyes.content(content):
            yield _comment(comment, content)


def _comment(comment: Comment, content: Content) -> Row:
    first, last = comment.versions[0], comment.versions[-1]
    return {
        "comment_id": str(comment.comment_id),
        "content_id": str(comment.content_id),
        "content_type": content.node_type,
        "location": comment.location,
        "parent_comment_id": None if comment.parent_id is None else str(comment.parent_id),
        "resolution_status": comment.resolution_status if comment.location == "inline" else None,
        "author_id": first.author_id,
        "created_at": first.created_at,
        "version_number": last.number,
        "body_storage": last.body,
    }


def _attachments(eyes: _Eyes) -> Iterator[Row]:
    for file in eyes.store.attachments.values():
        content = eyes.store.contents[file.content_id]
        if eyes.content(content):
            yield _attachment(file, content)


def _attachment(file: Attachment, content: Content) -> Row:
    return {
        "attachment_id": f"att{file.attachment_id}",
        "content_id": str(file.content_id),
        "content_type": content.node_type,
        "title": file.versions[-1].title,
        "status": file.status,
        "media_type": file.media_type,
        "file_size": file.files[-1].size,
        "version_number": file.versions[-1].number,
    }


_ROWS: dict[str, Callable[[_Eyes], Iterator[Row]]] = {
    "spaces": _spaces,
    "pages": _contents({"page"}),
    "blog_posts": _contents({"blogpost"}),
    "tree_nodes": _contents({"folder", "whiteboard", "database", "embed"}),
    "labels": _labels,
    "users": _users,
    "comments": _comments,
    "attachments": _attachments,
}
KINDS = tuple(_ROWS)
"""What there is truth about."""


def truth_lines(store: Store, kind: str, account: str | None) -> Iterator[bytes]:
    """Yield the rows of a kind as lines of JSON: all, or those that ``account`` may see."""
    for row in _ROWS[kind](_Eyes(store, account)):
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"
