"""The ``pages`` and ``blog_posts`` tables, which share most of their columns."""

import pyarrow as pa

from confluence_pipeline.tables.schema import STRINGS, TIMESTAMP, Table, column

_LISTING = "raw_content.listing"
_BODY = "raw_content.body"


def _identity(id_column: str, noun: str) -> tuple[pa.Field, ...]:
    return (
        column(id_column, pa.string(), f"The {noun}'s id.", source="raw_content.content_id", nullable=False),
        column("space_id", pa.string(), "The id of its space.", source=_LISTING, nullable=False),
        column("space_key", pa.string(), "The key of its space.", source="raw_content.space_key", nullable=False),
        column("title", pa.string(), "The title.", source=_LISTING),
        column("status", pa.string(), "current or archived.", source=_LISTING),
    )


def _history(noun: str) -> tuple[pa.Field, ...]:
    return (
        column("author_id", pa.string(), f"Who created the {noun} (account id).", source=_LISTING),
        column("owner_id", pa.string(), f"Who owns the {noun} (account id).", source=_LISTING),
        column("created_at", TIMESTAMP, f"When the {noun} was created.", source=_LISTING),
        column("version_number", pa.int64(), "The version of this row, from 1.", source=_LISTING),
        column("version_author_id", pa.string(), "Who made this version (account id).", source=_LISTING),
        column("updated_at", TIMESTAMP, "When this version was made.", source=_LISTING),
        column("version_message", pa.string(), "What its author said of this version.", source=_LISTING),
        column("minor_edit", pa.bool_(), "Whether this version was saved without notifying.", source=_LISTING),
        column("web_url", pa.string(), "The address in a browser.", source=_LISTING),
    )


_BODIES = (
    column("body_storage", pa.string(), "The body in storage format, byte for byte.", source=_BODY),
    column("body_markdown", pa.string(), "The body as Markdown.", source=_BODY),
    column("body_text", pa.string(), "The body as plain text, in reading order.", source=_BODY),
    column("word_count", pa.int64(), "The number of words in body_text.", source=_BODY),
    column("body_sha256", pa.string(), "SHA-256 of body_storage in UTF-8, as hex.", source=_BODY),
    column("text_kept", pa.float64(), "The share of the visible text that is in body_text, 0 to 1.", source=_BODY),
    column("was_repaired", pa.bool_(), "Whether the body was malformed and had to be mended.", source=_BODY),
    column(
        "losses",
        pa.string(),
        "What was seen in the body and not carried over, as a JSON list of kind, name and count.",
        source=_BODY,
    ),
)

PAGES = Table(
    name="pages",
    description="A page, current or archived, with its place in the tree and its body.",
    key=("page_id",),
    requests="one for every 250 pages of a space, and one for every 250 bodies that are new or changed",
    columns=(
        *_identity("page_id", "page"),
        column("subtype", pa.string(), "live for a live doc, else page or null.", source=_LISTING),
        column("parent_id", pa.string(), "The id of the parent; null at the top of the space.", source=_LISTING),
        column("parent_type", pa.string(), "page, folder, whiteboard, database or embed.", source=_LISTING),
        column("position", pa.int64(), "The place among its siblings.", source=_LISTING),
        column("depth", pa.int64(), "The number of ancestors; 0 at the top of the space.", source=_LISTING),
        column(
            "ancestor_ids",
            STRINGS,
            "The ids of the ancestors, topmost first, as far as they can be read.",
            source=_LISTING,
        ),
        column("ancestor_titles", STRINGS, "Their titles; null where not readable.", source=_LISTING),
        *_history("page"),
        *_BODIES,
    ),
)

BLOG_POSTS = Table(
    name="blog_posts",
    description="A blog post with its body.",
    key=("blog_post_id",),
    requests="one for every 250 blog posts of a space, and one for every 250 bodies that are new or changed",
    columns=(*_identity("blog_post_id", "blog post"), *_history("blog post"), *_BODIES),
)
