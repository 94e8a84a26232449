"""From what v1 and v2 answer about a comment to one and the same record."""

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_records import V2, account_of
from confluence_pipeline.confluence.parsing import moment, optional_text, web_url
from confluence_pipeline.confluence.records import CommentRecord, RecentItem

CONTAINERS = {"pageId": "page", "blogPostId": "blogpost", "attachmentId": "attachment"}
"""What a comment may stand on, by the field in which v2 names it; what it may stand on besides is left out."""


def comment_path(location: str, comment_id: str) -> str:
    """Return the v2 resource of a comment."""
    return f"{V2}/{location}-comments/{comment_id}"


def comment_found(base: str, data: Json) -> CommentRecord | RecentItem | None:
    """Return the comment of a v1 ``Content`` that a search found.

    Args:
        base: The site's base URL.
        data: The content with version, history, container, ancestors and extensions expanded.

    Returns:
        The comment; where an expansion is missing, what is to be asked for by itself; None for a comment on
        something that is neither page, blog post nor attachment.
    """
    comment_id, extensions = str(data["id"]), data["extensions"]
    location = "footer" if extensions["location"] == "footer" else "inline"
    container = data.get("container") or {}
    if container.get("type", "page") not in CONTAINERS.values():
        return None
    told = data.get("version") and data.get("history") and "type" in container and data.get("ancestors") is not None
    if not told or (location == "inline" and not {"inlineProperties", "resolution"} <= set(extensions)):
        return RecentItem(comment_id, None, location, 0)
    version, history = data["version"], data["history"]
    marked, resolution = extensions.get("inlineProperties") or {}, extensions.get("resolution") or {}
    above = [known for known in data["ancestors"] if known.get("type") == "comment"]
    return CommentRecord(
        comment_id=comment_id,
        container_id=_container_id(container["type"], container["id"]),
        container_type=container["type"],
        parent_comment_id=str(above[-1]["id"]) if above else None,
        location=location,
        status=data["status"],
        resolution_status=resolution.get("status") if location == "inline" else None,
        inline_original_selection=marked.get("originalSelection") or None,
        inline_marker_ref=marked.get("markerRef") or None,
        author_id=account_of(history.get("createdBy")),
        created_at=moment(history.get("createdDate")),
        version_number=int(version["number"]),
        version_author_id=account_of(version.get("by")),
        updated_at=moment(version.get("when")),
        web_url=web_url(base, data),
        source_url=base + comment_path(location, comment_id),
    )


def comment_read(base: str, location: str, data: Json, first: Json) -> CommentRecord | None:
    """Return the comment of a v2 ``FooterCommentModel`` or ``InlineCommentModel``.

    Args:
        base: The site's base URL.
        location: footer or inline.
        data: The comment.
        first: Its first version.

    Returns:
        The comment; None where it stands on something that is neither page, blog post nor attachment.
    """
    container = _container(data)
    if container is None:
        return None
    comment_id, version = str(data["id"]), data["version"]
    marked = data.get("properties") or {}
    return CommentRecord(
        comment_id=comment_id,
        container_id=container[1],
        container_type=container[0],
        parent_comment_id=optional_text(data.get("parentCommentId")),
        location=location,
        status=data["status"],
        resolution_status=data.get("resolutionStatus") if location == "inline" else None,
        inline_original_selection=_marked(marked, "inlineOriginalSelection", "inline-original-selection"),
        inline_marker_ref=_marked(marked, "inlineMarkerRef", "inline-marker-ref"),
        author_id=first.get("authorId"),
        created_at=moment(first.get("createdAt")),
        version_number=int(version["number"]),
        version_author_id=version.get("authorId"),
        updated_at=moment(version.get("createdAt")),
        web_url=web_url(base, data),
        source_url=base + comment_path(location, comment_id),
    )


def comment_listed(location: str, data: Json) -> RecentItem:
    """Return the comment of a v2 listing over the whole site."""
    container, version = _container(data), data["version"]
    return RecentItem(
        item_id=str(data["id"]),
        container_id=container[1] if container else None,
        location=location,
        version_number=int(version["number"]),
        modified_at=moment(version.get("createdAt")),
    )


def _container(data: Json) -> tuple[str, str] | None:
    """Return type and id of what a comment stands on."""
    known = ((kind, data.get(field)) for field, kind in CONTAINERS.items())
    return next(((kind, _container_id(kind, held)) for kind, held in known if held is not None), None)


def _container_id(kind: str, held: object) -> str:
    """Return a container's id as its own resource writes it, which for an attachment begins with ``att``."""
    return f"att{str(held).removeprefix('att')}" if kind == "attachment" else str(held)


def _marked(properties: Json, *names: str) -> str | None:
    """Return what an inline comment was made on; replies carry it under either spelling."""
    return next((str(properties[name]) for name in names if properties.get(name)), None)
