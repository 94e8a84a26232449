"""The ``labels`` table."""

import pyarrow as pa

from confluence_pipeline.tables.schema import Table, column

_LABELS = "raw_content.labels"

LABELS = Table(
    name="labels",
    description="A label on a space, page, blog post or attachment.",
    key=("content_id", "prefix", "name"),
    requests="one for every 250 pages and blog posts of a space; those of attachments come with the attachments",
    columns=(
        column(
            "content_id",
            pa.string(),
            "The id of what carries the label; for a space, the space's id.",
            source="raw_content.content_id",
            nullable=False,
        ),
        column("prefix", pa.string(), "global, team, my or system.", source=_LABELS, nullable=False),
        column("name", pa.string(), "The label's name.", source=_LABELS, nullable=False),
        column("label_id", pa.string(), "The label's id, the same wherever it is used.", source=_LABELS),
        column(
            "content_type",
            pa.string(),
            "space, page, blogpost or attachment.",
            source="raw_content.content_type",
            nullable=False,
        ),
        column("space_key", pa.string(), "The key of the space.", source="raw_content.space_key", nullable=False),
    ),
)
