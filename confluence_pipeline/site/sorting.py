"""The values that v2 lists are sorted by."""

from confluence_pipeline.site.model import Attachment, Comment, Content

SortValue = str | int


def content_value(record: Content, sort: str) -> SortValue:
    """Return a content's value for ``id``, ``created-date``, ``modified-date``, ``title`` or ``child-position``."""
    match sort:
        case "created-date":
            return record.created_at
        case "modified-date":
            return record.current.created_at
        case "title":
            return record.title.lower()
        case "child-position":
            return record.position
        case _:
            return record.content_id


def dated_value(record: Comment | Attachment, sort: str) -> SortValue:
    """Return a comment's or attachment's value for ``created-date``, ``modified-date`` or ``id``."""
    match sort:
        case "created-date":
            return record.versions[0].created_at
        case "modified-date":
            return record.current.created_at
        case _:
            return record.comment_id if isinstance(record, Comment) else record.attachment_id
