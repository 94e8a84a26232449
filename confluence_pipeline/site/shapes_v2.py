"""Records as v2 writes them; the field names and enums are those of the official v2 specification."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from confluence_pipeline.site.markup import adf_of, text_of
from confluence_pipeline.site.model import (
    Attachment,
    Comment,
    Content,
    Label,
    Property,
    Space,
    User,
    Version,
)
from confluence_pipeline.site.store import Store

Json = dict[str, Any]

BULK_FORMATS = ("storage", "atlas_doc_format")
SINGLE_FORMATS = (*BULK_FORMATS, "view", "export_view", "anonymous_export_view", "styled_view", "editor")


def version(record: Version) -> Json:
    """Return a ``Version``."""
    return {
        "number": record.number,
        "authorId": record.author_id,
        "message": record.message,
        "minorEdit": record.minor_edit,
        "createdAt": record.created_at,
    }


def label(record: Label) -> Json:
    """Return a ``Label``."""
    return {"id": str(record.label_id), "name": record.name, "prefix": record.prefix}


def content_property(record: Property) -> Json:
    """Return a ``ContentProperty``."""
    return {
        "id": str(record.property_id),
        "key": record.key,
        "value": record.value,
        "version": version(record.version),
    }


def body(storage: str, body_format: str | None) -> Json:
    """Return a ``BodyBulk`` or ``BodySingle``: empty without a format, as Confluence answers."""
    if body_format is None:
        return {}
    if body_format in ("storage", "editor"):
        value = storage
    elif body_format == "atlas_doc_format":
        value = adf_of(storage)
    else:
        value = "".join(f"<p>{_escaped(line)}</p>" for line in text_of(storage).split("\n") if line)
    return {body_format: {"representation": body_format, "value": value}}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tiny_link(content_id: int) -> str:
    """Return the short link of an id: its bytes, least significant first, in URL-safe base64."""
    raw = content_id.to_bytes((content_id.bit_length() + 7) // 8 or 1, "little")
    return "/x/" + base64.b64encode(raw).decode().rstrip("=").replace("+", "_").replace("/", "-")


def web_path(store: Store, content: Content) -> str:
    """Return a content's ``webui`` link, relative to the site's ``/wiki``."""
    key = store.spaces[content.space_id].key
    if content.node_type == "blogpost":
        day = content.created_at[:10].replace("-", "/")
        return f"/spaces/{key}/blog/{day}/{content.content_id}/{_slug(content.title)}"
    if content.node_type == "page":
        return f"/spaces/{key}/pages/{content.content_id}/{_slug(content.title)}"
    return f"/spaces/{key}/{content.node_type}/{content.content_id}"


def _slug(title: str) -> str:
    return quote(title.replace(" ", "+"), safe="+")


def _links(store: Store, content: Content) -> Json:
    return {
        "webui": web_path(store, content),
        "editui": f"/pages/resumedraft.action?draftId={content.content_id}",
        "tinyui": tiny_link(content.content_id),
    }


def content(store: Store, record: Content, body_format: str | None, shown: Version | None = None) -> Json:
    """Return a ``PageBulk`` or ``BlogPostBulk``, in its newest version or in the one to be ``shown``."""
    at = shown or record.current
    item: Json = {
        "id": str(record.content_id),
        "status": "historical" if shown and shown is not record.current else record.status,
        "title": at.title,
        "spaceId": str(record.space_id),
    }
    if record.node_type == "page":
        parent = None if record.parent_id is None else store.contents.get(record.parent_id)
        item["parentId"] = None if record.parent_id is None else str(record.parent_id)
        item["parentType"] = parent.node_type if parent else None if record.parent_id is None else "page"
        item["position"] = record.position
        item["ownerId"] = record.owner_id
        item["lastOwnerId"] = None
        item["subtype"] = "page"
    item["authorId"] = record.author_id
    item["createdAt"] = record.created_at
    item["version"] = version(at)
    item["body"] = body(at.body, body_format)
    item["_links"] = _links(store, record)
    return item


def tree_node(store: Store, record: Content) -> Json:
    """Return a ``FolderSingle``, ``WhiteboardSingle``, ``DatabaseSingle`` or ``SmartLinkSingle``."""
    parent = None if record.parent_id is None else store.contents.get(record.parent_id)
    item: Json = {
        "id": str(record.content_id),
        "type": record.node_type,
        "status": record.status,
        "title": record.title,
        "parentId": str(parent.content_id) if parent else None,
        "parentType": parent.node_type if parent else None,
        "position": record.position,
        "authorId": record.author_id,
        "ownerId": record.owner_id,
        "createdAt": record.created_at,
        "spaceId": str(record.space_id),
        "version": version(record.current),
        "_links": {"webui": web_path(store, record)},
    }
    if record.embed_url is not None:
        item["embedUrl"] = record.embed_url
    return item


def space(record: Space, description_format: str | None, *, icon: bool) -> Json:
    """Return a ``SpaceBulk``; the description is there only in a format that was asked for."""
    described = None
    if description_format is not None:
        described = {description_format: {"value": record.description, "representation": description_format}}
    return {
        "id": str(record.space_id),
        "key": record.key,
        "name": record.name,
        "type": record.space_type,
        "status": record.status,
        "authorId": record.author_id,
        "spaceOwnerId": record.author_id,
        "currentActiveAlias": record.key,
        "createdAt": record.created_at,
        "homepageId": None if record.homepage_id is None else str(record.homepage_id),
        "description": described,
        "icon": {"path": "/images/logo/default-space-logo.svg", "apiDownloadLink": None} if icon else None,
        "_links": {"webui": f"/spaces/{record.key}"},
    }


def user(record: User, personal_space: Space | None) -> Json:
    """Return a v2 ``User``; the email is empty unless the person lets others see it."""
    return {
        "accountId": record.account_id,
        "accountType": record.account_type,
        "accountStatus": record.account_status,
        "displayName": record.display_name,
        "publicName": record.display_name,
        "email": record.email if record.email_visible else "",
        "timeZone": record.time_zone,
        "personalSpaceId": str(personal_space.space_id) if personal_space else None,
        "isExternalCollaborator": record.account_type == "customer",
        "profilePicture": {
            "path": "/images/default-avatar.svg",
            "width": 48,
            "height": 48,
            "isDefault": True,
        },
    }


def sublist(records: Sequence[Json], self_link: str) -> Json:
    """Return what an ``include-…`` adds to a single content: at most 50 items, and whether there are more."""
    return {
        "results": list(records[:50]),
        "meta": {"hasMore": len(records) > 50},
        "_links": {"self": self_link},
    }


def container_field(node_type: str) -> str:
    """Return the name of the field by which a comment, attachment or task says what it is on."""
    return {"page": "pageId", "blogpost": "blogPostId"}.get(node_type, "customContentId")


def attachment(store: Store, record: Attachment, shown: Version | None = None) -> Json:
    """Return an ``AttachmentBulk``; ``downloadLink`` is the legacy link that refuses API tokens."""
    at = shown or record.current
    owner = store.contents[record.content_id]
    download = (
        f"/download/attachments/{owner.content_id}/{quote(at.title, safe='')}"
        f"?version={at.number}&modificationDate=0&cacheVersion=1&api=v2"
    )
    view = attachment_path(record)
    file = record.files[at.number - 1]
    return {
        "id": record.wire_id,
        "status": store.attachment_status(record),
        "title": at.title,
        "createdAt": record.created_at,
        container_field(owner.node_type): str(owner.content_id),
        "mediaType": record.media_type,
        "mediaTypeDescription": media_type_description(record.media_type),
        "comment": record.comment,
        "fileId": file.file_id,
        "fileSize": file.reported_size,
        "webuiLink": view,
        "downloadLink": download,
        "version": version(at),
        "_links": {"webui": view, "download": download},
    }


def attachment_path(record: Attachment) -> str:
    """Return an attachment's ``webui`` link, relative to the site's ``/wiki``."""
    preview = f"%2F{record.content_id}%2F{record.attachment_id}%2F{quote(record.title, safe='')}"
    return f"/pages/viewpageattachments.action?pageId={record.content_id}&preview={preview}"


def comment_path(store: Store, record: Comment) -> str:
    """Return a comment's ``webui`` link, relative to the site's ``/wiki``."""
    if record.attachment_id is not None:
        return f"{attachment_path(store.attachments[record.attachment_id])}&focusedCommentId={record.comment_id}"
    return f"{web_path(store, store.contents[record.content_id])}?focusedCommentId={record.comment_id}"


def _commented_field(store: Store, record: Comment) -> tuple[str, str]:
    target = store.commented(record)
    if isinstance(target, Attachment):
        return "attachmentId", target.wire_id
    return container_field(target.node_type), str(target.content_id)


def media_type_description(media_type: str) -> str:
    """Return words for a media type."""
    family, _, kind = media_type.partition("/")
    return f"{kind.upper()} Image" if family == "image" else kind.replace("vnd.", "").upper() or "File"


def comment(store: Store, record: Comment, body_format: str | None, shown: Version | None = None) -> Json:
    """Return a footer or inline comment; it has neither author nor date of its own, only its version's."""
    at = shown or record.current
    field, target_id = _commented_field(store, record)
    item: Json = {
        "id": str(record.comment_id),
        "status": "historical" if shown and shown is not record.current else "current",
        "title": f"Re: {store.commented(record).title}",
        field: target_id,
    }
    if record.parent_id is not None:
        item["parentCommentId"] = str(record.parent_id)
    item["version"] = version(at)
    item["body"] = body(at.body, body_format)
    if record.location == "inline":
        item.update(_inline_fields(record))
    item["_links"] = {"webui": comment_path(store, record)}
    return item


def _inline_fields(record: Comment) -> Json:
    properties: Json = {
        "inlineMarkerRef": record.marker_ref or "",
        "inlineOriginalSelection": record.original_selection or "",
    }
    if record.parent_id is not None:
        # Replies carry the hyphenated names as well, on the live service.
        properties["inline-marker-ref"] = record.marker_ref or ""
        properties["inline-original-selection"] = record.original_selection or ""
    fields: Json = {"resolutionStatus": record.resolution_status, "properties": properties}
    if record.resolution_author_id is not None:
        fields["resolutionLastModifierId"] = record.resolution_author_id
        fields["resolutionLastModifiedAt"] = record.resolution_at
    return fields
