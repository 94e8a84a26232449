"""From landed records to rows, for the tables of what is on contents and around them: one pure function a table."""

from dataclasses import asdict, dataclass
from typing import Any

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
from confluence_pipeline.content import Content
from confluence_pipeline.tables.access import Access
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.rows import Stamp, sha256_of
from confluence_pipeline.tables.threads import Place
from confluence_pipeline.tables.tree import Ancestry

COMMENT_BODY = ("body_storage", "body_markdown", "body_text", "body_sha256")


def comment_body(storage: str, content: Content) -> Row:
    """Return the columns of a comment's body."""
    return {
        "body_storage": storage,
        "body_markdown": content.markdown,
        "body_text": content.text,
        "body_sha256": sha256_of(storage),
    }


def comment_row(record: CommentRecord, space_key: str, place: Place, body: Row, stamp: Stamp) -> Row:
    """Return the row of ``comments`` for a comment; ``body`` holds the columns of :data:`COMMENT_BODY`."""
    return {
        "comment_id": record.comment_id,
        "content_id": record.container_id,
        "content_type": record.container_type,
        "space_key": space_key,
        "root_comment_id": place.root_id,
        "depth": place.depth,
        **_taken(
            record,
            "parent_comment_id",
            "location",
            "status",
            "resolution_status",
            "inline_original_selection",
            "inline_marker_ref",
            "author_id",
            "created_at",
            "version_number",
            "version_author_id",
            "updated_at",
            "web_url",
        ),
        **body,
        **stamp.as_columns(),
    }


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """What is known of an attachment's bytes; see the ``attachments`` table for the columns."""

    blob_uri: str | None = None
    sha256: str | None = None
    text: str | None = None
    text_extractor: str | None = None
    text_error: str | None = None


def attachment_row(record: AttachmentRecord, space_key: str, file: AttachedFile | None, stamp: Stamp) -> Row:
    """Return the row of ``attachments`` for an attachment; ``file`` is None where its bytes did not land."""
    return {
        "attachment_id": record.attachment_id,
        "content_id": record.container_id,
        "content_type": record.container_type,
        "space_key": space_key,
        **_taken(
            record,
            "title",
            "media_type",
            "file_size",
            "file_id",
            "version_number",
            "version_author_id",
            "author_id",
            "created_at",
            "updated_at",
            "comment",
            "status",
            "web_url",
            "download_url",
        ),
        **asdict(file or AttachedFile()),
        **stamp.as_columns(),
    }


def version_row(record: VersionRecord, space_key: str, storage: str | None, stamp: Stamp) -> Row:
    """Return the row of ``page_versions`` for a version; ``storage`` is its body, if that was asked for."""
    facts = ("content_id", "version_number", "content_type", "author_id", "created_at", "message", "minor_edit")
    return {
        **_taken(record, *facts),
        "space_key": space_key,
        "body_storage": storage,
        "body_sha256": None if storage is None else sha256_of(storage),
        **stamp.as_columns(),
    }


def property_row(record: PropertyRecord, space_key: str, stamp: Stamp) -> Row:
    """Return the row of ``properties`` for a content property."""
    facts = ("content_id", "key", "property_id", "content_type", "value", "version_number")
    return {**_taken(record, *facts), "space_key": space_key, **stamp.as_columns()}


def like_row(record: LikeRecord, space_key: str, stamp: Stamp) -> Row:
    """Return the row of ``likes`` for a like."""
    return {**_taken(record, "content_id", "account_id", "content_type"), "space_key": space_key, **stamp.as_columns()}


def views_row(record: ViewsRecord, space_key: str, stamp: Stamp) -> Row:
    """Return the row of ``views`` for a content.

    ``as_of`` is when these counts were first read: counts that did not change are no news.
    """
    facts = ("content_id", "content_type", "view_count", "viewer_count")
    return {**_taken(record, *facts), "space_key": space_key, "as_of": stamp.extracted_at, **stamp.as_columns()}


def task_row(record: TaskRecord, space_key: str, body_text: str | None, stamp: Stamp) -> Row:
    """Return the row of ``tasks`` for a task; ``body_text`` is what is to be done."""
    return {
        **_taken(
            record,
            "task_id",
            "content_id",
            "content_type",
            "local_id",
            "status",
            "created_by",
            "assigned_to",
            "completed_by",
            "created_at",
            "updated_at",
            "due_at",
            "completed_at",
        ),
        "space_key": space_key,
        "body_text": body_text,
        **stamp.as_columns(),
    }


def permission_row(record: PermissionRecord, space_key: str, stamp: Stamp) -> Row:
    """Return the row of ``space_permissions`` for a grant."""
    facts = ("permission_id", "principal_type", "principal_id", "operation", "target_type")
    return {**_taken(record, *facts), "space_key": space_key, **stamp.as_columns()}


def restriction_row(record: RestrictionRecord, space_key: str, content_type: str | None, stamp: Stamp) -> Row:
    """Return the row of ``restrictions`` for a user or group that a restriction names."""
    facts = ("content_id", "operation", "principal_type", "principal_id", "principal_name")
    return {**_taken(record, *facts), "space_key": space_key, "content_type": content_type, **stamp.as_columns()}


def access_row(content_id: str, content_type: str, space_key: str, access: Access, stamp: Stamp) -> Row:
    """Return the row of ``effective_access`` for somebody who may view a content, or may be able to."""
    return {
        "content_id": content_id,
        "principal_type": access.principal.type,
        "principal_id": access.principal.id,
        "space_key": space_key,
        "content_type": content_type,
        "verdict": access.verdict,
        "reason": access.reason,
        **stamp.as_columns(),
    }


def tree_node_row(record: TreeNodeRecord, space_key: str, place: Ancestry, stamp: Stamp) -> Row:
    """Return the row of ``tree_nodes`` for a folder, whiteboard, database or embed."""
    return {
        **_taken(
            record,
            "node_id",
            "type",
            "title",
            "status",
            "space_id",
            "parent_id",
            "parent_type",
            "position",
            "author_id",
            "owner_id",
            "created_at",
            "version_number",
            "version_author_id",
            "updated_at",
            "embed_url",
            "web_url",
        ),
        "space_key": space_key,
        "depth": len(place.ids),
        "ancestor_ids": list(place.ids),
        "ancestor_titles": list(place.titles),
        **stamp.as_columns(),
    }


def group_row(record: GroupRecord, stamp: Stamp) -> Row:
    """Return the row of ``groups`` for a group."""
    return {**_taken(record, "group_id", "name"), **stamp.as_columns()}


def member_row(record: MemberRecord, group_name: str | None, stamp: Stamp) -> Row:
    """Return the row of ``group_members`` for a member."""
    return {**_taken(record, "group_id", "account_id"), "group_name": group_name, **stamp.as_columns()}


def _taken(record: object, *names: str) -> dict[str, Any]:
    """Return the fields of a record that are columns of the same name."""
    return {name: getattr(record, name) for name in names}
