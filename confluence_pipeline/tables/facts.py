"""The tables of further facts about a page or blog post: properties, likes and views."""

import pyarrow as pa

from confluence_pipeline.tables.schema import TIMESTAMP, Table, column


def _content(source: str) -> tuple[pa.Field, ...]:
    return (
        column("content_type", pa.string(), "page or blogpost.", source=source, nullable=False),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
    )


_PROPERTIES = "raw_content.properties"
_LIKES = "raw_content.likes"
_VIEWS = "raw_content.views"

PROPERTIES = Table(
    name="properties",
    description="A content property: JSON that an app or script keeps on a page or blog post.",
    key=("content_id", "key"),
    per_content=True,
    requests="one for every page and blog post",
    columns=(
        column("content_id", pa.string(), "The page or blog post it is on.", source=_PROPERTIES, nullable=False),
        column("key", pa.string(), "The property's key.", source=_PROPERTIES, nullable=False),
        column("property_id", pa.string(), "The property's id.", source=_PROPERTIES, nullable=False),
        *_content(_PROPERTIES),
        column("value", pa.string(), "Its value as JSON, keys sorted.", source=_PROPERTIES),
        column("version_number", pa.int64(), "The version of the value, from 1.", source=_PROPERTIES),
    ),
)

LIKES = Table(
    name="likes",
    description="A like of a page or blog post.",
    key=("content_id", "account_id"),
    per_content=True,
    requests="one for every page and blog post",
    columns=(
        column("content_id", pa.string(), "The page or blog post.", source=_LIKES, nullable=False),
        column("account_id", pa.string(), "Who likes it.", source=_LIKES, nullable=False),
        *_content(_LIKES),
    ),
)

VIEWS = Table(
    name="views",
    description="How often a page or blog post was viewed since it was made.",
    key=("content_id",),
    per_content=True,
    requests="two for every page and blog post",
    columns=(
        column("content_id", pa.string(), "The page or blog post.", source=_VIEWS, nullable=False),
        *_content(_VIEWS),
        column("view_count", pa.int64(), "How often it was viewed.", source=_VIEWS, nullable=False),
        column("viewer_count", pa.int64(), "By how many different people.", source=_VIEWS, nullable=False),
        column("as_of", TIMESTAMP, "When these counts were first read.", source=_VIEWS, nullable=False),
    ),
)
