"""The ``attachments`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column

_ATTACHMENTS = "raw_content.attachments"

ATTACHMENTS = Table(
    name="attachments",
    description="An attachment of a page or blog post, in its current version.",
    key=("attachment_id",),
    requests="one for every 250 attachments of a space; where bytes or text are asked for, one for every new file",
    columns=(
        column(
            "attachment_id", pa.string(), "The id as the API writes it, att98460.", source=_ATTACHMENTS, nullable=False
        ),
        column(
            "content_id", pa.string(), "The id of the page or blog post it is on.", source=_ATTACHMENTS, nullable=False
        ),
        column("content_type", pa.string(), "page or blogpost.", source=_ATTACHMENTS, nullable=False),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
        column("title", pa.string(), "The file's name as it was uploaded.", source=_ATTACHMENTS),
        column("media_type", pa.string(), "The media type (MIME) that the site names.", source=_ATTACHMENTS),
        column("file_size", pa.int64(), "The size in bytes that the site names.", source=_ATTACHMENTS),
        column("file_id", pa.string(), "The media id by which bodies in ADF name it.", source=_ATTACHMENTS),
        column("version_number", pa.int64(), "The current version, from 1.", source=_ATTACHMENTS),
        column("version_author_id", pa.string(), "Who uploaded this version (account id).", source=_ATTACHMENTS),
        column("author_id", pa.string(), "Who uploaded the first version (account id).", source=_ATTACHMENTS),
        column("created_at", TIMESTAMP, "When the first version was uploaded.", source=_ATTACHMENTS),
        column("updated_at", TIMESTAMP, "When this version was uploaded.", source=_ATTACHMENTS),
        column("comment", pa.string(), "What its author said of this version.", source=_ATTACHMENTS),
        column("status", pa.string(), "current or archived.", source=_ATTACHMENTS),
        column("web_url", pa.string(), "The address in a browser.", source=_ATTACHMENTS),
        column(
            "download_url",
            pa.string(),
            "The REST resource that leads to the bytes; it needs the same credentials as the API.",
            source=_ATTACHMENTS,
        ),
        column(
            "blob_uri",
            pa.string(),
            "Where the bytes are, from the lake's root; null unless bytes were asked for and landed.",
            source=_ATTACHMENTS,
        ),
        column("sha256", pa.string(), "SHA-256 of the bytes that landed, as hex.", source=_ATTACHMENTS),
        column("text", pa.string(), "The text in the file; null unless it was asked for.", source=_ATTACHMENTS),
        column("text_extractor", pa.string(), "What read the text out of the file.", source=_ATTACHMENTS),
        column("text_error", pa.string(), "Why there is no text, or not all of it.", source=_ATTACHMENTS),
    ),
)
