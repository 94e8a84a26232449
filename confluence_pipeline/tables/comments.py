"""The ``comments`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column

_COMMENTS = "raw_content.comments"

COMMENTS = Table(
    name="comments",
    description="A footer or inline comment, or a reply to one, open or resolved.",
    key=("comment_id",),
    requests="one for every 250 comments of a space, and one for every 50 that are new or changed",
    columns=(
        column("comment_id", pa.string(), "The comment's id.", source=_COMMENTS, nullable=False),
        column(
            "content_id",
            pa.string(),
            "The id of the page, blog post or attachment it stands on; for a reply too.",
            source=_COMMENTS,
            nullable=False,
        ),
        column("content_type", pa.string(), "page, blogpost or attachment.", source=_COMMENTS, nullable=False),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column(
            "parent_comment_id",
            pa.string(),
            "The id of the comment it replies to; null at the top of a thread.",
            source=_COMMENTS,
        ),
        column(
            "root_comment_id",
            pa.string(),
            "The id of the comment at the top of its thread, which may be its own.",
            source=_COMMENTS,
            nullable=False,
        ),
        column(
            "depth",
            pa.int64(),
            "The number of comments above it in its thread; 0 at the top.",
            source=_COMMENTS,
            nullable=False,
        ),
        column("location", pa.string(), "footer or inline.", source=_COMMENTS, nullable=False),
        column("status", pa.string(), "current, unless it was removed or is a draft.", source=_COMMENTS),
        column(
            "resolution_status",
            pa.string(),
            "open, reopened, resolved or dangling; null for a footer comment.",
            source=_COMMENTS,
        ),
        column(
            "inline_original_selection",
            pa.string(),
            "The words of the body that an inline comment was made on.",
            source=_COMMENTS,
        ),
        column(
            "inline_marker_ref",
            pa.string(),
            "The reference of its marker in the body (ac:ref of ac:inline-comment-marker).",
            source=_COMMENTS,
        ),
        column("author_id", pa.string(), "Who wrote its first version (account id).", source=_COMMENTS),
        column("created_at", TIMESTAMP, "When its first version was written.", source=_COMMENTS),
        column("version_number", pa.int64(), "The version of this row, from 1.", source=_COMMENTS),
        column("version_author_id", pa.string(), "Who made this version (account id).", source=_COMMENTS),
        column("updated_at", TIMESTAMP, "When this version was made.", source=_COMMENTS),
        column("web_url", pa.string(), "The address in a browser.", source=_COMMENTS),
        column("body_storage", pa.string(), "The body in storage format, byte for byte.", source=_COMMENTS),
        column("body_markdown", pa.string(), "The body as Markdown.", source=_COMMENTS),
        column("body_text", pa.string(), "The body as plain text, in reading order.", source=_COMMENTS),
        column("body_sha256", pa.string(), "SHA-256 of body_storage in UTF-8, as hex.", source=_COMMENTS),
    ),
)
