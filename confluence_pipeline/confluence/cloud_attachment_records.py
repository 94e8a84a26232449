"""From what v1 and v2 answer about an attachment to one and the same record."""

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_records import V2, account_of
from confluence_pipeline.confluence.parsing import moment, web_url
from confluence_pipeline.confluence.records import AttachmentRecord, RecentItem

CONTAINERS = {"pageId": "page", "blogPostId": "blogpost"}
"""What an attachment may be on, by the field in which v2 names it; what it may be on besides is left out."""


def attachment_path(attachment_id: str) -> str:
    """Return the v2 resource of an attachment."""
    return f"{V2}/attachments/{attachment_id}"


def attachment_found(base: str, data: Json) -> AttachmentRecord | None:
    """Return the attachment of a v1 ``Content`` that a search found.

    Args:
        base: The site's base URL.
        data: The content with version, history, container, metadata and extensions expanded.

    Returns:
        The attachment; None where an expansion is missing.
    """
    told = data.get("version") and data.get("history") and data.get("extensions")
    if not told or "type" not in (data.get("container") or {}):
        return None
    version, history, facts = data["version"], data["history"], data["extensions"]
    attachment_id, container_id = str(data["id"]), str(data["container"]["id"])
    return AttachmentRecord(
        attachment_id=attachment_id,
        container_id=container_id,
        container_type=data["container"]["type"],
        status=data["status"],
        title=data.get("title") or "",
        media_type=facts.get("mediaType"),
        file_size=facts.get("fileSize"),
        file_id=facts.get("fileId"),
        version_number=int(version["number"]),
        version_author_id=account_of(version.get("by")),
        author_id=account_of(history.get("createdBy")),
        created_at=moment(history.get("createdDate")),
        updated_at=moment(version.get("when")),
        comment=facts.get("comment") or None,
        download_url=_download_url(base, container_id, attachment_id),
        web_url=web_url(base, data),
        source_url=base + attachment_path(attachment_id),
    )


def attachment_read(base: str, data: Json, first: Json) -> AttachmentRecord | None:
    """Return the attachment of a v2 ``AttachmentSingle``.

    Args:
        base: The site's base URL.
        data: The attachment.
        first: Its first version.

    Returns:
        The attachment; None where it is on something that is neither page nor blog post.
    """
    container = _container(data)
    if container is None:
        return None
    attachment_id, version = str(data["id"]), data["version"]
    return AttachmentRecord(
        attachment_id=attachment_id,
        container_id=container[1],
        container_type=container[0],
        status=data["status"],
        title=data.get("title") or "",
        media_type=data.get("mediaType"),
        file_size=data.get("fileSize"),
        file_id=data.get("fileId"),
        version_number=int(version["number"]),
        version_author_id=version.get("authorId"),
        author_id=first.get("authorId"),
        created_at=moment(data.get("createdAt") or first.get("createdAt")),
        updated_at=moment(version.get("createdAt")),
        comment=data.get("comment") or None,
        download_url=_download_url(base, container[1], attachment_id),
        web_url=web_url(base, data),
        source_url=base + attachment_path(attachment_id),
    )


def attachment_listed(data: Json) -> RecentItem:
    """Return the attachment of the v2 listing over the whole site."""
    container, version = _container(data), data["version"]
    return RecentItem(
        item_id=str(data["id"]),
        container_id=container[1] if container else None,
        location="attachment",
        version_number=int(version["number"]),
        modified_at=moment(version.get("createdAt")),
    )


def _container(data: Json) -> tuple[str, str] | None:
    """Return type and id of what an attachment is on."""
    known = ((kind, data.get(field)) for field, kind in CONTAINERS.items())
    return next(((kind, str(held)) for kind, held in known if held is not None), None)


def _download_url(base: str, container_id: str, attachment_id: str) -> str:
    return f"{base}/rest/api/content/{container_id}/child/attachment/{attachment_id}/download"
