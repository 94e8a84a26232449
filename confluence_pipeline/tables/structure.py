"""The tables of what is inside bodies: links, mentions, macros, headings, code blocks and table cells."""

import pyarrow as pa

from confluence_pipeline.tables.schema import Table, column

_BODY = "raw_content.body"
_REQUESTS = "none: read out of the bodies of pages and blog posts"

_WHERE = (
    column(
        "content_id", pa.string(), "The page or blog post it is in.", source="raw_content.content_id", nullable=False
    ),
)
_ORDINAL = column("ordinal", pa.int64(), "Its place in the body, from 0.", source=_BODY, nullable=False)
_OF = (
    column("content_type", pa.string(), "page or blogpost.", source="raw_content.content_type", nullable=False),
    column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
)


def _table(name: str, description: str, *facts: pa.Field) -> Table:
    """Return a table of things that are numbered in the order of the body."""
    return Table(name, description, ("content_id", "ordinal"), (*_WHERE, _ORDINAL, *_OF, *facts), requests=_REQUESTS)


LINKS = _table(
    "links",
    "A link in a body: to a page, blog post, attachment, user, space, anchor, address or Jira issue.",
    column("kind", pa.string(), "page, blog_post, attachment, user, space, anchor, url or jira.", source=_BODY),
    column("target_id", pa.string(), "The id of the target, where it is known.", source=_BODY),
    column("target_space_key", pa.string(), "The space of the target, where it is known.", source=_BODY),
    column("target_title", pa.string(), "Its title, file name or issue key as written.", source=_BODY),
    column("target_url", pa.string(), "Its address.", source=_BODY),
    column("anchor", pa.string(), "The place in the target.", source=_BODY),
    column("text", pa.string(), "What a reader sees as the link.", source=_BODY),
    column("resolved", pa.bool_(), "Whether the target was found.", source=_BODY),
    column(
        "broken", pa.bool_(), "Whether the target is not among what the account can see of its space.", source=_BODY
    ),
)

MENTIONS = _table(
    "mentions",
    "A mention of a user in a body.",
    column("account_id", pa.string(), "Who is mentioned.", source=_BODY, nullable=False),
)

MACROS = _table(
    "macros",
    "A macro in a body, with its parameters and what the conversion made of it.",
    column("name", pa.string(), "The macro's name in storage format.", source=_BODY, nullable=False),
    column("schema_version", pa.string(), "Its schema version as written.", source=_BODY),
    column("macro_id", pa.string(), "Its id as written.", source=_BODY),
    column("parameters", pa.string(), "Its parameters as a JSON object of strings.", source=_BODY),
    column("body_kind", pa.string(), "none, plain or rich.", source=_BODY),
    column("parent_ordinal", pa.int64(), "The ordinal of the macro around it.", source=_BODY),
    column("outcome", pa.string(), "converted, kept_text, placeholder or dropped.", source=_BODY, nullable=False),
)

HEADINGS = _table(
    "headings",
    "A heading in a body.",
    column("level", pa.int64(), "1 to 6.", source=_BODY, nullable=False),
    column("text", pa.string(), "The heading as plain text.", source=_BODY, nullable=False),
    column("anchor", pa.string(), "The anchor that links to it use.", source=_BODY),
)

CODE_BLOCKS = _table(
    "code_blocks",
    "A code block in a body, byte for byte.",
    column("language", pa.string(), "Its language as written; empty if none is given.", source=_BODY),
    column("title", pa.string(), "Its title; empty if none is given.", source=_BODY),
    column("code", pa.string(), "The code.", source=_BODY, nullable=False),
)

PAGE_TABLES = Table(
    name="page_tables",
    description="A cell of a table in a body.",
    key=("content_id", "table_ordinal", "row", "column"),
    requests=_REQUESTS,
    columns=(
        *_WHERE,
        column("table_ordinal", pa.int64(), "The table's place in the body, from 0.", source=_BODY, nullable=False),
        column("row", pa.int64(), "The grid row, from 0.", source=_BODY, nullable=False),
        column("column", pa.int64(), "The grid column, from 0.", source=_BODY, nullable=False),
        *_OF,
        column("is_header", pa.bool_(), "Whether it is a header cell.", source=_BODY, nullable=False),
        column("row_span", pa.int64(), "The rows it covers.", source=_BODY, nullable=False),
        column("column_span", pa.int64(), "The columns it covers.", source=_BODY, nullable=False),
        column("text", pa.string(), "The cell as plain text.", source=_BODY),
        column("markdown", pa.string(), "The cell as Markdown.", source=_BODY),
    ),
)
