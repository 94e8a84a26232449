"""The truth about what hangs on pages and blog posts: comments, attachments, labels."""

from collections.abc import Iterable, Iterator

from confluence_pipeline.site.model import Comment, Label
from confluence_pipeline.site.truth.addresses import attachment_url, comment_url, download_url
from confluence_pipeline.site.truth.contents import body_of
from confluence_pipeline.site.truth.eyes import IN_TABLES, Eyes, Row, text_id


def comments(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``comments``: those on what tables hold, at every depth, whether resolved or not."""
    for comment, content, file in eyes.comments():
        first, last = comment.versions[0], comment.versions[-1]
        inline = comment.location == "inline"
        root, depth = _top(eyes, comment)
        yield {
            "comment_id": str(comment.comment_id),
            "content_id": str(content.content_id) if file is None else eyes.attachment_id(file),
            "content_type": content.node_type if file is None else "attachment",
            "space_key": eyes.key_of(content),
            "parent_comment_id": text_id(comment.parent_id),
            "root_comment_id": str(root),
            "depth": depth,
            "location": comment.location,
            "status": "current",
            "resolution_status": comment.resolution_status if inline else None,
            "inline_original_selection": (comment.original_selection or None) if inline else None,
            "inline_marker_ref": (comment.marker_ref or None) if inline else None,
            "author_id": first.author_id,
            "created_at": first.created_at,
            "version_number": last.number,
            "version_author_id": last.author_id,
            "updated_at": last.created_at,
            "web_url": comment_url(eyes, comment, content, file),
            **body_of(last),
        }


def _top(eyes: Eyes, comment: Comment) -> tuple[int, int]:
    """Return the id of the comment at the top of a thread, and how many are between."""
    depth = 0
    while comment.parent_id is not None:
        comment = eyes.store.comments[comment.parent_id]
        depth += 1
    return comment.comment_id, depth


def attachments(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``attachments``, of every status, without what a reader makes of their bytes.

    ``file_size`` is what the API says; ``byte_count`` is how many bytes there really are.
    """
    for file, content, status in eyes.attachments():
        first, last, bytes_behind = file.versions[0], file.versions[-1], file.files[-1]
        yield {
            "attachment_id": eyes.attachment_id(file),
            "content_id": str(content.content_id),
            "content_type": content.node_type,
            "space_key": eyes.key_of(content),
            "title": last.title,
            "media_type": file.media_type,
            "file_size": bytes_behind.reported_size,
            "byte_count": bytes_behind.size,
            "file_id": bytes_behind.file_id,
            "version_number": last.number,
            "version_author_id": last.author_id,
            "author_id": first.author_id,
            "created_at": first.created_at,
            "updated_at": last.created_at,
            "comment": file.comment or None,
            "status": status,
            "web_url": attachment_url(eyes, file),
            "download_url": download_url(eyes, file),
        }


def labels(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``labels``: on spaces, and on pages, blog posts and attachments that tables hold."""
    for space in eyes.spaces():
        yield from _labels(space.labels, str(space.space_id), "space", space.key)
    for content in eyes.table_contents("page", "blogpost"):
        yield from _labels(content.labels, str(content.content_id), content.node_type, eyes.key_of(content))
    for file, content, status in eyes.attachments():
        if status in IN_TABLES:
            yield from _labels(file.labels, eyes.attachment_id(file), "attachment", eyes.key_of(content))


def _labels(held: Iterable[Label], content_id: str, content_type: str, space_key: str) -> Iterator[Row]:
    for label in held:
        yield {
            "content_id": content_id,
            "content_type": content_type,
            "space_key": space_key,
            "prefix": label.prefix,
            "name": label.name,
            "label_id": str(label.label_id),
        }
